"""EfficientNet: depth, width and resolution scaled together.

=======  ==========  ==========================================
network  parameters  ImageNet top-1 at 224 px
=======  ==========  ==========================================
B0       4.06 M      77.1 % (paper, table 2)
=======  ==========  ==========================================

Parameters with 8 classes. Tan and Le, "EfficientNet: rethinking model scaling for convolutional
neural networks", ICML 2019, arXiv:1905.11946.
"""

from __future__ import annotations

import keras

from train.zoo import backbone


def efficientnet_b0(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    dropout: float = 0.2,
) -> keras.Model:
    """EfficientNetB0 with a linear classifier on its pooled features.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone built with
            weights None, or None for random ones.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(keras.applications.EfficientNetB0, input_size=input_size, weights=weights)
    # The backbone scales by itself; here its pixels only become floats.
    return backbone.classifier(
        base, classes=classes, dropout=dropout, name="efficientnet_b0", scale=1.0, offset=0.0
    )
