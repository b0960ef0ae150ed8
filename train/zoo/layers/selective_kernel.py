"""Selective-kernel block: each channel chooses between a small and a large field of view.

Li et al., "Selective kernel networks", CVPR 2019, arXiv:1903.06586, with the branches and gates of
DM-FNet.
"""

from __future__ import annotations

from typing import Any

import keras

REDUCTION = 16


def selective_kernel(x: Any, channels: int, *, name: str) -> Any:
    """Two branches, weighted channel by channel: (N, h, w, C) to (N, h, w, channels).

    The small branch is two 3x3 convolutions; the large one a 5x5 convolution dilated by 3 and,
    added to it, another dilated by 5. The pooled sum of the ends of both is squeezed and yields one
    gate between 0 and 1 per channel and branch.

    Args:
        x: feature maps.
        channels: of each branch and of the result.
        name: prefix of the layers' names.
    """
    small = _convolution(x, channels, 3, 1, f"{name}_small_1")
    small = _convolution(small, channels, 3, 1, f"{name}_small_2")
    near = _convolution(x, channels, 5, 3, f"{name}_large_1")
    far = _convolution(near, channels, 5, 5, f"{name}_large_2")
    large = keras.layers.Add(name=f"{name}_large")([near, far])

    both = keras.layers.Add(name=f"{name}_sum")([small, far])
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pooling")(both)
    squeezed = keras.layers.Conv2D(
        max(1, channels // REDUCTION), 1, activation="relu", name=f"{name}_squeeze"
    )(pooled)
    return keras.layers.Add(name=name)(
        [
            _gated(small, squeezed, f"{name}_small"),
            _gated(large, squeezed, f"{name}_large"),
        ]
    )


def _convolution(x: Any, channels: int, size: int, dilation: int, name: str) -> Any:
    x = keras.layers.Conv2D(
        channels, size, dilation_rate=dilation, padding="same", name=f"{name}_conv"
    )(x)
    x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _gated(branch: Any, squeezed: Any, name: str) -> Any:
    gate = keras.layers.Conv2D(branch.shape[-1], 1, activation="sigmoid", name=f"{name}_gate")(
        squeezed
    )
    return keras.layers.Multiply(name=f"{name}_gated")([branch, gate])
