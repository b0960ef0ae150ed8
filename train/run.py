"""The folder of one training run: what lies where, and how it is read back.

config.json       the configuration
split.json        every cell's part, with its hash
elders.json       what the networks that it learns from have seen
teachers.json     what its teachers were called as it began
attributes.json   what it learns besides the classes, if anything
history.csv       a row per finished epoch
tensorboard       the same for TensorBoard
machines.json     what it was trained on
checkpoint.keras  network, with what tells attributes, and optimiser after the last finished epoch
best.keras        network of the epoch that is kept: of the best validation accuracy, or the last
metrics.json      figures of the best network on validation and test cells
study.json        what a study makes of these (`train.study.outcome`), if one has made the run
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from train import checkpoint, config, document, pixels, record
from train.config import Config
from train.negatives import GROUPS, SPLITS, origin
from train.sources.folder import read as read_folder
from train.split import Split, combined, independent, parted
from wbc_edge import files
from wbc_edge.bundle import shipped
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

    from train.sources.sample import Sample


@dataclass(frozen=True)
class _Machines:
    """What `machines.json` holds."""

    machines: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """A training run on disk."""

    folder: Path

    @cached_property
    def config(self) -> Config:
        """The stored configuration.

        Raises:
            UsageError: the folder holds no run.
        """
        if not self.config_file.is_file():
            raise self._not_here()
        return config.load(self.config_file)

    def check_settings(self, asked: Config) -> None:
        """Makes sure that the run, if it has begun, is the one that is asked for.

        Raises:
            UsageError: its stored settings are others.
        """
        if not self.config_file.is_file():
            return
        if others := self.config.differences(asked):
            raise UsageError(
                f"{self.folder}: holds a run of other settings ({', '.join(others)}); remove it, "
                "or name another folder"
            )

    def check_finished(self) -> None:
        """Makes sure that training has come to its end: until then its best network may change.

        Raises:
            UsageError: it has not.
        """
        if not self.config_file.is_file():
            raise self._not_here()
        if not self.metrics_file.is_file():
            raise UsageError(f"{self.folder}: this run is not finished")

    @property
    def config_file(self) -> Path:
        return self.folder / "config.json"

    @property
    def split_file(self) -> Path:
        return self.folder / "split.json"

    @property
    def teachers_file(self) -> Path:
        """Teacher, as the configuration has it -> what it is called."""
        return self.folder / "teachers.json"

    @property
    def elders_file(self) -> Path:
        return self.folder / "elders.json"

    @property
    def attributes_file(self) -> Path:
        return self.folder / "attributes.json"

    @property
    def history_file(self) -> Path:
        return self.folder / "history.csv"

    @property
    def machines_file(self) -> Path:
        return self.folder / "machines.json"

    @property
    def curves_folder(self) -> Path:
        return self.folder / "tensorboard"

    @property
    def checkpoint_file(self) -> Path:
        return self.folder / "checkpoint.keras"

    @property
    def best_file(self) -> Path:
        return self.folder / "best.keras"

    @property
    def metrics_file(self) -> Path:
        return self.folder / "metrics.json"

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Figures of the best network of a finished run: `SOURCE/PART` -> those on its cells.

        Raises:
            UsageError: the run is not finished, or the file is damaged.
        """
        return document.read(self.metrics_file)

    @property
    def cache(self) -> Path:
        """Prepared pixels, shared by the runs that lie side by side."""
        return self.folder.parent / ".pixels"

    @cached_property
    def splits(self) -> dict[str, Split]:
        """Source name -> its split, computed from the cells: the same for the same seed.

        What one source validates or tests with is left out of what another learns from.

        Raises:
            UsageError: it is not the one that the run wrote down when it began to learn.
        """
        how = self.config
        cells = {source.name: source.read() for source in how.sources}
        splits = parted(cells, seed=how.seed, folds=how.folds, fold=how.fold)
        if self.split_file.is_file():
            recorded = record.read(self.split_file)
            began = {name: there.sha256 for name, there in recorded.items()}
            stands = {name: here.sha256 for name, here in splits.items()}
            changed = document.differences(began, stands)
            if not changed:  # as many under the same names, but perhaps of other content
                changed = [
                    f"{len(replaced)} of the files of {name}, {replaced[0]} first"
                    for name, here in splits.items()
                    if (replaced := recorded[name].replaced(here.digests))
                ]
            if changed:
                raise UsageError(
                    f"{self.folder}: its cells have changed since it began "
                    f"({', '.join(changed)}); train anew"
                )
        return splits

    @property
    def split_sha256(self) -> str:
        """One hash over the splits of all sources."""
        return combined({name: part.sha256 for name, part in self.splits.items()})

    def part(self, source: str, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Network inputs (N, h, w, 3) and class indices (N,) of one part of one source."""
        samples = self.splits[source].parts[part]
        views = pixels.load(samples, self.config.input, self.cache)
        return views, self.targets(source, part)

    def groups(self, source: str, part: str) -> list[str]:
        """What each cell of one part of one source was made from (`train.split.independent`)."""
        split = self.splits[source]
        return independent(split.parts[part], split.digests)

    def targets(self, source: str, part: str) -> NDArray[np.int64]:
        """Class indices (N,) of one part of one source."""
        labels = [sample.label for sample in self.splits[source].parts[part]]
        return np.array([self.config.labels.index(label) for label in labels], np.int64)

    def negatives(self, part: str, *, margin: float = 1.0) -> NDArray[np.uint8] | None:
        """One part of the run's pictures without a cell, as network inputs widened by `margin`.

        None where it has none.

        Raises:
            UsageError: the folder holds no picture of that part, or pictures of a source of the
                run by another split than the run's.
        """
        path = self.config.negatives.path
        if path is None:
            return None
        self._check_parted(Path(path) / SPLITS)
        samples = self._negatives(Path(path) / part)
        return pixels.load(samples, self.config.input, self.cache, margin=margin)

    def negatives_groups(self, part: str) -> list[str]:
        """What each of these pictures shares with others: the slide or original it is cut from.

        A drawn picture stands by itself, as does every one of a folder that does not tell.

        Raises:
            UsageError: the folder holds no picture of that part, or what it tells is damaged.
        """
        path = self.config.negatives.path
        if path is None:
            return []
        file = Path(path) / GROUPS
        told = document.load(dict[str, str], file) if file.is_file() else {}
        keys = [f"{part}/{sample.key}" for sample in self._negatives(Path(path) / part)]
        return [told.get(key, key) for key in keys]

    def _negatives(self, folder: Path) -> list[Sample]:
        without = self.config.negatives.without
        found = read_folder(folder) if folder.is_dir() else ()
        samples = [sample for sample in found if origin(sample.label) not in without]
        if not samples:
            raise UsageError(f"{folder}: holds no pictures; `python -m train negatives` makes them")
        return samples

    def _check_parted(self, file: Path) -> None:
        """Compares the splits of the negatives with the run's; older folders do not tell theirs."""
        if not file.is_file():
            return
        used = self.splits.keys() - set(self.config.negatives.without)
        for name, sha256 in document.read(file).items():
            if name in used and sha256 != self.splits[name].sha256:
                how = self.config
                turn = "" if how.folds is None else f" --folds {how.folds} --fold {how.fold}"
                raise UsageError(
                    f"{file}: its pictures of {name} are parted otherwise than this run's cells; "
                    f"`python -m train negatives{turn} --seed {how.seed}` makes others from the "
                    "same cells"
                )

    def best(self) -> keras.Model:
        """The best network.

        Raises:
            UsageError: no epoch of the run has finished yet, or the file is damaged.
        """
        import keras

        import train.zoo  # noqa: F401 - so that Keras knows the layers of its networks

        if not self.config_file.is_file():
            raise self._not_here()
        if not self.best_file.is_file():
            raise UsageError(f"{self.folder}: no network yet (best.keras is missing)")
        with checkpoint.loading(self.best_file):
            return keras.saving.load_model(self.best_file)

    def _not_here(self) -> UsageError:
        return UsageError(f"{self.folder}: no training run here (config.json is missing)")

    def history(self) -> list[dict[str, float]]:
        """One row of figures per finished epoch.

        Raises:
            UsageError: the file is damaged.
        """
        if not self.history_file.is_file():
            return []
        try:
            with self.history_file.open(newline="", encoding="utf-8") as file:
                return [_figures(row) for row in csv.DictReader(file)]
        except (ValueError, csv.Error) as error:
            raise UsageError(f"{self.history_file}: is no history ({error})") from None

    def kept_epoch(self) -> int | None:
        """The epoch whose network is the best one, from 1; None where there is no history."""
        rows = self.history()
        if not rows:
            return None
        kept = rows[-1] if self.config.keep == "last" else max(rows, key=itemgetter("val_accuracy"))
        return int(kept["epoch"])

    def write_history(self, rows: list[dict[str, float]]) -> None:
        """Replaces the history as a whole, so that a kill leaves the old or the new one."""
        with (
            files.whole(self.history_file) as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def machines(self) -> list[str]:
        """What it was trained on, in order; empty where that was not written down.

        Raises:
            UsageError: the file is damaged.
        """
        if not self.machines_file.is_file():
            return []
        return list(document.load(_Machines, self.machines_file).machines)

    def write_machine(self, name: str) -> None:
        """Adds a machine to those that it was trained on."""
        known = self.machines()
        if name not in known:
            document.write(self.machines_file, {"machines": [*known, name]})


def _figures(row: Mapping[Any, Any]) -> dict[str, float]:
    """The figures of one epoch.

    Raises:
        ValueError: one is no number, there are more or fewer than columns, or what every history
            has is missing.
    """
    if None in row or None in row.values():
        raise ValueError("a row is longer or shorter than the first")
    for name in ("epoch", "val_accuracy"):
        if name not in row:
            raise ValueError(f"the column '{name}' is missing")
    return {key: (int if key == "epoch" else float)(value) for key, value in row.items()}


def named(text: str) -> Run | None:
    """The run in the folder of this name; None where the text names a model file or shipped model.

    A shipped model's name is a folder's only where there is a run in it.
    """
    folder = Path(text)
    if not folder.is_dir():
        return None
    run = Run(folder)
    is_shipped = folder.name == text and text in {model.name for model in shipped()}
    return None if is_shipped and not run.config_file.is_file() else run
