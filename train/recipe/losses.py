"""The losses: of the labels, by class; a teacher's answers, the energy and attributes besides.

Targets have shape (N, classes), shares of every class. Attributes come after them where they are
learnt, as they do among the logits; last, with a teacher, its softened probabilities of the
classes. A picture without a cell has zeros throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from train.config import Attributes, Loss, Negatives, Teacher
from train.recipe.registry import find


def loss(
    how: Loss,
    shares: NDArray[np.float64],
    *,
    label_smoothing: float,
    teacher: Teacher,
    negatives: Negatives = Negatives(),
    strangers: float = 0.0,
    attributes: Attributes = Attributes(),
    sizes: Sequence[int] = (),
) -> keras.losses.Loss:
    """The loss of logits.

    Args:
        how: kind and class weights.
        shares: every class's share of the draws, shape (classes,).
        label_smoothing: share of the target spread over all classes.
        teacher: what is learnt besides the labels.
        negatives: bounds of the energy.
        strangers: the part of a batch that negatives are; 0 where there are none.
        attributes: what is learnt of cells besides their class.
        sizes: number of values of every attribute; none where nothing is.

    Raises:
        UsageError: no loss of that name.
    """
    of_labels = find(LOSSES, how.name, "loss.name")(how, label_smoothing)
    if how.class_weights:
        of_labels = Weighted(of_labels, weights=class_weights(shares, how.class_weights))
    if teacher.runs:
        of_labels = Distillation(of_labels, temperature=teacher.temperature, weight=teacher.weight)
    if strangers:
        of_labels = Energy(
            of_labels,
            share=strangers,
            low=negatives.low,
            high=negatives.high,
            weight=negatives.weight,
        )
    if sizes:
        return Attributed(of_labels, sizes=list(sizes), weight=attributes.weight)
    return of_labels


def class_weights(shares: NDArray[np.float64], power: float) -> list[float]:
    """shares^-power, scaled to a mean of 1 over the draws; 0 for a class without cells."""
    present = shares > 0
    weights = np.zeros(len(shares))
    weights[present] = shares[present] ** -power
    return [float(weight) for weight in weights / (weights * shares).sum()]


@keras.saving.register_keras_serializable(package="wbc_edge")
def accuracy(targets: Any, logits: Any, classes: int) -> Any:
    """Share of cells whose greatest logit is their label's, whatever follows both.

    Of a mixed view, the label is that of the cell with the greater share. Pictures without a cell
    do not count: the mean over the batch is that over its cells.
    """
    labels = targets[:, :classes]
    cells = is_cell(labels)
    right = ops.equal(ops.argmax(labels, axis=-1), ops.argmax(logits[:, :classes], axis=-1))
    return ops.cast(right, "float32") * cells / ops.maximum(ops.mean(cells), 1e-6)


def is_cell(labels: Any) -> Any:
    """1 for each row of targets (N, classes) that names a class, 0 for one without a cell."""
    return ops.cast(ops.sum(labels, axis=-1) > 0.5, "float32")


class Around(keras.losses.Loss):
    """A loss around another one, saved with it and with the settings that are named."""

    settings: tuple[str, ...] = ()

    def __init__(self, inner: keras.losses.Loss, *, name: str) -> None:
        super().__init__(name=name)
        self.inner = inner

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in (*self.settings, "name")}
        return {"inner": keras.losses.serialize(self.inner)} | own

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> keras.losses.Loss:
        return cls(keras.losses.deserialize(config.pop("inner")), **config)


@keras.saving.register_keras_serializable(package="wbc_edge")
class Weighted(Around):
    """A loss with a weight for every class; a mixed view has the mean of its classes' weights."""

    settings = ("weights",)

    def __init__(
        self, inner: keras.losses.Loss, *, weights: list[float], name: str = "weighted"
    ) -> None:
        super().__init__(inner, name=name)
        self.weights = weights

    def call(self, y_true: Any, y_pred: Any) -> Any:
        weights = ops.sum(y_true * ops.convert_to_tensor(self.weights, y_true.dtype), axis=-1)
        return weights * self.inner.call(y_true, y_pred)


