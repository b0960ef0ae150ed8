"""A network that starts from a wider or a narrower one of its family.

Of a wider one the strongest channels are kept, after Li et al., "Pruning filters for efficient
ConvNets", ICLR 2017: a filter's strength is the sum of its absolute weights, here with the factor
that the batch norm behind it applies. What is cut away ruins the answers; what stays are filters
that have learnt from millions of pictures, which a narrow network then learns to use in far fewer
steps than it would take to find them.

A narrower one is kept whole, and answers as it did: channels beside its own are as they were
initialised, and nothing that it had reads them yet. That is the aim of Chen et al., "Net2Net:
accelerating learning via knowledge transfer", ICLR 2016, with new filters in place of their copies.
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

_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.Dense)
_BY_CHANNEL = (keras.layers.DepthwiseConv2D, keras.layers.BatchNormalization)


def inherit(model: keras.Model, elder: keras.Model) -> None:
    """Gives a network the weights of another one of its family.

    Args:
        model: network of the zoo; changed in place.
        elder: trained network of the same layers. Wider ones have to be chains, without shortcuts.

    Raises:
        UsageError: the networks differ in more than their width, or each is wider somewhere.
    """
    ours, theirs = layers(model), layers(elder)
    if [type(layer) for layer in ours] != [type(layer) for layer in theirs]:
        raise UsageError(
            f"a network '{model.name}' cannot start from this '{elder.name}': their layers differ"
        )
    shapes = [
        (mine.shape, his.shape)
        for mine, his in zip(model.get_weights(), elder.get_weights(), strict=True)
    ]
    if all(mine == his for mine, his in shapes):
        take_over(model, elder.get_weights())
    elif all(np.all(np.less_equal(his, mine)) for mine, his in shapes):
        _grow(ours, theirs)
    else:
        _cut(ours, theirs)


def _grow(ours: list[keras.layers.Layer], theirs: list[keras.layers.Layer]) -> None:
    """Puts a narrower network into the first channels, which shortcuts add up as before."""
    for layer, source in zip(ours, theirs, strict=True):
        if isinstance(layer, (*_PASSING, keras.layers.Add)):
            continue
        if not isinstance(layer, _CONVOLUTIONS + _BY_CHANNEL):
            raise UsageError(f"{type(layer).__name__} layers cannot be made wider")
        grown = layer.get_weights()
        for mine, his in zip(grown, source.get_weights(), strict=True):
            if isinstance(layer, _CONVOLUTIONS) and mine.ndim > 1:
                mine[..., : his.shape[-1]] = 0  # of what is new, the elder's channels read nothing
            mine[tuple(map(slice, his.shape))] = his
        layer.set_weights(grown)


def _cut(ours: list[keras.layers.Layer], theirs: list[keras.layers.Layer]) -> None:
    """Leaves out all but the strongest channels of a wider network."""
    kept: Kept = np.arange(theirs[0].output.shape[-1])
    for number, (layer, source) in enumerate(zip(ours, theirs, strict=True)):
        if isinstance(layer, _PASSING):
            continue
        weights = source.get_weights()
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            cut = [weights[0][:, :, kept], *(bias[kept] for bias in weights[1:])]
        elif isinstance(layer, keras.layers.BatchNormalization):
            cut = [values[kept] for values in weights]
        elif isinstance(layer, _CONVOLUTIONS):
            kernel = weights[0][..., kept, :]
            kept = _strongest(kernel, theirs[number + 1 :], layer.get_weights()[0].shape[-1])
            cut = [kernel[..., kept], *(bias[kept] for bias in weights[1:])]
        else:
            raise UsageError(
                f"a network of {type(layer).__name__} layers, as '{source.name}', cannot be made "
                "narrower; only one without shortcuts can, such as mobilenet"
            )
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
