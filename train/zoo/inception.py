"""Inception: parallel convolutions of several sizes, large ones factorised.

=======  ==========  ==========================================
network  parameters  ImageNet top-1 at 299 px
=======  ==========  ==========================================
V3       21.82 M     77.9 % (Keras's own weights)
=======  ==========  ==========================================

Parameters with 8 classes. Szegedy et al., "Rethinking the Inception architecture for computer
vision", CVPR 2016, arXiv:1512.00567.
"""

from __future__ import annotations

import keras

from train.zoo import backbone
from train.zoo.width import scalable


def inception_v3(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """InceptionV3 with a linear classifier on its pooled features.

    Args:
        input_size: (height, width) in pixels, at least 75 each.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier; ImageNet weights are those of 1.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        scalable(keras.applications.InceptionV3),
        input_size=input_size,
        weights=weights,
        alpha=alpha,
    )
    return backbone.classifier(base, classes=classes, dropout=dropout, name="inception_v3")
