"""Files that cannot be read as pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from train.audit.evidence import Evidence, Unreadable
from train.audit.finding import Finding, Severity, Table


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding per kind of failure, naming the files."""
    kinds: dict[str, list[Unreadable]] = defaultdict(list)
    for item in evidence.unreadable:
        kinds[item.code].append(item)
    for code, items in sorted(kinds.items()):
        rows = tuple((f"{i.source}/{i.sample.key}", i.sample.label, i.reason) for i in items)
        yield Finding(
            check="unreadable",
            severity=Severity.ERROR,
            title=f"{len(items)} unreadable: {code.replace('_', ' ')}",
            text="Training stops at the first of them. Fetch them again, or remove them.",
            figures={"code": code, "cells": [row[0] for row in rows]},
            tables=(Table(head=("file", "class", "reason"), rows=rows),),
        )
