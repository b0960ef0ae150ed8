"""Learning rates over the batches of a stage: a linear warm-up, then one of several courses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
from keras import ops

from train.config import Schedule
from train.recipe.registry import find

Course: TypeAlias = keras.optimizers.schedules.LearningRateSchedule


def schedule(how: Schedule, *, peak: float, steps: int, warm_up: int, per_epoch: int) -> Course:
    """The rate by batch, from 0.

    Args:
        how: the course and its settings.
        peak: rate at the end of the warm-up.
        steps: batches of the stage, warm-up included.
        warm_up: batches of the warm-up.
        per_epoch: batches of an epoch.

    Raises:
        UsageError: no course of that name.
    """
    course = find(SCHEDULES, how.name, "schedule.name")
    return WarmUp(course(how, peak, max(1, steps - warm_up), per_epoch), peak=peak, steps=warm_up)


@keras.saving.register_keras_serializable(package="wbc_edge")
class WarmUp(Course):
    """From zero to `peak` in equal increments over `steps` batches, then `course` from its start.

    Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677, section 2.2.
    """

    def __init__(self, course: Course, *, peak: float, steps: int) -> None:
        super().__init__()
        self.course = course
        self.peak = peak
        self.steps = steps

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        rising = self.peak * step / max(1, self.steps)
        after = ops.cast(self.course(ops.maximum(step - self.steps, 0)), "float32")
        return ops.where(step < self.steps, rising, after)

    def get_config(self) -> dict[str, object]:
        course = keras.optimizers.schedules.serialize(self.course)
        return {"course": course, "peak": self.peak, "steps": self.steps}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WarmUp:
        course = keras.optimizers.schedules.deserialize(config.pop("course"))
        return cls(course, **config)


def _constant(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    return keras.optimizers.schedules.PolynomialDecay(peak, steps, end_learning_rate=peak)


def _linear(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    return keras.optimizers.schedules.PolynomialDecay(peak, steps, end_learning_rate=how.end * peak)


def _cosine(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    """Loshchilov and Hutter, "SGDR", arXiv:1608.03983, equation 5, without restarts."""
    return keras.optimizers.schedules.CosineDecay(peak, steps, alpha=how.end)


def _restarts(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    """The same with restarts every `every` epochs."""
    return keras.optimizers.schedules.CosineDecayRestarts(
        peak, max(1, round(how.every * per_epoch)), t_mul=1.0, m_mul=1.0, alpha=how.end
    )


def _step(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    return keras.optimizers.schedules.ExponentialDecay(
        peak, max(1, round(how.every * per_epoch)), how.factor, staircase=True
    )


def _exponential(how: Schedule, peak: float, steps: int, per_epoch: int) -> Course:  # noqa: ARG001
    """Down to `end`; to a hundredth where that is zero, which no exponential reaches."""
    return keras.optimizers.schedules.ExponentialDecay(peak, steps, how.end or 0.01)


SCHEDULES: dict[str, Callable[[Schedule, float, int, int], Course]] = {
    "cosine": _cosine,
    "restarts": _restarts,
    "linear": _linear,
    "step": _step,
    "exponential": _exponential,
    "constant": _constant,
}
