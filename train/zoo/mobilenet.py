"""MobileNet: depthwise separable convolutions, without shortcuts.

=====  ==========  =========================  ====================================================
alpha  parameters  multiply-adds at 128 px    ImageNet top-1 at 128 px
=====  ==========  =========================  ====================================================
0.75   1.84 M      104 M                      62.1 % (paper, table 6)
=====  ==========  =========================  ====================================================

Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications",
arXiv:1704.04861.
"""

from __future__ import annotations

import keras

from train.zoo import backbone


def mobilenet(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 0.75,
    dropout: float = 0.2,
) -> keras.Model:
    """MobileNet with a linear classifier on its pooled features.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        keras.applications.MobileNet, input_size=input_size, weights=weights, alpha=alpha
    )
    return backbone.classifier(base, classes=classes, dropout=dropout, name="mobilenet")
