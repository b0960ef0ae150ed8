"""One picture under two labels: at least one of them is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from train.audit.cell import Cell
from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, side_by_side
from wbc_edge.wording import counted

MOST_SHOWN = 20


def check(evidence: Evidence) -> Iterator[Finding]:
    """Exact duplicates, look-alikes, and what is known to come from one original, by label."""
    exact = [members for members in evidence.exact if _differ(members)]
    if exact:
        yield _finding(
            exact,
            Severity.ERROR,
            f"{counted(len(exact), 'picture stands', 'pictures stand')} under two labels, "
            "bit for bit",
            "`split` and training leave all of them out. Ask an expert which label is right.",
            "exact",
        )
    pairs = [
        (p.a, p.b, p.reason)
        for p in [*evidence.lookalikes, *evidence.copies]
        if _differ((p.a, p.b))
    ]
    if pairs:
        yield Finding(
            check="labels",
            severity=Severity.WARNING,
            title=f"{counted(len(pairs), 'pair of pictures looks', 'pairs of pictures look')} "
            "the same under two labels",
            text="Either one label is wrong, or the scene holds two cells, or the likeness is "
            "chance: look at them.",
            figures={"kind": "look", "pairs": [[a.name, b.name, reason] for a, b, reason in pairs]},
            exhibits=tuple(side_by_side(reason, (a, b)) for a, b, reason in pairs[:MOST_SHOWN]),
        )
    originals: dict[str, list[Cell]] = {}
    for cell in evidence.cells:
        if cell.sample.original is not None:
            originals.setdefault(cell.sample.original, []).append(cell)
    torn = [members for members in originals.values() if _differ(members)]
    if torn:
        yield _finding(
            [_one_per_label(members) for members in torn],
            Severity.WARNING,
            f"{len(torn)} originals have copies under two labels",
            "The source says that these pictures come from one original, yet labels them apart.",
            "original",
        )


def _differ(cells: Iterable[Cell]) -> bool:
    return len({cell.sample.label for cell in cells}) > 1


def _one_per_label(cells: list[Cell]) -> list[Cell]:
    return list({(cell.source, cell.sample.label): cell for cell in reversed(cells)}.values())


def _finding(
    sets: list[list[Cell]], severity: Severity, title: str, text: str, kind: str
) -> Finding:
    return Finding(
        check="labels",
        severity=severity,
        title=title,
        text=text,
        figures={
            "kind": kind,
            "sets": [{cell.name: cell.sample.label for cell in members} for members in sets],
        },
        exhibits=tuple(
            side_by_side(" / ".join(sorted({c.sample.label for c in members})), members)
            for members in sets[:MOST_SHOWN]
        ),
    )
