"""What a source gives for testing and for training alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from train.audit.cell import Cell
from train.audit.evidence import Evidence
from train.audit.finding import Exhibit, Finding, Severity, side_by_side
from wbc_edge.wording import counted

MOST_SHOWN = 16


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source that fixes a part: what else shows a picture of that part."""
    for source in evidence.sources:
        cells = [cell for cell in evidence.cells if cell.source == source]
        if not any(cell.sample.part for cell in cells):
            continue
        torn = []
        for family in evidence.families:
            members = [cell for cell in family if cell.source == source]
            if len({cell.sample.part for cell in members}) > 1:
                torn.append(sorted(members, key=_part))
        involved = Counter(_part(cell) for members in torn for cell in members)
        where = ", ".join(
            f"{counted(n, 'cell', 'cells')} {part}" for part, n in sorted(involved.items())
        )
        if not torn:
            yield Finding(
                check="leaks",
                severity=Severity.NOTE,
                title=f"{source}: no picture of one given part stands in another",
                text="As far as bytes, looks and the source's own groups tell.",
                figures={"source": source, "families": []},
            )
            continue
        seen = [members for members in torn if len({c.sample.group for c in members}) > 1]
        yield Finding(
            check="leaks",
            severity=Severity.ERROR,
            title=f"{source}: {counted(len(torn), 'scene stands', 'scenes stand')} in two given "
            f"parts ({where})",
            text=f"`split` leaves the training side of a known group out; {len(seen)} of these "
            "scenes are joined by look across groups and would be missed. A figure measured on "
            "the test part after training on the other as given is too high.",
            figures={
                "source": source,
                "families": [{cell.name: _part(cell) for cell in members} for members in torn],
                "across_groups": [[cell.name for cell in members] for members in seen],
            },
            exhibits=tuple(_two_sides(members) for members in [*seen, *torn][:MOST_SHOWN]),
        )


def _two_sides(members: list[Cell]) -> Exhibit:
    sides = {part: [c for c in members if _part(c) == part] for part in map(_part, members)}
    sizes = ", ".join(f"{len(cells)} {part}" for part, cells in sides.items())
    return side_by_side(
        f"one scene: {sizes}", [cell for cells in sides.values() for cell in cells[:3]]
    )


def _part(cell: Cell) -> str:
    return f"given as {cell.sample.part}" if cell.sample.part else "free"
