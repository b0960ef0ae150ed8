"""`python -m train split`: which cells train, validate and test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from train import document, sources
from train.sources import groups
from train.split import PARTS, Split, parted, parted_in_folds, save
from wbc_edge.errors import UsageError


def command(
    data: Annotated[list[str], typer.Argument(metavar="DIR...", help="Cells as [READER:]PATH.")],
    out: Annotated[Path, typer.Option(help="JSON file with every cell's part and the hashes.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the order in which cells are dealt.")] = 0,
    folds: Annotated[
        int | None, typer.Option(help="So many splits, each testing on another fold.")
    ] = None,
    near_duplicates: Annotated[
        bool,
        typer.Option(
            help="Keep pictures that look alike together; their groups are written beside --out."
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a split that is there.")] = False,
) -> None:
    """Part cells so that classes are spread evenly and what belongs together stays together.

    Example: python -m train split data/pbc --out out/split.json
    """
    given = [sources.parse(text) for text in data]
    sources.check_names(given)
    tables = {
        source.name: out.with_name(f"{out.stem}.{source.name}.groups.csv") for source in given
    }
    for path in (out, *(tables.values() if near_duplicates else ())):
        _check_new(path, overwrite=overwrite)
    out.parent.mkdir(parents=True, exist_ok=True)
    if near_duplicates:
        given = [_grouped(source, tables[source.name]) for source in given]
    cells = {source.name: source.read() for source in given}
    if folds is None:
        splits = parted(cells, seed=seed)
        save(splits, out)
        for name, result in splits.items():
            _show(name, result)
        return
    turns = parted_in_folds(cells, folds, seed=seed)
    document.write(out, {name: [turn[name].to_document() for turn in turns] for name in cells})
    for name in cells:
        for number, turn in enumerate(turns):
            _show(f"{name}, fold {number + 1} of {folds}", turn[name])


def _check_new(path: Path, *, overwrite: bool) -> None:
    """Makes sure, before any work, that the file may be written."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; --out names a file")
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: is there already; --overwrite replaces it")


def _grouped(source: sources.Source, table: Path) -> sources.Source:
    """The source with look-alikes grouped by a table, which is written as well."""
    from train.audit import read

    evidence = read([source])
    found = {
        cell.sample.key: family[0].sample.group for family in evidence.families for cell in family
    }
    groups.write(found, table)
    grouped = replace(source, groups=table)
    typer.echo(f"{source.name}: {len(found)} cells in groups; train on them as {grouped}", err=True)
    return grouped


def _show(name: str, result: Split) -> None:
    counts = result.counts()
    labels = sorted({label for part in PARTS for label in counts[part]})
    width = max(map(len, labels), default=0)
    typer.echo(
        f"{name}: {result.duplicates} duplicates, {len(result.conflicts)} left out as "
        f"contradictory, {len(result.leaks)} as leaks, {len(result.akin)} test cells as of scenes "
        f"trained on; SHA-256 {result.sha256}"
    )
    typer.echo(f"  {'':{width}}" + "".join(f"{part:>8}" for part in PARTS))
    for label in labels:
        row = "".join(f"{counts[part].get(label, 0):8,}" for part in PARTS)
        typer.echo(f"  {label:{width}}{row}")
    total = "".join(f"{len(result.parts[part]):8,}" for part in PARTS)
    typer.echo(f"  {'all':{width}}{total}")
    for sentence in result.missing():
        typer.echo(f"warning: {name}: {sentence}", err=True)
