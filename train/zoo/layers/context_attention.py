"""Context attention: a gate for every place and channel, drawn from a wide neighbourhood.

The large-kernel attention of Guo et al., "Visual attention network", Computational Visual Media 9
(2023) 733-752, arXiv:2202.09741, with the kernels and order of DM-FNet.
"""

from __future__ import annotations

from typing import Any

import keras

from train.zoo.layers.gelu import gelu


def context_attention(x: Any, *, name: str) -> Any:
    """Attention, then mixing, each with a skip: (N, h, w, C) to (N, h, w, C).

    The gate comes from depthwise convolutions, 5x5 dilated by 3 and 7x7 dilated by 5, which see 43
    places across, and a 1x1 convolution; it multiplies what it came from.

    Args:
        x: feature maps.
        name: prefix of the layers' names.
    """
    entered = _pointwise(x, f"{name}_enter", gelu)
    wide = _depthwise(entered, 5, 3, f"{name}_near")
    wide = _depthwise(wide, 7, 5, f"{name}_far")
    gate = _pointwise(wide, f"{name}_gate", None)
    attended = keras.layers.Multiply(name=f"{name}_gated")([entered, gate])
    attended = _pointwise(attended, f"{name}_leave", gelu)
    x = keras.layers.Add(name=f"{name}_attended")([x, attended])

    mixed = _pointwise(x, f"{name}_mix_1", None)
    mixed = _depthwise(mixed, 3, 1, f"{name}_mix_2")
    mixed = _pointwise(mixed, f"{name}_mix_3", None)
    return keras.layers.Add(name=name)([x, mixed])


def _pointwise(x: Any, name: str, activation: Any) -> Any:
    return keras.layers.Conv2D(x.shape[-1], 1, activation=activation, name=name)(x)


def _depthwise(x: Any, size: int, dilation: int, name: str) -> Any:
    return keras.layers.DepthwiseConv2D(size, dilation_rate=dilation, padding="same", name=name)(x)
