"""The same picture twice: the same bytes, or the same pixels in other bytes."""

from __future__ import annotations

from collections.abc import Iterator

from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, side_by_side
from wbc_edge.wording import counted

MOST_SHOWN = 24


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source that holds a picture more than once."""
    for source in evidence.sources:
        within = [[cell for cell in members if cell.source == source] for members in evidence.exact]
        sets = [members for members in within if len(members) > 1]
        if not sets:
            continue
        surplus = sum(len(members) - 1 for members in sets)
        yield Finding(
            check="exact",
            severity=Severity.WARNING,
            title=f"{source}: {counted(len(sets), 'picture stands', 'pictures stand')} there "
            f"more than once ({surplus} surplus)",
            text="`split` keeps such copies in one part; a count of independent cells must not "
            "count them twice.",
            figures={"source": source, "sets": [[cell.name for cell in s] for s in sets]},
            exhibits=tuple(
                side_by_side(
                    "the same bytes"
                    if len({c.bytes_digest for c in members}) == 1
                    else "the same pixels",
                    members,
                )
                for members in sets[:MOST_SHOWN]
            ),
        )
