"""Batch norms whose statistics were folded away, put in order for fine-tuning.

A backbone taken from an inference file has neutral batch norms (mean 0, variance 1): right as it
stands, and ruined by the first training step, which normalises by the batch's true statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 32
TOLERANCE = 1e-6


def refit(model: keras.Model, views: NDArray[np.uint8]) -> int:
    """Gives folded batch norms the statistics of their inputs, and leaves the function as it is.

    With mean m and variance v of a norm's input over the views, its moving statistics become m and
    v, its gamma sqrt(v + epsilon) and its beta grows by m. Channels that carry statistics, or are
    freshly initialised as those that a narrower network was given, stay as they are.

    Args:
        model: network of the zoo; changed in place.
        views: some hundred network inputs from the training cells, (N, h, w, 3).

    Returns:
        How many batch norms were folded.
    """
    parts = _parts(model)
    for backbone, norms in parts:
        _refit(backbone, norms, model.get_layer("scaling"), views)
    return sum(len(norms) for _, norms in parts)


def folded(model: keras.Model) -> bool:
    """Whether a network has batch norms that `refit` would change."""
    return bool(_parts(model))


def _parts(model: keras.Model) -> list[tuple[keras.Model, list[keras.layers.BatchNormalization]]]:
    """The backbones that have folded norms, and these."""
    backbones = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    found = [(one, [layer for layer in one.layers if _is_folded(layer)]) for one in backbones]
    return [(backbone, norms) for backbone, norms in found if norms]


def _is_folded(layer: keras.layers.Layer) -> bool:
    norm = isinstance(layer, keras.layers.BatchNormalization) and layer.scale and layer.center
    return bool(norm and _folded(layer).any())


def _folded(norm: keras.layers.BatchNormalization) -> NDArray[np.bool_]:
    """The channels that pass on as they are, which a fresh one, of variance 1, does not."""
    gamma, _, mean, variance = norm.get_weights()
    neutral: NDArray[np.bool_] = np.abs(variance + norm.epsilon - 1) < TOLERANCE
    return neutral & (mean == 0) & (gamma == 1)


def _refit(
    backbone: keras.Model,
    norms: list[keras.layers.BatchNormalization],
    scaling: keras.layers.Layer,
    views: NDArray[np.uint8],
) -> None:
    probes = keras.Model(backbone.input, [norm.input for norm in norms])
    sums = [np.zeros((2, norm.get_weights()[0].size)) for norm in norms]
    counts = np.zeros(len(norms))
    for start in range(0, len(views), BATCH):
        inputs = probes(scaling(np.asarray(views[start : start + BATCH])), training=False)
        for number, values in enumerate(inputs if len(norms) > 1 else [inputs]):
            rows = keras.ops.convert_to_numpy(values).reshape(-1, values.shape[-1])
            sums[number] += rows.sum(0, np.float64), np.square(rows, dtype=np.float64).sum(0)
            counts[number] += len(rows)
    for norm, (total, squares), count in zip(norms, sums, counts, strict=True):
        mean = total / count
        variance = np.maximum(squares / count - mean**2, 0)
        channels, weights = _folded(norm), norm.get_weights()
        _, beta, _, _ = weights
        refitted = (np.sqrt(variance + norm.epsilon), beta + mean, mean, variance)
        pairs = zip(refitted, weights, strict=True)
        norm.set_weights([np.where(channels, new, old) for new, old in pairs])
