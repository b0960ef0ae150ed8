"""The average of the weights over the last steps, and batch norms that fit what is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


BEGINNING = 0.01
"""Share of what a moving statistic began with, below which it is that of the training."""


class Raw(keras.callbacks.Callback):
    """Keeps the weights as an epoch leaves them: `fit` ends by putting an average in their place.

    Trained on from the average, the average would be one of itself. `put_back` after validation.
    """

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002
        self._values = [keras.ops.convert_to_numpy(variable) for variable in self.model.weights]

    def on_train_end(self, logs: object = None) -> None:  # noqa: ARG002
        """Parts the weights from their average.

        With JAX, Keras has made them the same arrays, and gives those of the weights away with the
        next prediction.
        """
        for variable in self.model.trainable_variables:
            variable.assign(np.array(keras.ops.convert_to_numpy(variable)))

    def put_back(self) -> None:
        """Gives the network the weights of its last batch again, statistics included."""
        for variable, value in zip(self.model.weights, self._values, strict=True):
            variable.assign(value)


def fit_norms(model: keras.Model, batches: Iterable[NDArray[np.uint8]]) -> None:
    """Gives batch norms the mean statistics of their inputs over some batches of views.

    Keras averages what is trained. The moving statistics are not: they belong to the weights that
    the average was taken of, and with other weights an average answers worse than any of them
    (Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018,
    section 3.2; Wu and Johnson, "Rethinking 'Batch' in BatchNorm", arXiv:2105.07576, section 3).

    Args:
        model: its batch norms are changed in place, but for those that are frozen.
        batches: network inputs (N, h, w, 3), of the size and make of training batches.
    """
    norms = _norms(model)
    momenta = [norm.momentum for norm in norms]
    try:
        for number, views in enumerate(batches):
            for norm in norms:
                norm.momentum = number / (number + 1)  # the running mean of all batches so far
            model(views, training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def lagging(model: keras.Model, steps: int) -> bool:
    """Whether batch norms still hold some of the statistics that they began with.

    Those of a short training do: with them a network that has learnt its cells names one class for
    everything.

    Args:
        model: its batch norms are asked, but for those that are frozen.
        steps: batches that it has been trained on.
    """
    return any(norm.momentum**steps > BEGINNING for norm in _norms(model))


def _norms(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
