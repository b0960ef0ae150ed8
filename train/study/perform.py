"""Carries a study out, row by row; what is finished is not done again."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from train.run import Run
from train.study import outcome
from train.study.entry import BudgetName, Entry
from train.study.outcome import Outcome, Small
from wbc_edge import card
from wbc_edge.errors import WbcEdgeError
from wbc_edge.measure.intervals import Estimate

Report = Callable[[str], None]
Compress = Callable[[Run], "Small | None"]

OUTCOME = "study.json"


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
    failures = {}
    for number, entry in enumerate(entries, 1):
        folder = folder_of(entry, runs, budget)
        if (folder / OUTCOME).is_file():
            report(f"{entry.name}: finished already")
            continue
        report(f"{entry.name} ({number} of {len(entries)}): {entry.budgets[budget]}")
        try:
            run = _train(entry, folder, data, weights, budget, report)
            small = (compress or int8)(run)
            if small is None:
                report(f"{entry.name}: not converted to int8")
            done = outcome.gather(run, budget=str(entry.budgets[budget]), small=small)
        except WbcEdgeError as error:
            failures[entry.name] = error
            report(f"{entry.name}: {error}")
            continue
        done.save(folder / OUTCOME)
        _forget()
    return failures


def outcomes(
    entries: Sequence[Entry], runs: Path, budget: BudgetName
) -> list[tuple[Entry, Outcome | None]]:
    """Every row with what came of it, or None where it is not finished."""
    files = [(entry, folder_of(entry, runs, budget) / OUTCOME) for entry in entries]
    return [(entry, outcome.load(file) if file.is_file() else None) for entry, file in files]


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
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
    if done.returncode != 0 or not file.is_file():
        return None
    described = card.read(file)
    (top1,) = (m for m in described.metrics if m.name == "top-1")
    return Small(
        bytes=file.stat().st_size,
        top1=Estimate(value=top1.value, low=top1.low, high=top1.high),
        float_operators=described.created_with["operators left in float"],
    )


def _train(
    entry: Entry,
    folder: Path,
    data: Path,
    weights: str | None,
    budget: BudgetName,
    report: Report,
) -> Run:
    from train.fit import fit

    run = Run(folder)
    if run.metrics_file.is_file():
        return run
    begun = run.config_file.is_file()
    return fit(entry.config(data, weights, budget), folder, resume=begun, report=report)


def _forget() -> None:
    """Gives back what Keras holds of a network that has been trained."""
    import keras

    keras.utils.clear_session()
    gc.collect()
