"""Pictures that look the same though their bytes differ: re-encoded, cropped by a hair, retaken."""

from __future__ import annotations

from collections.abc import Iterator

from train.audit.evidence import Evidence
from train.audit.finding import Finding, Severity, side_by_side
from wbc_edge.wording import counted

MOST_SHOWN = 16


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source with pairs that no group joins."""
    for source in evidence.sources:
        pairs = [p for p in evidence.lookalikes if p.a.source == p.b.source == source]
        apart = [p for p in pairs if p.a.sample.group != p.b.sample.group]
        if not pairs:
            continue
        joined = len(pairs) - len(apart)
        known = f", {joined} of them in one group already" if joined else ""
        yield Finding(
            check="lookalikes",
            severity=Severity.WARNING if apart else Severity.NOTE,
            title=f"{source}: {counted(len(pairs), 'pair looks', 'pairs look')} the same{known}",
            text="By perceptual hash and colour. Look at them: where they show one cell, give them "
            "one group (`python -m train split --near-duplicates` writes a table).",
            figures={
                "source": source,
                "pairs": [[p.a.name, p.b.name, p.reason] for p in pairs],
            },
            exhibits=tuple(
                side_by_side(p.reason, (p.a, p.b)) for p in (apart or pairs)[:MOST_SHOWN]
            ),
        )
