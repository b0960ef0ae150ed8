"""Backbones with multi-head self-attention over the places of their last feature map.

===============  ==========  ====================================================
network          parameters  published accuracy (PBC, 8 classes)
===============  ==========  ====================================================
xception_mha     25.08 M     "99 %"
mobilenet_mha    3.42 M      "99 %"
===============  ==========  ====================================================

Parameters with 8 classes, MobileNet with alpha 0.75. Chollet, "Xception: deep learning with
depthwise separable convolutions", CVPR 2017, arXiv:1610.02357; Howard et al., arXiv:1704.04861;
attention after Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762.
"""

from __future__ import annotations

import keras

from train.zoo import backbone
from train.zoo.layers.self_attention import SelfAttention
from train.zoo.width import scalable


def xception_mha(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 1.0,
    heads: int = 8,
    key_size: int = 64,
    noise: float = 0.1,
    dropout: float = 0.3,
) -> keras.Model:
    """Xception, self-attention, Gaussian noise, dropout, linear classifier.

    Args:
        input_size: (height, width) in pixels, at least 71 each.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier of the backbone; ImageNet weights are those of 1.
        heads: of the attention.
        key_size: channels of one head.
        noise: standard deviation of the noise on pooled features in training.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        scalable(keras.applications.Xception), input_size=input_size, weights=weights, alpha=alpha
    )
    return _attentive(base, classes, heads, key_size, noise, dropout, "xception_mha")


def mobilenet_mha(
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None = "imagenet",
    alpha: float = 0.75,
    heads: int = 8,
    key_size: int = 64,
    noise: float = 0.1,
    dropout: float = 0.3,
) -> keras.Model:
    """MobileNet, self-attention, Gaussian noise, dropout, linear classifier.

    Args:
        input_size: (height, width) in pixels.
        classes: number of logits.
        weights: `imagenet` (Keras downloads them), a Keras weights file of the backbone, or None
            for random ones.
        alpha: width multiplier of the backbone.
        heads: of the attention.
        key_size: channels of one head.
        noise: standard deviation of the noise on pooled features in training.
        dropout: share of pooled features dropped in training.

    Returns:
        Model from uint8 RGB (N, height, width, 3) to logits (N, classes).
    """
    base = backbone.load(
        keras.applications.MobileNet, input_size=input_size, weights=weights, alpha=alpha
    )
    return _attentive(base, classes, heads, key_size, noise, dropout, "mobilenet_mha")


def _attentive(
    base: keras.Model,
    classes: int,
    heads: int,
    key_size: int,
    noise: float,
    dropout: float,
    name: str,
) -> keras.Model:
    pixels, x = backbone.features(base)
    # Batch norm and not layer norm: it folds into the projections and leaves no float operator.
    attended = keras.layers.BatchNormalization(name="attention_norm")(x)
    attended = SelfAttention(heads=heads, key_size=key_size, name="attention")(attended)
    x = keras.layers.Add(name="attention_skip")([x, attended])
    x = keras.layers.GlobalAveragePooling2D(name="pooling")(x)
    x = keras.layers.GaussianNoise(noise, name="noise")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(pixels, logits, name=name)
