"""Trained networks that answer on the views another one learns from.

A teacher is a run folder or a model file. The file of an edge device answers three times as fast as
Keras does, and by several threads at once: on a processor most of a distillation is its teacher.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import cv2
import keras
import numpy as np

from train.config import Config, Teacher
from train.recipe.ancestry import check_fits
from train.run import Run, named
from wbc_edge import bundle
from wbc_edge.cores import usable_cores
from wbc_edge.errors import UsageError
from wbc_edge.logits import softmax
from wbc_edge.looks import turned
from wbc_edge.pool import SessionPool
from wbc_edge.runtimes import first_usable, open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec
    from wbc_edge.runtimes import Session


@dataclass(frozen=True, kw_only=True)
class Network:
    """One teacher.

    Attributes:
        logits: (N, h, w, 3) uint8 to (N, its classes), called by several threads.
        input: what it sees.
        labels: its classes, in the order of the logits.
    """

    logits: Callable[[Any], NDArray[np.float32]]
    input: InputSpec
    labels: Sequence[str]


class Teachers:
    """The mean of the softened probabilities of one network or several."""

    def __init__(
        self,
        networks: Sequence[Network],
        labels: Sequence[str],
        *,
        temperature: float,
        turns: int = 1,
    ) -> None:
        """Takes networks that know all of the labels, which are the student's."""
        self._networks = [
            (network, [network.labels.index(label) for label in labels]) for network in networks
        ]
        self._temperature = temperature
        self._turns = turns

    def answer(self, views: Any) -> NDArray[np.float32]:
        """Probabilities (N, classes) for views (N, h, w, 3), resized where a teacher sees others.

        Views are an array, or a tensor of the backend, which a teacher that is a run sees in place
        if it looks but once.

        What a teacher knows besides the student's classes is left out and the rest renormalised.
        """
        answers = [
            softmax(self._logits(network, views)[:, columns], self._temperature)
            for network, columns in self._networks
        ]
        return np.mean(answers, axis=0, dtype=np.float32)

    def _logits(self, network: Network, views: Any) -> NDArray[np.float32]:
        views = _resized(views, network.input)
        if self._turns == 1:
            return network.logits(views)
        laid = turned(keras.ops.convert_to_numpy(views), self._turns)
        looks = np.split(network.logits(np.concatenate(laid)), self._turns)
        return np.mean(looks, axis=0, dtype=np.float32)


def gather(how: Teacher, config: Config) -> Teachers | None:
    """The teachers of a run, or None where it has none.

    Raises:
        UsageError: a teacher's folder holds no network, it lacks a class, it sees cells
            framed or lit otherwise, or has to turn views that are not square.
        ModelError: a teacher's file is no model with a card.
    """
    if not how.runs:
        return None
    if how.turns > 1 and config.input.height != config.input.width:
        raise UsageError("the setting 'teacher.turns' needs views as high as they are wide")
    networks = []
    for teacher in how.runs:
        found = named(teacher)
        network = _of_file(teacher) if found is None else _of_run(found)
        check_fits(f"{teacher}: this teacher", network.labels, network.input, config)
        networks.append(network)
    return Teachers(networks, config.labels, temperature=how.temperature, turns=how.turns)


def _of_run(run: Run) -> Network:
    model = run.best()
    # Keras builds its function at the first call.
    lock = Lock()

    def logits(views: Any) -> NDArray[np.float32]:
        with lock:
            return np.asarray(model.predict_on_batch(views))

    return Network(logits=logits, input=run.config.input, labels=run.config.labels)


def _of_file(name_or_path: str) -> Network:
    found = bundle.open_bundle(name_or_path)
    runtime = first_usable(found.path)

    def opened() -> Session:
        return open_session(found.path, runtime=runtime, spec=found.card.input)

    sessions = SessionPool(opened(), opened, most=usable_cores())

    def logits(views: Any) -> NDArray[np.float32]:
        return sessions.run(keras.ops.convert_to_numpy(views))

    return Network(logits=logits, input=found.card.input, labels=found.card.labels)


def _resized(views: Any, seen: InputSpec) -> Any:
    if tuple(views.shape[1:3]) == (seen.height, seen.width):
        return views
    if not isinstance(views, np.ndarray):
        resized = keras.ops.image.resize(views, (seen.height, seen.width), antialias=True)
        return keras.ops.cast(keras.ops.clip(keras.ops.round(resized), 0, 255), "uint8")
    method = cv2.INTER_AREA if seen.height < views.shape[1] else cv2.INTER_LINEAR
    size = (seen.width, seen.height)
    return np.stack([cv2.resize(view, size, interpolation=method) for view in views])
