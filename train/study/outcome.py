"""What came of one row of a study: the figures of its run, kept in its folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from train import document
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from train.config import Config
    from train.run import Run


OUTCOME = "study.json"
"""Name of the file in a row's run folder."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What is said of any finished row.

    Attributes:
        epochs: that were trained before the end or a stop for want of progress.
        seconds: of training, validation included.
        machine: on which.
        parameters: of the network.
        train: number of training cells.
        settings: hash of the run's (`Config.sha256`); None where it was not written down.
    """

    epochs: int
    seconds: float
    machine: str
    parameters: int
    train: int
    settings: str | None = None

    def save(self, path: Path) -> None:
        """Writes the outcome as JSON, as a whole or not at all."""
        document.write(path, asdict(self))


_Trained = TypeVar("_Trained", bound=Trained)


def load(kind: type[_Trained], path: Path) -> _Trained:
    """The outcome that `Trained.save` wrote.

    Raises:
        UsageError: the file is damaged.
    """
    return document.load(kind, path)


def standing(
    kind: type[_Trained],
    folders: Mapping[str, Path],
    kept: Mapping[str, _Trained] | None,
    failed: Collection[str],
) -> dict[str, _Trained | None]:
    """What came of every row, or None where it is not finished.

    Args:
        kind: of the outcomes.
        folders: row -> its run folder.
        kept: row -> outcome that stands in for a run that is not here: see `earlier`.
        failed: rows that are not finished, whatever lies in their folders: of other settings,
            perhaps.
    """
    found: dict[str, _Trained | None] = dict.fromkeys(folders)
    for name in folders.keys() - set(failed):
        file = folders[name] / OUTCOME
        found[name] = load(kind, file) if file.is_file() else (kept or {}).get(name)
    return found


def earlier(
    kind: type[_Trained],
    path: Path,
    folders: Mapping[str, Path],
    configs: Mapping[str, Config],
    same: Callable[[str, _Trained], bool],
) -> dict[str, _Trained]:
    """The finished rows of a table made elsewhere that need not be carried out here.

    One that has been begun here is none of them.

    Args:
        kind: of the outcomes.
        path: the `.json` file of the table.
        folders: row -> its run folder here.
        configs: row -> its settings now, which have to be those that its outcome was reached with.
        same: what else has to hold of them; alone, where an outcome's settings were not written
            down.

    Raises:
        UsageError: the file cannot be read or is no such table.
    """
    try:
        rows = {row["name"]: row["outcome"] for row in document.read(path)["rows"]}
    except (KeyError, TypeError):
        raise UsageError(f"{path}: not the .json file of a study's table") from None
    finished = {
        name: document.checked(kind, row, path)
        for name, row in rows.items()
        if row is not None and name in folders and not folders[name].exists()
    }
    return {
        name: done
        for name, done in finished.items()
        if done.settings in (None, configs[name].sha256) and same(name, done)
    }


def spent(history: Sequence[Mapping[str, float]]) -> tuple[int, float]:
    """Epochs and seconds of a training, by its history; of the epochs the last row tells."""
    return int(history[-1]["epoch"]), sum(row["seconds"] for row in history)


def training(run: Run) -> Trained:
    """What training a finished run took."""
    epochs, seconds = spent(run.history())
    return Trained(
        epochs=epochs,
        seconds=seconds,
        machine=", then ".join(run.machines()) or "a machine not written down",
        parameters=run.metrics["parameters"],
        train=sum(len(split.parts["train"]) for split in run.splits.values()),
        settings=run.config.sha256,
    )
