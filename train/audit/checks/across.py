"""Pictures that stand in two sources: one cannot test what was trained on the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from train.audit.cell import Cell
from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, side_by_side
from wbc_edge.wording import counted

MOST_SHOWN = 12


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per two sources that share a scene, by bytes, look, or declared original."""
    for one, other in combinations(evidence.sources, 2):
        shared = []
        for family in evidence.families:
            members = [cell for cell in family if cell.source in (one, other)]
            if len({cell.source for cell in members}) == 2:
                shared.append(members)
        if not shared:
            continue
        tested = [m for m in shared if any(cell.sample.part == "test" for cell in m)]
        counts = {s: sum(cell.source == s for m in shared for cell in m) for s in (one, other)}
        warned = f"; {len(tested)} of them stand in a given test part" if tested else ""
        yield Finding(
            check="across",
            severity=Severity.ERROR if tested else Severity.WARNING,
            title=f"{one} and {other} share {counted(len(shared), 'scene', 'scenes')} "
            f"({counts[one]} and {counts[other]} cells){warned}",
            text="Whoever trains on one and tests on the other has to leave these out "
            "(`SOURCE,without=TABLE` does so for originals of the Kaggle set's TEST).",
            figures={
                "sources": [one, other],
                "scenes": [[cell.name for cell in members] for members in shared],
                "tested": [[cell.name for cell in members] for members in tested],
            },
            exhibits=tuple(
                side_by_side("one scene", _both_sides(members, one, other))
                for members in (tested or shared)[:MOST_SHOWN]
            ),
        )


def _both_sides(members: list[Cell], one: str, other: str) -> list[Cell]:
    return [c for source in (one, other) for c in [m for m in members if m.source == source][:3]]
