"""Batches for Keras: balanced draws of augmented views, reproducible across interruptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np
import PIL.Image

from train.augment import Augmentation, view
from train.config import Mixing
from train.recipe.mixing import mix
from wbc_edge.cores import usable_cores
from wbc_edge.light import whitened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.recipe.teachers import Teachers

MOST_WORKERS = 4
"""Threads that make views; more of them only wait for one another."""


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """One source: pictures with context (N, H, W, 3) uint8, class indices (N,), weight.

    The pictures are such as the feed holds them: see `Feed.held`. Where attributes are learnt, they
    are those of every cell: see `train.recipe.attributes`.
    """

    contexts: Any
    targets: NDArray[np.int64]
    weight: float
    attributes: NDArray[np.uint8] | None = None


class Feed(keras.utils.PyDataset):
    """An epoch of batches: views (B, h, w, 3) uint8, targets (B, classes) float32.

    Targets are one-hot, or shared where views are mixed. Attributes follow where they are learnt,
    (B, classes + values), and with teachers their probabilities for the same views: classes more.
    Negatives come last in every batch, are not mixed, and have targets of zeros throughout.

    A cell is drawn with its source's weight and, within the source, by its class's frequency to the
    power `balance`: 1 keeps the frequencies, 0 makes all classes equally frequent. Every batch
    depends on (seed, epoch, index) alone, so that a resumed run sees the batches of an unbroken
    one, and so that any number of threads may make them.
    """

    def __init__(
        self,
        sources: list[Pictures],
        *,
        classes: int,
        size: tuple[int, int],
        batch_size: int,
        steps: int,
        augmentation: Augmentation,
        balance: float,
        seed: int,
        epoch: int,
        mixing: Mixing = Mixing(),
        teachers: Teachers | None = None,
        negatives: Any = None,
        share: float = 0.0,
        light: Literal["as_is", "white"] = "as_is",
        workers: int | None = None,
    ) -> None:
        super().__init__(
            workers=workers or min(usable_cores(), MOST_WORKERS),
            use_multiprocessing=False,
            max_queue_size=8,
        )
        self._sources = sources
        self._classes = classes
        self._size = size
        self._batch_size = batch_size
        self._steps = steps
        self._augmentation = augmentation
        self._seed = seed
        self._epoch = epoch
        self._mixing = mixing
        self._light = light
        self._teachers = teachers
        # Pictures without a cell, with context, held, and how many of a batch they are.
        self._negatives = negatives
        self._strangers = 0 if negatives is None else _rounded(share, batch_size)
        self._cells = np.concatenate(
            [
                np.stack([np.full(len(s.targets), i), np.arange(len(s.targets))], 1)
                for i, s in enumerate(sources)
            ]
        )
        self._targets = [_targets(source, classes) for source in sources]
        self._chances = np.concatenate([s.weight * _chances(s.targets, balance) for s in sources])
        self._chances /= self._chances.sum()

    @staticmethod
    def held(pictures: NDArray[np.uint8]) -> Any:
        """Pictures as they are drawn from: in memory, as every batch would wait for a disk."""
        return np.array(pictures)

    @property
    def share(self) -> float:
        """The part of a batch that negatives are, in whole pictures."""
        return self._strangers / self._batch_size

    @property
    def shares(self) -> NDArray[np.float64]:
        """Every class's share of the draws, shape (classes,)."""
        targets = np.concatenate([source.targets for source in self._sources])
        return np.bincount(targets, self._chances, self._classes).astype(np.float64)

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> tuple[Any, NDArray[np.float32]]:
        views, targets = self.views(index)
        if self._teachers is not None:
            known = len(views) - self._strangers
            answers = np.zeros((len(views), self._classes), np.float32)
            answers[:known] = self._teachers.answer(views[:known])
            targets = np.concatenate([targets, answers], axis=1)
        return views, targets

    def views(self, index: int) -> tuple[Any, NDArray[np.float32]]:
        """A batch without the teachers' answers."""
        rng = np.random.default_rng((self._seed, self._epoch, index))
        drawn, targets = self._draw(rng)
        views, targets = self._shown(drawn, targets, rng)
        return views, np.pad(targets, ((0, self._strangers), (0, 0)))

    def _draw(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """A batch's cells, (B, 2) of source and number in it, and targets, with attributes."""
        count = self._batch_size - self._strangers
        drawn = self._cells[rng.choice(len(self._cells), count, p=self._chances)]
        return drawn, np.stack([self._targets[source][cell] for source, cell in drawn])

    def _shown(
        self, drawn: NDArray[np.int64], targets: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Any, NDArray[np.float32]]:
        """Views of the drawn cells, mixed, and of negatives after them; the cells' targets."""
        views = np.empty((len(drawn), *self._size, 3), np.uint8)
        for row, (source, cell) in enumerate(drawn):
            views[row] = self._view(self._sources[source].contexts[cell], rng)
        views, targets = mix(views, targets, self._mixing, rng)
        if self._negatives is None:
            return views, targets
        strange = [
            self._view(self._negatives[number], rng)
            for number in rng.integers(len(self._negatives), size=self._strangers)
        ]
        return np.concatenate([views, strange]), targets

    def _view(self, context: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        found = view(context, self._size, self._augmentation, rng)
        if self._light == "as_is":
            return found
        return np.asarray(whitened(PIL.Image.fromarray(found)))


def _rounded(share: float, batch_size: int) -> int:
    """Pictures of a batch that the share makes: one at least, and never all."""
    return min(max(1, round(share * batch_size)), batch_size - 1)


def _targets(source: Pictures, classes: int) -> NDArray[np.float32]:
    """Those of every cell: its class, one-hot, and its attributes where they are learnt."""
    labels = np.eye(classes, dtype=np.float32)[source.targets]
    if source.attributes is None:
        return labels
    return np.concatenate([labels, source.attributes], axis=1, dtype=np.float32)


def _chances(targets: NDArray[np.int64], balance: float) -> NDArray[np.float64]:
    counts = np.bincount(targets)
    chances = np.maximum(counts, 1)[targets].astype(np.float64) ** (balance - 1)
    return chances / chances.sum()
