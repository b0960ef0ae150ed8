"""A network of the zoo as it was before it was exported, from its float TFLite file.

What a converter folds together comes apart again: a convolution keeps the factors of its batch
norm, whose shift becomes the bias; the norm is left neutral, and `train.zoo.refit` gives it back
the statistics that training needs. Weights of 16 bits are the ones that the file computes with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from train import flatbuffer
from train.config import layout
from train.precision import precision
from train.zoo import NETWORKS
from train.zoo.backbone import layers
from train.zoo.build import build
from wbc_edge import container
from wbc_edge.errors import UsageError
from wbc_edge.runtimes import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wbc_edge.bundle import Bundle

TOLERANCE = 1e-3
"""Share of the logits' spread by which the network may differ from its file."""

_FLOATS = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
_NONE = np.zeros(0, np.float32)
_AXES = {
    # How a kernel's axes of TFLite become those of Keras.
    "CONV_2D": (1, 2, 3, 0),
    "DEPTHWISE_CONV_2D": (1, 2, 3, 0),
    "FULLY_CONNECTED": (1, 0),
}

_CARRIERS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
"""Layers with a kernel, each of which is one operator of a file."""


def network(bundle: Bundle) -> keras.Model:
    """The Keras network that a float TFLite file with a card of this project came from.

    Raises:
        UsageError: the file is no TFLite file or not in float, its card names no network of the
            zoo, or the network has other layers than convolutions, dense ones and their norms.
    """
    who = f"{bundle.path}: no network to go on from"
    card = bundle.card
    name, options = layout(card.architecture)
    if name not in NETWORKS:
        raise UsageError(f"{who}: its card names the architecture '{card.architecture}'")
    # In float32 whatever the run that goes on from it computes in: the file does so too.
    with precision("float32"):
        model = build(
            name,
            options,
            input_size=(card.input.height, card.input.width),
            classes=len(card.labels),
            weights=None,
        )
        try:
            _fill(model, list(_weights(bundle.path)))
            _compare(model, bundle)
        except _OtherError as error:
            raise UsageError(f"{who}: {error}") from None
    return model


class _OtherError(Exception):
    """Says why a file is not that of the network."""


def _weights(path: Path) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Kernel, in the layout of Keras, and bias of every weighted operator, in their order."""
    if container.sniff(path) != "tflite":
        raise _OtherError("only TFLite files are taken apart")
    model = flatbuffer.parse(path.read_bytes())
    graph = model.subgraphs[0]
    # Weights of 16 bits pass through an operator that widens them.
    widened = {operator.outputs[0]: operator.inputs[0] for operator in graph.operators}

    def values(number: int) -> NDArray[np.float32]:
        tensor = graph.tensors[number]
        data = model.buffers[tensor.buffer].data
        if data is None and number in widened:
            return values(widened[number])
        if data is None or tensor.type not in _FLOATS:
            raise _OtherError("its weights are quantised; give the float16 or float32 file")
        flat = np.frombuffer(np.asarray(data, np.uint8).tobytes(), _FLOATS[tensor.type])
        return flat.reshape(tensor.shape).astype(np.float32)

    for operator in graph.operators:
        axes = _AXES.get(flatbuffer.kind(model, operator))
        if axes is not None:
            kernel = values(operator.inputs[1])
            # An absent one is left out, or has the number -1.
            biased = len(operator.inputs) > 2 and operator.inputs[2] >= 0
            yield kernel.transpose(axes), values(operator.inputs[2]) if biased else _NONE


def _fill(model: keras.Model, weights: list[tuple[NDArray[Any], NDArray[Any]]]) -> None:
    weighted = [layer for layer in layers(model) if layer.weights]
    for layer in weighted:
        if not isinstance(layer, (*_CARRIERS, keras.layers.BatchNormalization)):
            raise _OtherError(f"weights of a {type(layer).__name__} are not read back")
    carriers = [layer for layer in weighted if isinstance(layer, _CARRIERS)]
    norms = {id(layer.input): layer for layer in weighted if not isinstance(layer, _CARRIERS)}
    for norm in norms.values():
        if norm in model.layers or not (norm.scale and norm.center):
            raise _OtherError(f"the statistics of '{norm.name}' cannot be given back to it")
    if len(carriers) != len(weights):
        raise _OtherError(f"it has {len(weights)} layers with weights, and not {len(carriers)}")
    for layer, (kernel, bias) in zip(carriers, weights, strict=True):
        norm = norms.pop(id(layer.output), None)
        shift = bias if bias.size else np.zeros(layer.output.shape[-1])
        parts = [kernel]
        if layer.use_bias:
            parts.append(shift if norm is None else np.zeros_like(shift))
        if [part.shape for part in parts] != [w.shape for w in layer.get_weights()]:
            raise _OtherError(f"its layer for '{layer.name}' has another shape")
        layer.set_weights(parts)
        if norm is not None:
            ones = np.ones_like(shift)
            norm.set_weights([ones, shift, np.zeros_like(shift), ones - norm.epsilon])
    if norms:
        raise _OtherError(f"'{next(iter(norms.values())).name}' follows no convolution")


def _compare(model: keras.Model, bundle: Bundle) -> None:
    """Holds the network's answers against the file's: layers of one shape might be exchanged."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, *model.input_shape[1:]), np.uint8)
    theirs = open_session(bundle.path, spec=bundle.card.input).run(pixels)
    ours = np.asarray(model.predict_on_batch(pixels))
    if np.abs(ours - theirs).max() > TOLERANCE * max(float(np.ptp(theirs)), 1.0):
        raise _OtherError("rebuilt from it, the network answers otherwise")
