"""A Keras network without its batch normalisation, as the converters fold it into convolutions.

Quantisation meets the folded weights; a network that is to learn to live with it has to be trained
in that form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

FOLDABLE = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
IDLE = (keras.layers.Dropout, keras.layers.GaussianNoise)
"""Layers that do nothing in inference."""

Apply = Callable[..., Any]


def folded(model: keras.Model) -> keras.Model:
    """The same function of its input in inference, flat, with batch normalisation folded.

    Batch normalisation that does not follow a convolution or dense layer alone stays as it is.
    """
    absorbed: set[int] = set()

    def apply(layer: Any, readers: list[Any], *args: Any, **kwargs: Any) -> Any:
        if id(layer) in absorbed or isinstance(layer, IDLE):
            return args[0]
        norm = readers[0] if len(readers) == 1 else None
        fold = (
            type(layer) in FOLDABLE
            and isinstance(norm, keras.layers.BatchNormalization)
            and layer.activation is keras.activations.linear
        )
        twin = copied(layer, use_bias=True) if fold else copied(layer)
        kwargs.pop("training", None)
        result = twin(*args, **kwargs)
        if fold:
            absorbed.add(id(norm))
            twin.set_weights(_folded_weights(layer, norm))
        elif getattr(layer, "weights", None):
            twin.set_weights(layer.get_weights())
        return result

    return rebuilt(model, apply)


def rebuilt(model: keras.Model, apply: Apply) -> keras.Model:
    """A flat network made by calling `apply(layer, readers, *arguments)` for every layer.

    Nested networks are opened. `readers` are the layers that take the layer's output.
    """
    inputs = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype, name="pixels")
    return keras.Model(inputs, _through(model, inputs, apply), name=model.name)


def copied(layer: Any, **changes: Any) -> Any:
    """A layer of the same configuration; an operation without weights is itself."""
    if not isinstance(layer, keras.Layer):
        return layer
    return type(layer).from_config(layer.get_config() | changes)


def _through(model: Any, inputs: Any, apply: Apply) -> Any:
    readers: defaultdict[int, list[Any]] = defaultdict(list)
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            for tensor in node.input_tensors:
                readers[id(tensor)].append(node.operation)
    # What leaves the network is read by whoever is outside.
    for tensor in model.outputs:
        readers[id(tensor)].append(None)

    def operation(layer: Any) -> Callable[..., Any]:
        if isinstance(layer, keras.Model):
            return lambda x, **_: _through(layer, x, apply)
        of_output = [
            r for node in _nodes(model, layer) for t in node.outputs for r in readers[id(t)]
        ]
        return lambda *args, **kwargs: apply(layer, of_output, *args, **kwargs)

    return model._run_through_graph(inputs, operation_fn=operation)


def _nodes(model: Any, layer: Any) -> list[Any]:
    return [n for nodes in model._nodes_by_depth.values() for n in nodes if n.operation is layer]


def _folded_weights(layer: Any, norm: Any) -> list[np.ndarray]:
    """Jacob et al., "Quantization and training of neural networks", CVPR 2018, equation 14."""
    kernel, bias = layer.get_weights() if layer.use_bias else (*layer.get_weights(), 0.0)
    mean = np.asarray(norm.moving_mean, np.float64)
    scale = 1 / np.sqrt(np.asarray(norm.moving_variance, np.float64) + norm.epsilon)
    if norm.scale:
        scale = scale * np.asarray(norm.gamma, np.float64)
    offset = np.asarray(norm.beta, np.float64) if norm.center else 0.0
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        factors = scale.reshape(kernel.shape[2:])
    else:
        factors = scale
    return [
        (kernel * factors).astype(np.float32),
        (offset + (bias - mean) * scale).astype(np.float32),
    ]
