"""The rows of a study, carried out one by one; what is finished is not done again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from train.config import Config
from train.console import Report
from train.run import Run
from train.study.outcome import OUTCOME, Trained
from wbc_edge.errors import WbcEdgeError


@dataclass(frozen=True, kw_only=True)
class Row:
    """One training of a study.

    Attributes:
        name: of the row.
        folder: its run folder.
        what: is done, for the report.
        config: the run's configuration.
        gather: the figures of the finished run.
        ready: raises, when the row's turn to be trained comes, if it cannot be yet.
        whole: whether the outcome that is kept lacks nothing; else it is gathered anew.
    """

    name: str
    folder: Path
    what: str
    config: Config
    gather: Callable[[Run], Trained]
    ready: Callable[[], None] = lambda: None
    whole: Callable[[Path], bool] = lambda _: True

    @property
    def file(self) -> Path:
        """Where its outcome is kept."""
        return self.folder / OUTCOME


def carry_out(rows: Sequence[Row], *, report: Report) -> dict[str, WbcEdgeError]:
    """Trains every row that is not finished; a row that was interrupted goes on.

    One that was trained, but whose outcome is not whole, is not trained again. A row whose folder
    holds a run of other settings fails, be that run finished or not.

    Returns:
        The rows that failed, with the reason; the others have been carried out all the same.
    """
    failures = {}
    for number, row in enumerate(rows, 1):
        try:
            Run(row.folder).check_settings(row.config)
            if row.file.is_file() and row.whole(row.file):
                report(f"{row.name}: finished already")
                continue
            report(f"{row.name} ({number} of {len(rows)}): {row.what}")
            done = row.gather(_train(row, report))
        except WbcEdgeError as error:
            failures[row.name] = error
            report(f"{row.name}: {error}")
            continue
        done.save(row.file)
        _forget()
    return failures


def _train(row: Row, report: Report) -> Run:
    from train.fit import fit

    run = Run(row.folder)
    if run.metrics_file.is_file():
        return run
    row.ready()
    begun = run.config_file.is_file()
    return fit(row.config, row.folder, resume=begun, report=report)


def _forget() -> None:
    """Gives back what Keras holds of a network that has been trained."""
    import keras

    keras.utils.clear_session()
    gc.collect()
