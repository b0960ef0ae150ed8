"""The table of unseen sources, as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from train.study import page
from train.study.judge import FEWEST, Judged
from train.study.sources.hold_out import HoldOut
from train.study.sources.perform import AllIn, Unseen
from wbc_edge import wording

Row = tuple[HoldOut, "Unseen | None"]

COLUMNS = (
    "recipe",
    "tested on",
    "macro recall (95 % interval)",
    "classes",
    "top-1 (95 % interval)",
    "cells",
    "independent",
    "settings changed",
    "epochs",
    "time",
)

EXPLAINED = (
    "A recipe is trained without one of its sources and tested on all cells of that source, which",
    "no training and no choice of an epoch has seen; the answer is restricted to the classes that",
    "all its sources share. Recipes and views have been compared by these tables, so that their",
    "figures are somewhat better than those of a laboratory that nobody has looked at.",
    "Macro recall is the mean of the classes' recalls. Intervals resample cells that are",
    "independent of one another, by slide or original where they are known.",
)
EXPLAINED_ALL_IN = (
    "Beside them, in the rows of a test part: networks trained on all sources, on the cells kept",
    "from their training, with all their classes.",
)


def write(rows: Sequence[Row], beside: Sequence[AllIn], path: Path, *, command: str) -> None:
    """Writes the Markdown table to `path` and the same figures to its `.json` neighbour.

    Args:
        rows: every row of the study with its outcome.
        beside: networks trained on all sources.
        path: of the Markdown file; its folder is made if need be.
        command: that makes the table, for the reader.
    """
    unseen = [
        {
            "name": row.name,
            "recipe": row.recipe.name,
            "source": row.source.name,
            "classes": row.classes,
            "outcome": None if outcome is None else asdict(outcome),
        }
        for row, outcome in rows
    ]
    trained_on_all = [
        {"name": item.name, "source": None, "outcome": asdict(item)} for item in beside
    ]
    text = markdown(rows, beside, command=command)
    page.write(path, text, command=command, rows=[*unseen, *trained_on_all])


def markdown(rows: Sequence[Row], beside: Sequence[AllIn], *, command: str) -> str:
    """The tables with their notes; a row that is not finished says so."""
    finished = [
        *((row.recipe.name, outcome.judged) for row, outcome in rows if outcome is not None),
        *((item.name, judged) for item in beside for judged in item.judged),
    ]
    labels = list(dict.fromkeys(item.label for _, judged in finished for item in judged.recalls))
    lines = [*page.head("Unseen sources", command), *EXPLAINED]
    lines += EXPLAINED_ALL_IN if beside else ()
    known = [*(_cells(*row) for row in rows), *(c for item in beside for c in _beside(item))]
    lines += ["", page.table(COLUMNS, known), ""]
    if finished:
        by_class = ([name, _tested(judged), *_recalls(judged, labels)] for name, judged in finished)
        lines += ["## Recall by class", ""]
        lines += [page.table(("recipe", "tested on", *labels), by_class), ""]
    found = [_trained(row, outcome) for row, outcome in rows if outcome is not None]
    found += [note for name, judged in finished for note in _notes(name, judged)]
    found += [f"`{item.name}`: {doubt}" for item in beside for doubt in item.doubts]
    machines = (outcome.machine for _, outcome in rows if outcome is not None)
    return "\n".join([*lines, *page.notes(found, machines)]) + "\n"


def _cells(row: HoldOut, outcome: Unseen | None) -> list[str]:
    if outcome is None:
        return page.unfinished([row.recipe.name, f"{row.source.name}, unseen"], COLUMNS)
    changes = ", ".join(f"`{change}`" for change in outcome.changes) or "none"
    return [
        row.recipe.name,
        *_figures(outcome.judged),
        changes,
        str(outcome.epochs),
        page.duration(outcome.seconds),
    ]


def _beside(item: AllIn) -> Iterator[list[str]]:
    epochs = wording.ABSENT if item.epochs is None else str(item.epochs)
    time = wording.ABSENT if item.seconds is None else page.duration(item.seconds)
    for judged in item.judged:
        yield [item.name, *_figures(judged), wording.ABSENT, epochs, time]


def _figures(judged: Judged) -> list[str]:
    present, averaged = len(judged.recalls), len(judged.averaged)
    mean = judged.macro_recall
    return [
        _tested(judged),
        wording.share(mean),
        str(present) if averaged == present else f"{averaged} of {present}",
        wording.share(judged.top1),
        str(judged.cells),
        str(judged.independent),
    ]


def _tested(judged: Judged) -> str:
    how = "unseen" if judged.part == "all" else f"{judged.part} part"
    return f"{judged.source}, {how}"


def _recalls(judged: Judged, labels: Sequence[str]) -> Iterator[str]:
    found = {item.label: item for item in judged.recalls}
    for label in labels:
        item = found.get(label)
        if item is None or item.recall is None:
            yield wording.ABSENT
        else:
            yield f"{wording.percent(item.recall.value, 1)} of {item.cells}"


def _trained(row: HoldOut, outcome: Unseen) -> str:
    others = [s.name for s in row.recipe.config.sources if s.name != row.source.name]
    return f"`{row.name}`: {outcome.train} training cells of {' and '.join(others)}."


def _notes(name: str, judged: Judged) -> Iterator[str]:
    if judged.thin:
        left_out = ", ".join(f"{item.label} ({item.cells})" for item in judged.thin)
        yield (
            f"`{name}`, {_tested(judged)}: not in the mean for fewer than {FEWEST} cells: "
            f"{left_out}."
        )
    for doubt in judged.doubts:
        yield f"`{name}`: {doubt}"
