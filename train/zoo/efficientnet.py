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

from typing import Any

import keras
import numpy as np

from train.zoo import backbone
from train.zoo.width import scalable

DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's red, green and blue."""


def efficientnet_b0(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """EfficientNetB0 with a linear classifier on its pooled features.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone built with
            weights None, or None for random ones.
        alpha: width multiplier; ImageNet weights are those of 1.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        scalable(efficientnet_b0_features), input_size=input_size, weights=weights, alpha=alpha
    )
    # The backbone scales by itself; here its pixels only become floats.
    return backbone.classifier(
        base, classes=classes, dropout=dropout, name="efficientnet_b0", scale=1.0, offset=0.0
    )


def efficientnet_b0_features(*, weights: str | None, **settings: Any) -> keras.Model:
    """Keras's EfficientNetB0, of the same layers whatever its weights.

    With `imagenet` Keras puts another scaling behind the normalisation, whose variance holds
    deviations; here they are squared, which is the same function without that layer. A network
    that is built anew and given the weights of a trained one has to be the trained one.
    """
    plain = keras.applications.EfficientNetB0(**settings, weights=None)
    if weights == "imagenet":
        given = keras.applications.EfficientNetB0(**settings, weights="imagenet")
        # The normalisation's come first.
        mean, variance, *others = given.get_weights()
        backbone.take_over(plain, [mean, variance * DEVIATION, *others])
    return plain
