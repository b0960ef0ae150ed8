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

from pathlib import Path

import keras


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
    backbone = keras.applications.MobileNet(
        input_shape=(*input_size, 3),
        alpha=alpha,
        include_top=False,
        weights="imagenet" if weights == "imagenet" else None,
    )
    if weights is not None and weights != "imagenet":
        backbone.load_weights(Path(weights))
    pixels = keras.Input((*input_size, 3), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scaling")(pixels)
    x = backbone(x)
    x = keras.layers.GlobalAveragePooling2D(name="pooling")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    logits = keras.layers.Dense(classes, name="logits")(x)
    return keras.Model(pixels, logits, name="mobilenet")
