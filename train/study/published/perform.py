"""Carries out the study of the published systems: each row trained, judged and made int8."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from train import fact
from train.console import Report
from train.run import Run
from train.study import outcome
from train.study.published.entry import BudgetName, Entry
from train.study.published.outcome import Outcome, Small, gather
from train.study.rows import Row, carry_out
from wbc_edge import card, figure
from wbc_edge.errors import WbcEdgeError
from wbc_edge.measure.intervals import Estimate

Compress = Callable[[Run], "Small | None"]


def perform(
    entries: Sequence[Entry],
    runs: Path,
    *,
    data: Path,
    weights: str | None,
    budget: BudgetName,
    report: Report = print,
    compress: Compress | None = None,
) -> dict[str, WbcEdgeError]:
    """Trains every row that is not finished; a row that was interrupted goes on.

    One that was trained, but could not be converted, is converted then.

    Args:
        entries: the rows.
        runs: folder for the run folders, made if need be.
        data: folder that holds the sets of cells.
        weights: see `Entry.config`.
        budget: which budget.
        report: receives one line per event.
        compress: converts a finished run to int8; by default `int8`.

    Returns:
        The rows that failed, with the reason; the others have been carried out all the same.
    """
    compressed = compress or int8

    def row(entry: Entry) -> Row:
        def gathered(run: Run) -> Outcome:
            small = compressed(run)
            if small is None:
                report(f"{entry.name}: not converted to int8")
            return gather(run, budget=str(entry.budgets[budget]), small=small)

        return Row(
            name=entry.name,
            folder=folder_of(entry, runs, budget),
            what=str(entry.budgets[budget]),
            config=entry.config(data, weights, budget),
            gather=gathered,
            whole=lambda file: outcome.load(Outcome, file).small is not None,
        )

    return carry_out([row(entry) for entry in entries], report=report)


def outcomes(
    entries: Sequence[Entry],
    runs: Path,
    budget: BudgetName,
    kept: Mapping[str, Outcome] | None = None,
    failed: Collection[str] = (),
) -> list[tuple[Entry, Outcome | None]]:
    """Every row with what came of it, or None where it is not finished; see `outcome.standing`."""
    done = outcome.standing(Outcome, _folders(entries, runs, budget), kept, failed)
    return [(entry, done[entry.name]) for entry in entries]


def earlier(
    path: Path,
    entries: Sequence[Entry],
    runs: Path,
    *,
    data: Path,
    weights: str | None,
    budget: BudgetName,
) -> dict[str, Outcome]:
    """Row -> outcome, of a table made elsewhere, of the same settings: see `outcome.earlier`."""
    budgets = {entry.name: str(entry.budgets[budget]) for entry in entries}
    return outcome.earlier(
        Outcome,
        path,
        _folders(entries, runs, budget),
        {entry.name: entry.config(data, weights, budget) for entry in entries},
        lambda name, done: done.budget == budgets[name],
    )


def _folders(entries: Sequence[Entry], runs: Path, budget: BudgetName) -> dict[str, Path]:
    return {entry.name: folder_of(entry, runs, budget) for entry in entries}


def folder_of(entry: Entry, runs: Path, budget: BudgetName) -> Path:
    """The run folder of a row."""
    return runs / f"{entry.name}-{budget}"


def int8(run: Run) -> Small | None:
    """The run's network as a full int8 TFLite file in its folder, however much that costs it.

    It is made by `python -m export` in a process of its own: training imports nothing from there,
    and the converter's memory is given back. None where that command fails, for instance because
    its extra is not installed.
    """
    folder = run.folder / "int8"
    file = folder / f"{run.folder.name}-int8.tflite"
    command = [sys.executable, "-m", "export", str(run.folder), "--out", str(folder)]
    command += ["--to", "tflite-int8", "--name", run.folder.name, "--no-climb", "--overwrite"]
    command += ["--max-drop", "100", "--max-recall-drop", "100", "--min-agreement", "0"]
    # One look at each cell, as the network beside it and the published ones have.
    command += ["--turns", "1"]
    # In the folder that the run's paths begin in, and with this project wherever that is.
    path = os.pathsep.join(
        [str(Path(__file__).parents[3]), *filter(None, [os.getenv("PYTHONPATH")])]
    )
    done = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": path})
    if done.returncode != 0 or not file.is_file():
        return None
    described = card.read(file)
    tested = figure.test_split(run.config.sources[0].name)
    (top1,) = (m for m in described.metrics if (m.name, m.dataset) == (figure.TOP1, tested))
    # As an export writes it.
    assert top1.low is not None
    assert top1.high is not None
    return Small(
        bytes=file.stat().st_size,
        top1=Estimate(value=top1.value, low=top1.low, high=top1.high),
        float_operators=described.created_with[fact.FLOAT_OPERATORS],
    )
