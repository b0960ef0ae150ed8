"""A residual network of plain 3 × 3 convolutions, as small as an answer can wait for.

Depthwise layers on few channels cost a processor far more than their operations: in int8 they move
as many bytes as they multiply. Plain convolutions fill its vector units, so that three times the
multiply-adds of a quarter-width MobileNet take little longer, and shortcuts let it be
trained from random weights.

=======================  ==========  =========================
widths                   parameters  multiply-adds at 96 px
=======================  ==========  =========================
8, 24, 48, 96 (default)  274 k       23 M
=======================  ==========  =========================

Basic blocks of He et al., "Deep residual learning for image recognition", CVPR 2016,
arXiv:1512.03385; halved by a strided convolution between the stages, without a pooled stem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from train.zoo import backbone
from wbc_edge.errors import UsageError


def tiny_resnet(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = None,
    widths: Sequence[int] = (8, 24, 48, 96),
    dropout: float = 0.1,
) -> keras.Model:
    """A stem and one residual block per further width, each at half the side of the one before.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: weights file of the feature extractor, or None for random ones.
        widths: channels of the stem and of every stage.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).

    Raises:
        UsageError: the file does not fit, ImageNet weights are asked for, of which there are none,
            or there is no width, or one below 1.
    """
    if min(widths, default=0) < 1:
        raise UsageError(f"the widths of tiny_resnet are numbers from 1, not {list(widths)}")
    if weights == "imagenet":
        raise UsageError("there are no ImageNet weights of tiny_resnet; give 'none' or a file")
    base = backbone.load(
        tiny_resnet_features, input_size=input_size, weights=weights, widths=tuple(widths)
    )
    return backbone.classifier(base, classes=classes, dropout=dropout, name="tiny_resnet")


def tiny_resnet_features(
    *,
    input_shape: tuple[int, int, int],
    include_top: bool,  # noqa: ARG001 - as the builders of keras.applications
    weights: None,  # noqa: ARG001
    widths: tuple[int, ...],
) -> keras.Model:
    """Scaled pixels (N, h, w, 3) to feature maps (N, h / 2^n, w / 2^n, widths[-1])."""
    pixels = keras.Input(input_shape)
    x = _convolution(pixels, widths[0], "stem", strides=2)
    for number, width in enumerate(widths[1:], start=1):
        x = _convolution(x, width, f"stage{number}_down", strides=2)
        y = _convolution(x, width, f"stage{number}_first")
        y = _convolution(y, width, f"stage{number}_second", rectify=False)
        x = keras.layers.Add(name=f"stage{number}_sum")([x, y])
        x = keras.layers.ReLU(6.0, name=f"stage{number}_relu")(x)
    return keras.Model(pixels, x, name="tiny_resnet_features")


def _convolution(x: Any, width: int, name: str, *, strides: int = 1, rectify: bool = True) -> Any:
    x = keras.layers.Conv2D(
        width, 3, strides=strides, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x) if rectify else x
