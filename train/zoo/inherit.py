"""A narrow network that starts from a wide one of its family: the strongest channels are kept.

After Li et al., "Pruning filters for efficient ConvNets", ICLR 2017: a filter's strength is the sum
of its absolute weights, here with the factor that the batch norm behind it applies. What is cut
away ruins the answers; what stays are filters that have learnt from millions of pictures, which a
narrow network then learns to use in far fewer steps than it would take to find them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from train.zoo.backbone import layers, take_over
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Kept = NDArray[np.intp]

_PASSING = (
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.ZeroPadding2D,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.Dropout,
)
"""Layers without weights that leave the channels as they are."""


def inherit(narrow: keras.Model, wide: keras.Model) -> None:
    """Gives a network the weights of one that is as wide or wider; of a wider one, the strongest.

    Args:
        narrow: network of the zoo; changed in place.
        wide: trained network of the same layers. Wider ones have to be chains, without shortcuts.

    Raises:
        UsageError: the networks differ in more than their width.
    """
    ours, theirs = layers(narrow), layers(wide)
    if [type(layer) for layer in ours] != [type(layer) for layer in theirs]:
        raise UsageError(
            f"a network '{narrow.name}' cannot start from this '{wide.name}': their layers differ"
        )
    if [w.shape for w in narrow.get_weights()] == [w.shape for w in wide.get_weights()]:
        take_over(narrow, wide.get_weights())
        return
    kept: Kept = np.arange(wide.input_shape[-1])
    for number, (layer, source) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(layer, _PASSING):
            continue
        weights = source.get_weights()
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            cut = [weights[0][:, :, kept], *(bias[kept] for bias in weights[1:])]
        elif isinstance(layer, keras.layers.BatchNormalization):
            cut = [values[kept] for values in weights]
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            kernel = weights[0][..., kept, :]
            kept = _strongest(kernel, theirs[number + 1 :], layer.get_weights()[0].shape[-1])
            cut = [kernel[..., kept], *(bias[kept] for bias in weights[1:])]
        else:
            raise UsageError(f"{type(layer).__name__} layers cannot be made narrower")
        if [w.shape for w in cut] != [w.shape for w in layer.get_weights()]:
            raise UsageError(f"the layer '{layer.name}' is not a narrower one of '{source.name}'")
        layer.set_weights(cut)


def _strongest(kernel: NDArray[np.float32], behind: list[keras.layers.Layer], count: int) -> Kept:
    """Indices, ascending, of the `count` filters of (..., filters) with the largest weights."""
    if count > kernel.shape[-1]:
        raise UsageError("a network cannot start from a narrower one")
    strength = np.abs(kernel).sum(axis=tuple(range(kernel.ndim - 1)))
    if behind and isinstance(norm := behind[0], keras.layers.BatchNormalization):
        gamma, _, _, variance = norm.get_weights()
        strength = strength * np.abs(gamma) / np.sqrt(variance + norm.epsilon)
    return np.sort(np.argsort(-strength, kind="stable")[:count])
