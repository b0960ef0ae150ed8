"""Pictures that a reader passes over because their label is in doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from train.audit.evidence import Evidence
from train.audit.finding import Exhibit, Finding, Severity, Shown, Table
from train.sources.sample import LeftOut
from wbc_edge.wording import counted

MOST_SHOWN = 18


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per source and kind of doubt: what stands before the colon of the reason."""
    kinds: dict[tuple[str, str], list[LeftOut]] = defaultdict(list)
    for source, item in evidence.left_out:
        kinds[source, item.reason.partition(":")[0]].append(item)
    for (source, kind), items in sorted(kinds.items()):
        there = [item for item in items if item.path.is_file()]
        pictures = tuple(
            Shown(path=item.path, caption=f"{item.key}\n{item.reason}")
            for item in there[:MOST_SHOWN]
        )
        yield Finding(
            check="doubtful",
            severity=Severity.WARNING,
            title=f"{source}: {counted(len(items), 'picture', 'pictures')} left out: {kind}",
            text="The reader yields no cell for them: they train and test nothing.",
            figures={"source": source, "cells": {item.key: item.reason for item in items}},
            tables=(
                Table(
                    head=("file", "reason"), rows=tuple((item.key, item.reason) for item in items)
                ),
            ),
            exhibits=(Exhibit(title=kind, pictures=pictures),) if pictures else (),
        )
