"""`python -m train audit`: look for what is wrong with cells before training on them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from train import sources
from wbc_edge.errors import GateFailed


def command(
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR...",
            help="Cells as [READER:]PATH; several are also looked at for pictures in common.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for audit.html and audit.json.")],
    strict: Annotated[
        bool, typer.Option(help="End with exit code 3 where there is an error or a warning.")
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a report that is there.")] = False,
) -> None:
    """Find duplicates, wrong labels, leaks, and whatever betrays the class beside the cell.

    Example: python -m train audit data/pbc --out out/audit
    """
    from train.audit import Severity, examine, page, read
    from train.pages import refuse_to_replace

    refuse_to_replace(out, page.NAME, overwrite=overwrite)
    evidence = read([sources.parse(text) for text in data])
    findings = examine(evidence)
    for finding in findings:
        typer.echo(f"{finding.severity.value:8}{finding.title}")
    report = page.write(evidence, findings, out)
    typer.echo(f"report: {report}", err=True)
    counts = Counter(finding.severity for finding in findings)
    grave = counts[Severity.ERROR] + counts[Severity.WARNING]
    if strict and grave:
        raise GateFailed(
            f"{counts[Severity.ERROR]} errors and {counts[Severity.WARNING]} warnings in "
            f"{', '.join(evidence.sources)}; see {report}"
        )
