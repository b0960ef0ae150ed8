"""`python -m bench matrix`: every network, in every format, in every runtime, by one instrument.

A network is a folder that `python -m export` wrote. Each is measured by `wbc-edge bench` beside its
own float32 TFLite file, and its report kept, so that a study that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.matrix.conditions import conditions, not_made
from bench.matrix.report import Matrix, read, table, write
from bench.matrix.rows import kind, rows
from train import document
from train.sources.groups import write as write_groups
from train.split import independent
from train.study import page
from wbc_edge import measure
from wbc_edge.errors import UsageError
from wbc_edge.measure import formats, stored
from wbc_edge.measure.dataset import Item, spread
from wbc_edge.measure.latency import Plan
from wbc_edge.runtimes import ENGINES

if TYPE_CHECKING:
    from train.run import Run

REFERENCE = "float32.tflite"
BASE = "litert"
RUNTIMES = (BASE, "onnxruntime", "openvino")


def command(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Exported networks, a folder each.")
    ],
    data: Annotated[Path | None, typer.Option(help="Labelled images, a folder per class.")] = None,
    groups: Annotated[
        Path | None, typer.Option(help="Table (CSV) of which of these belong together.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            help="Or a training run, for the test cells of its first source of single cells."
        ),
    ] = None,
    cells: Annotated[
        int | None, typer.Option(min=1, help="That many of the run's cells.  [default: all]")
    ] = None,
    runtime: Annotated[
        list[str] | None, typer.Option(help=f"Repeatable.  [default: {', '.join(RUNTIMES)}]")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the timing.")] = 15,
    cold: Annotated[int, typer.Option(min=0, help="Fresh processes of each.")] = 1,
    out: Annotated[Path, typer.Option(help="For table and pictures.")] = Path("out/matrix"),
    reports: Annotated[Path, typer.Option(help="For a report of each network.")] = Path(
        "out/matrix"
    ),
    resume: Annotated[
        bool, typer.Option(help="Keep reports of the same files and options.")
    ] = False,
    earlier: Annotated[
        Path | None,
        typer.Option(help="A matrix.json, whose networks are kept where they are not measured."),
    ] = None,
) -> None:
    """Networks by formats by runtimes: size, latency, accuracy, agreement, memory."""
    if data is not None and run is not None:
        raise UsageError("the images are either those of --data or those of --run")
    if groups is not None and data is None:
        raise UsageError("--groups tells of the images of --data")
    if cells is not None and run is None:
        raise UsageError("--cells counts the cells of a --run")
    # Rows and reports go by it.
    check_names(folders)
    found = Matrix()
    kept = Matrix() if earlier is None else read(earlier)
    for made in (out, reports):
        made.mkdir(parents=True, exist_ok=True)
    asked: dict[str, object] = {"--data": data, "--groups": groups, "--run": run, "--cells": cells}
    asked |= {"--runtime": runtime, "--rounds": rounds, "--cold": cold}
    command = page.spelled("python -m bench matrix", folders, asked | {"--earlier": earlier})
    with _cells(data, groups, run, cells) as (images, together):
        for folder in folders:
            report = reports / f"bench-{folder.name}.json"
            what = {
                "asked": {name: str(value) for name, value in asked.items()},
                "files": _hashes(folder),
                "looks": "first",
            }
            about = report.with_suffix(".about.json")
            if not (
                resume and report.is_file() and about.is_file() and document.read(about) == what
            ):
                formats.write(
                    one_network(
                        folder,
                        images,
                        together,
                        runtimes=runtime or RUNTIMES,
                        rounds=rounds,
                        cold=cold,
                    ),
                    report,
                )
                document.write(about, what)
            told = stored.content(report)
            found += Matrix(
                rows=tuple(rows(folder.name, told, float_operators(folder))),
                measured=(conditions(folder.name, told, command),),
                not_made=tuple(not_made(folder)),
            )
            typer.echo(f"{folder.name}: measured")
    found = kept.renewed(found)
    write(found, out, command=command)
    typer.echo(table(found, command=command))


def _hashes(folder: Path) -> dict[str, str]:
    """File name -> SHA-256 of every model file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(folder)}


def check_names(folders: Sequence[Path]) -> None:
    """Make sure that each network has a name of its own, which is that of its folder.

    Raises:
        UsageError: two folders are called the same.
    """
    for name, count in Counter(folder.name for folder in folders).items():
        if count > 1:
            raise UsageError(f"two folders are called '{name}'; rename one of them")


def one_network(
    folder: Path,
    images: Path | None,
    groups: Path | None = None,
    *,
    runtimes: Sequence[str],
    rounds: int,
    cold: int,
) -> measure.Report:
    """The bench of all files of one network, on images of which a table tells what is one making.

    Raises:
        UsageError: the folder holds no float32 TFLite file to compare with, or no runtime reads it.
    """
    there = _files(folder)
    reference = next((path for path in there if kind(path) == REFERENCE), None)
    if reference is None:
        raise UsageError(f"{folder} holds no file *-{REFERENCE}; export that format too")
    # The first that reads the reference is what all are held against.
    runtimes = sorted(runtimes, key=lambda name: name != BASE)
    read = {form for engine in ENGINES if engine.name in runtimes for form in engine.formats}
    if reference.suffix[1:] not in read:
        raise UsageError(f"--runtime: none of {', '.join(runtimes)} reads {reference.name}")
    return measure.bench(
        [path for path in there if path != reference and path.suffix[1:] in read],
        data=images,
        groups=groups,
        reference=reference,
        runtimes=runtimes,
        plan=Plan(rounds=rounds),
        cold_rounds=cold,
        folder_rounds=0,
        # A second look smooths what a format has done to the network, and costs time beside it.
        first_look=True,
    )


def float_operators(folder: Path) -> dict[str, int]:
    """File name -> how many of its operators compute in float."""
    from export import check

    return {path.name: len(check.float_operators(path)) for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".tflite", ".onnx")]
    if not files:
        raise UsageError(f"{folder} holds no model file")
    return files


@contextmanager
def _cells(
    data: Path | None, groups: Path | None, run: Path | None, count: int | None
) -> Iterator[tuple[Path | None, Path | None]]:
    """The labelled images and the table of their groups: given, or of the test cells of a run."""
    if run is None:
        yield data, groups
        return
    from train.run import Run

    with tempfile.TemporaryDirectory(prefix="wbc-edge-matrix-") as name:
        images, table = Path(name, "cells"), Path(name, "groups.csv")
        write_groups(_link(Run(run), images, count), table)
        yield images, table


def _link(run: Run, folder: Path, count: int | None) -> dict[str, str]:
    """Links to the test cells of a run, a folder per class: link -> what the cell is made from."""
    parts = (split.parts["test"] for split in run.splits.values())
    # Links are to files: cells that are cut out of larger pictures have none.
    whole = ([s for s in part if s.region is None] for part in parts)
    samples = next((part for part in whole if part), None)
    if samples is None:
        raise UsageError(
            f"{run.folder}: none of its test cells is a picture of its own; use --data"
        )
    made_from = {
        Item(path=sample.path, label=sample.label): group
        for sample, group in zip(samples, independent(samples), strict=True)
    }
    # Class after class, so that equal distances meet every class.
    items = sorted(made_from, key=lambda item: (item.label, str(item.path)))
    linked = {}
    for number, item in enumerate(items if count is None else spread(items, count)):
        # Numbered: cells of several folders of a source may have one name.
        link = Path(item.label, f"{number:06d}-{item.path.name}")
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(item.path.resolve())
        linked[link.as_posix()] = made_from[item]
    return linked