@keras.saving.register_keras_serializable(package="wbc_edge")
class Distillation(Around):
    """(1 - weight) × the labels' loss + weight × T² × KL(teacher ‖ network), both softened by T.

    T² keeps the gradient's size independent of T. Hinton et al., "Distilling the knowledge in a
    neural network", arXiv:1503.02531, section 2.
    """

    settings = ("temperature", "weight")

    def __init__(
        self,
        inner: keras.losses.Loss,
        *,
        temperature: float,
        weight: float,
        name: str = "distillation",
    ) -> None:
        super().__init__(inner, name=name)
        self.temperature = temperature
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        classes = y_pred.shape[-1]
        labels, taught = y_true[:, :classes], y_true[:, classes:]
        known = ops.log_softmax(y_pred / self.temperature, axis=-1)
        difference = ops.log(ops.maximum(taught, 1e-12)) - known
        divergence = ops.sum(taught * difference, axis=-1)
        return (1 - self.weight) * self.inner.call(
            labels, y_pred
        ) + self.weight * self.temperature**2 * divergence


@keras.saving.register_keras_serializable(package="wbc_edge")
class Energy(Around):
    """The loss of cells, and hinges that part their energy from that of pictures without a cell.

    weight × (mean over cells of max(high - E, 0)² + mean over the others of max(E - low, 0)²), with
    E the log-sum-exp of the logits: Liu et al., "Energy-based out-of-distribution detection",
    NeurIPS 2020, equation 8, where the energy has the opposite sign.
    """

    settings = ("share", "low", "high", "weight")

    def __init__(
        self,
        inner: keras.losses.Loss,
        *,
        share: float,
        low: float,
        high: float,
        weight: float,
        name: str = "energy",
    ) -> None:
        """Takes the loss of cells and the part of a batch that shows none."""
        super().__init__(inner, name=name)
        self.share = share
        self.low = low
        self.high = high
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        cells = is_cell(y_true[:, : y_pred.shape[-1]])
        energy = ops.logsumexp(y_pred, axis=-1)
        lacking = ops.square(ops.relu(self.high - energy))
        excess = ops.square(ops.relu(energy - self.low))
        # What follows is averaged over the batch: these factors make it means over its two parts.
        of_cells = (self.inner.call(y_true, y_pred) + self.weight * lacking) / (1 - self.share)
        return cells * of_cells + (1 - cells) * self.weight * excess / self.share


@keras.saving.register_keras_serializable(package="wbc_edge")
class Attributed(Around):
    """The loss of the classes + weight × the mean over attributes of their cross entropies.

    An attribute of which nothing is known costs nothing.
    """

    settings = ("sizes", "weight")

    def __init__(
        self,
        inner: keras.losses.Loss,
        *,
        sizes: list[int],
        weight: float,
        name: str = "attributed",
    ) -> None:
        """Takes the loss of the classes and the number of values of every attribute."""
        super().__init__(inner, name=name)
        self.sizes = sizes
        self.weight = weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        values = sum(self.sizes)
        classes = y_pred.shape[-1] - values
        of_classes = ops.concatenate([y_true[:, :classes], y_true[:, classes + values :]], axis=-1)
        total = self.inner.call(of_classes, y_pred[:, :classes])
        first = classes
        for size in self.sizes:
            told = ops.log_softmax(y_pred[:, first : first + size], axis=-1)
            known = y_true[:, first : first + size]
            total -= self.weight / len(self.sizes) * ops.sum(known * told, axis=-1)
            first += size
        return total


def _cross_entropy(how: Loss, label_smoothing: float) -> keras.losses.Loss:  # noqa: ARG001
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)


def _focal(how: Loss, label_smoothing: float) -> keras.losses.Loss:
    """Lin et al., "Focal loss for dense object detection", arXiv:1708.02002, without its alpha."""
    return keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=how.gamma, from_logits=True, label_smoothing=label_smoothing
    )


LOSSES: dict[str, Callable[[Loss, float], keras.losses.Loss]] = {
    "cross_entropy": _cross_entropy,
    "focal": _focal,
}
