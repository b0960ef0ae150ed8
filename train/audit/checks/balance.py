"""How many cells each class has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from train.audit.cell import Cell
from train.audit.evidence import Evidence
from train.audit.finding import Chart, Finding, Severity, Table, shown
from train.audit.finding import Exhibit as Sheet
from wbc_edge.wording import counted

MOST_RATIO = 5.0
"""Largest class over smallest, above which a plain accuracy says little of the small one."""

LEAST_CELLS = 50
"""A class of fewer cells leaves about five to test on: an interval of tens of points."""

PER_CLASS = 6


def check(evidence: Evidence) -> Iterator[Finding]:
    """Counts, sub-types and a sheet of examples of each source; how unequal its classes are."""
    for source in evidence.sources:
        cells = [cell for cell in evidence.cells if cell.source == source]
        if not cells:
            continue
        counts = dict(sorted(Counter(cell.sample.label for cell in cells).items()))
        yield _counts(source, cells, counts)
        most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
        ratio = counts[most] / counts[least]
        few = [label for label, count in counts.items() if count < LEAST_CELLS]
        told = [f"{ratio:.1f} times as many of {most} as of {least}"] if ratio > MOST_RATIO else []
        if few:
            told.append(f"fewer than {LEAST_CELLS} cells: {', '.join(few)}")
        if told:
            yield Finding(
                check="balance",
                severity=Severity.WARNING,
                title=f"{source}: {'; '.join(told)}",
                text="Judge by balanced accuracy or macro F1, with intervals; draw rare classes "
                "more often in training.",
                figures={"source": source, "ratio": ratio, "few": few},
            )


def _counts(source: str, cells: list[Cell], counts: dict[str, int]) -> Finding:
    sub_types = Counter((c.sample.label, c.sample.sub_type) for c in cells if c.sample.sub_type)
    parts = Counter((c.sample.label, c.sample.part) for c in cells)
    given = sorted({part for _, part in parts if part})
    groups = {
        label: len({c.sample.group for c in cells if c.sample.label == label}) for label in counts
    }
    rows = tuple(
        (label, str(count), str(groups[label]), *(str(parts[label, part]) for part in given))
        for label, count in counts.items()
    )
    tables = [
        Table(head=("class", "cells", "groups", *(f"given as {part}" for part in given)), rows=rows)
    ]
    if sub_types:
        named = tuple((f"{a}, {b}", str(n)) for (a, b), n in sorted(sub_types.items()))
        tables.append(Table(head=("sub-type", "cells"), rows=named))
    return Finding(
        check="balance",
        severity=Severity.NOTE,
        title=f"{source}: {len(cells):,} cells of {counted(len(counts), 'class', 'classes')}",
        text="Groups are what the reader knows to belong together; as many groups as cells means "
        "that nothing is known of patients or slides.",
        figures={
            "source": source,
            "counts": counts,
            "groups": groups,
            "sub_types": {f"{a}/{b}": n for (a, b), n in sorted(sub_types.items())},
        },
        tables=tuple(tables),
        charts=(
            Chart(title="Cells per class", kind="bars", series={source: counts}),
            Chart(title="Shares", kind="pie", series={source: counts}),
        ),
        exhibits=tuple(_sheet(label, cells) for label in counts),
    )


def _sheet(label: str, cells: list[Cell]) -> Sheet:
    members = [cell for cell in cells if cell.sample.label == label]
    step = max(1, len(members) // PER_CLASS)
    return Sheet(title=label, pictures=tuple(shown(cell) for cell in members[::step][:PER_CLASS]))
