"""Carries out the study of unseen sources, and judges networks trained on all sources beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from train.config import Config
from train.console import Report
from train.run import Run
from train.study import outcome
from train.study.judge import Judged, judge
from train.study.outcome import Trained
from train.study.rows import Row, carry_out
from train.study.sources.hold_out import HoldOut, Recipe, configure
from wbc_edge.errors import UsageError, WbcEdgeError


@dataclass(frozen=True, kw_only=True)
class Unseen(Trained):
    """The figures of one finished row.

    Attributes:
        changes: settings, as NAME=VALUE, that differ from the recipe's own.
        judged: the cells of the source that was held out.
    """

    changes: tuple[str, ...]
    judged: Judged


@dataclass(frozen=True, kw_only=True)
class AllIn:
    """A network trained on all sources, judged by the test part of each.

    Attributes:
        name: of the run folder or the model file.
        epochs: of its training, None where they are not known.
        seconds: of its training, validation included.
        judged: source by source.
        doubts: sentences on cells of them that it may know; what a card has proves it of all
            sources together.
    """

    name: str
    epochs: int | None
    seconds: float | None
    judged: tuple[Judged, ...]
    doubts: tuple[str, ...] = ()


def perform(
    chosen: Sequence[HoldOut],
    recipes: Sequence[Recipe],
    runs: Path,
    *,
    report: Report = print,
) -> dict[str, WbcEdgeError]:
    """Trains every chosen row that is not finished and judges it by the source held out.

    Args:
        chosen: the rows.
        recipes: all of the study, in the order in which they are trained.
        runs: folder for the run folders, made if need be.
        report: receives one line per event.

    Returns:
        The rows that failed, with the reason; the others have been carried out all the same.

    Raises:
        UsageError: a row would learn from what it must not know; see `configure`.
    """
    configs = {row.name: configure(row, recipes, runs) for row in chosen}
    rows = [_row(item, configs[item.name], runs) for item in chosen]
    return carry_out(rows, report=report)


def outcomes(
    rows: Sequence[HoldOut],
    runs: Path,
    kept: Mapping[str, Unseen] | None = None,
    failed: Collection[str] = (),
) -> list[tuple[HoldOut, Unseen | None]]:
    """Every row with what came of it, or None where it is not finished; see `outcome.standing`."""
    done = outcome.standing(Unseen, _folders(rows, runs), kept, failed)
    return [(row, done[row.name]) for row in rows]


def earlier(
    path: Path, rows: Sequence[HoldOut], recipes: Sequence[Recipe], runs: Path
) -> dict[str, Unseen]:
    """Row -> outcome, of a table made elsewhere, of the same settings: see `outcome.earlier`."""
    changes = {row.name: row.recipe.changes for row in rows}
    return outcome.earlier(
        Unseen,
        path,
        _folders(rows, runs),
        {row.name: configure(row, recipes, runs) for row in rows},
        lambda name, done: done.changes == changes[name],
    )


def _folders(rows: Sequence[HoldOut], runs: Path) -> dict[str, Path]:
    return {row.name: runs / row.name for row in rows}


def all_in(text: str, recipes: Sequence[Recipe]) -> AllIn:
    """Judges a finished run, a model file or a shipped model by test cells, all its classes.

    Those are the test parts that a run wrote down, and for a model those of the recipes' sources.

    Raises:
        UsageError: the run is not finished, or a source has no test cell that it can be judged by.
        ModelError, RuntimeUnavailable: a model that cannot be used here.
        InputError: a cell's file cannot be read.
    """
    from train.evaluation.doubts import doubts
    from train.evaluation.evaluate import gather
    from train.evaluation.subject import KerasSubject, open_subject

    subject = open_subject(text)
    if isinstance(subject, KerasSubject):
        subject.run.check_finished()
        cells = gather(subject, ())
    else:
        sources = {source.name: source for r in recipes for source in r.config.sources}
        cells = gather(subject, tuple(sources.values()), seed=recipes[0].config.seed)
    epochs, seconds = outcome.spent(subject.history) if subject.history else (None, None)
    return AllIn(
        name=subject.identity.name,
        epochs=epochs,
        seconds=seconds,
        judged=tuple(replace(judge(subject, part), doubts=()) for part in cells),
        doubts=doubts(cells, subject.identity.name, subject.knowledge),
    )


def _row(item: HoldOut, config: Config, runs: Path) -> Row:
    def ready() -> None:
        for network in map(Path, config.learns_from):
            # What is no folder is a model file, a shipped model's name, or a row yet to begin.
            begins = network.parent == runs and not network.is_file()
            if (network.is_dir() or begins) and not Run(network).metrics_file.is_file():
                raise UsageError(f"{item.name}: learns from {network}, which is not finished")

    def gather(run: Run) -> Unseen:
        from train.evaluation.cells import take
        from train.evaluation.subject import KerasSubject

        (cells,) = take([item.source], part="all", classes=item.classes, seed=config.seed)
        judged = judge(KerasSubject(run), cells, item.classes)
        trained = asdict(outcome.training(run))
        return Unseen(**trained, changes=item.recipe.changes, judged=judged)

    return Row(
        name=item.name,
        folder=runs / item.name,
        what=f"learns from {', '.join(source.name for source in config.sources)}",
        config=config,
        gather=gather,
        ready=ready,
    )
