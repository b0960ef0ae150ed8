"""Trained networks that answer on the views another one learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import keras
import numpy as np

from train.config import Config, Teacher
from train.run import Run
from wbc_edge.classifier import softmax
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Teachers:
    """The mean of the softened probabilities of one network or several."""

    def __init__(
        self, networks: Sequence[tuple[keras.Model, Sequence[int]]], *, temperature: float
    ) -> None:
        """Takes networks, each with the column of its logits for every class of the student."""
        self._networks = list(networks)
        self._temperature = temperature
        # Views are made by several threads, and Keras builds its function at the first call.
        self._lock = Lock()

    def answer(self, views: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, classes) for views (N, h, w, 3), resized where a teacher sees others.

        What a teacher knows besides the student's classes is left out and the rest renormalised.
        """
        with self._lock:
            answers = [
                softmax(
                    network.predict_on_batch(_resized(views, network))[:, columns],
                    self._temperature,
                )
                for network, columns in self._networks
            ]
        return np.mean(answers, axis=0, dtype=np.float32)


def gather(how: Teacher, config: Config) -> Teachers | None:
    """The teachers of a run, or None where it has none.

    Raises:
        UsageError: a teacher's folder holds no network, it lacks a class, or it sees cells
            framed or lit otherwise.
    """
    if not how.runs:
        return None
    return Teachers(
        [_network(Run(Path(folder)), config) for folder in how.runs], temperature=how.temperature
    )


def _network(run: Run, config: Config) -> tuple[keras.Model, list[int]]:
    theirs = run.config
    missing = sorted(set(config.labels) - set(theirs.labels))
    if missing:
        raise UsageError(f"{run.folder}: this teacher does not know the class '{missing[0]}'")
    for name in ("framing", "light"):
        seen, shown = getattr(theirs.input, name), getattr(config.input, name)
        if seen != shown:
            raise UsageError(
                f"{run.folder}: this teacher sees cells with {name} {seen}, not {shown}"
            )
    return run.best(), [theirs.labels.index(label) for label in config.labels]


def _resized(views: NDArray[np.uint8], network: keras.Model) -> NDArray[np.uint8]:
    height, width = network.input_shape[1:3]
    if views.shape[1:3] == (height, width):
        return views
    method = cv2.INTER_AREA if height < views.shape[1] else cv2.INTER_LINEAR
    return np.stack([cv2.resize(view, (width, height), interpolation=method) for view in views])
