"""MobileNetV2: inverted residuals with linear bottlenecks.

=====  ==========  =========================  ====================================================
alpha  parameters  multiply-adds at 128 px    ImageNet top-1 at 128 px
=====  ==========  =========================  ====================================================
1.0    2.27 M      99 M                       65.3 % (TensorFlow's published checkpoints)
0.35   0.42 M      20 M                       50.8 % (TensorFlow's published checkpoints)
=====  ==========  =========================  ====================================================

Parameters with 8 classes. Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks",
CVPR 2018, arXiv:1801.04381.
"""

from __future__ import annotations

import keras

from train.zoo import backbone


def mobilenet_v2(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """MobileNetV2 with a linear classifier on its pooled features.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier; any with weights None, those of Keras with `imagenet`.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        keras.applications.MobileNetV2, input_size=input_size, weights=weights, alpha=alpha
    )
    return backbone.classifier(base, classes=classes, dropout=dropout, name="mobilenet_v2")
