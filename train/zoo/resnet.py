"""ResNet50 with the deep head of a published system, and its first 23 layers as a network.

========  ==========  ==================================================================
network   parameters  published accuracy (Kaggle blood cells, 4 classes)
========  ==========  ==================================================================
resnet50  49.72 M     87.29 % (224 px; the head's first layer depends on the input size)
resnet24  1.46 M      90 %
========  ==========  ==================================================================

Parameters with 4 classes, resnet50 at 224 px. He et al., "Deep residual learning for image
recognition", CVPR 2016, arXiv:1512.03385.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from train.zoo import backbone
from train.zoo.width import scalable

UNITS = (256, 128, 64)
CENTRED: dict[str, Any] = {"scale": 1.0, "offset": [-123.68, -116.779, -103.939]}
"""Less ImageNet's mean red, green and blue: the weights were trained on unscaled pixels."""


def resnet50(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.3,
    l2: float = 1e-4,
) -> keras.Model:
    """ResNet50 with a deep head: flattened features through layers of 256, 128 and 64 units.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a weights file of Keras's ResNet50 without its
            classifier, or None for random ones.
        alpha: width multiplier; ImageNet weights are those of 1.
        dropout: share of units dropped after each layer of the head, in training.
        l2: penalty on the squared weights of the head's layers.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    pixels, x = backbone.features(_resnet(input_size, weights, alpha), **CENTRED)
    x = keras.layers.Flatten(name="features")(x)
    x = keras.layers.BatchNormalization(name="features_norm")(x)
    for units in UNITS:
        penalty = keras.regularizers.L2(l2)
        x = keras.layers.Dense(units, kernel_regularizer=penalty, name=f"dense_{units}")(x)
        # Before the rectifier, where int8 folds it into the layer.
        x = keras.layers.BatchNormalization(name=f"norm_{units}")(x)
        x = keras.layers.ReLU(name=f"relu_{units}")(x)
        x = keras.layers.Dropout(dropout, name=f"dropout_{units}")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name="resnet50")


def resnet24(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    dropout: float = 0.2,
) -> keras.Model:
    """The first 23 layers of ResNet50 and a fully connected one.

    The 23 are the first convolution, the pooling after it, and the 9 and 12 convolutions of the
    first two stages: feature maps of 512 channels, an eighth as wide as the input.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a weights file of Keras's ResNet50 without its
            classifier, or None for random ones.
        alpha: width multiplier; ImageNet weights are those of 1.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    whole = _resnet(input_size, weights, alpha)
    first = keras.Model(whole.input, whole.get_layer("conv3_block4_out").output, name="resnet24")
    return backbone.classifier(first, classes=classes, dropout=dropout, name="resnet24", **CENTRED)


def _resnet(input_size: tuple[int, int], weights: str | None, alpha: float) -> keras.Model:
    """ResNet50 for RGB: Keras's weights were trained on BGR, so the first kernel is reversed."""
    base = backbone.load(
        scalable(keras.applications.ResNet50), input_size=input_size, weights=weights, alpha=alpha
    )
    if weights is not None:
        stem = base.get_layer("conv1_conv")
        kernel, bias = stem.get_weights()
        stem.set_weights([np.ascontiguousarray(kernel[:, :, ::-1]), bias])
    return base
