"""`python -m bench matrix`: every network, in every format, in every runtime, by one instrument.

A network is a folder that `python -m export` wrote. Each is measured by `wbc-edge bench` beside its
own float32 TFLite file, and its report kept, so that a study that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.matrix import pictures
from bench.matrix.conditions import Conditions, NotMade, conditions, not_made
from bench.matrix.rows import Row, kind, rows
from train import document
from train.sources.groups import write as write_groups
from train.split import independent
from train.study import page
from wbc_edge import files, measure, wording
from wbc_edge.errors import UsageError
from wbc_edge.measure import formats, regressions
from wbc_edge.measure.dataset import Item, spread
from wbc_edge.measure.formats.markdown import grid
from wbc_edge.measure.latency import Plan
from wbc_edge.runtimes import ENGINES
from wbc_edge.text import columns

if TYPE_CHECKING:
    from train.run import Run

SCHEMA = "wbc-edge-matrix/1"
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
    for made in (out, reports):
        made.mkdir(parents=True, exist_ok=True)
    asked = {"--data": data, "--groups": groups, "--run": run, "--cells": cells}
    asked |= {"--runtime": runtime, "--rounds": rounds, "--cold": cold}
    found: list[Row] = []
    measured: list[Conditions] = []
    with _cells(data, groups, run, cells) as (images, together):
        for folder in folders:
            report = reports / f"bench-{folder.name}.json"
            what = {"asked": {name: str(value) for name, value in asked.items()}}
            what |= {"files": _hashes(folder), "looks": "first"}
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
            told = regressions.read(report)
            found += rows(folder.name, told, float_operators(folder))
            measured.append(conditions(folder.name, told))
            typer.echo(f"{folder.name}: measured")
    missing = [one for folder in folders for one in not_made(folder)]
    write(
        found,
        out,
        command=page.spelled("python -m bench matrix", folders, asked),
        measured=measured,
        missing=missing,
    )
    typer.echo(table(found, measured, missing))


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


# ---- telling it --------------------------------------------------------------------------------

HEAD = (
    *("network", "format", "runtime", "MB", "ms", "of it invoke", "times float32 (99 %)", "MiB"),
    *("float ops", "top-1 %", "agree %", "difference, points (95 %)", "within 0.5"),
)
NAMES = 3
"""Columns that tell which row it is."""

PREFACE = """\
Each file beside its network's own float32 TFLite file in LiteRT, in interleaved rounds and on the
same images, one thread. Answers and times are of one look, as in an export's check: `classify`
looks again at doubtful cells. A time is the median of a whole answer, the picture's decoding
included; memory is that of a fresh process with one answer. The last column tells whether the
interval of the difference keeps half a point."""


def write(
    found: Sequence[Row],
    out: Path,
    *,
    command: str,
    measured: Sequence[Conditions],
    missing: Sequence[NotMade],
) -> None:
    """matrix.json, matrix.md and the pictures, made by a command.

    Args:
        found: the rows.
        out: the folder.
        command: as it was called.
        measured: where and how well, a network each.
        missing: formats that were not written.
    """
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "command": command,
        "rows": [asdict(row) for row in found],
        "measured": [asdict(one) for one in measured],
        "not_made": [asdict(one) for one in missing],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    files.replace(out / "matrix.json", text + "\n")
    parts = [
        "\n".join(page.head("Networks by formats by runtimes", command)).rstrip(),
        PREFACE,
        grid(HEAD, _all_texts(found, missing), names=NAMES),
        "\n".join(f"- {note}" for note in _notes(measured, missing)),
        *(f"![{path.stem}]({path.name})" for path in pictures.draw(found, out)),
    ]
    files.replace(out / "matrix.md", "\n\n".join(parts) + "\n")


def table(found: Sequence[Row], measured: Sequence[Conditions], missing: Sequence[NotMade]) -> str:
    """For the terminal."""
    rows = columns([HEAD, *_all_texts(found, missing)], right=range(NAMES, len(HEAD)))
    return "\n".join([rows, "", *_notes(measured, missing)])


def _all_texts(found: Sequence[Row], missing: Sequence[NotMade]) -> list[tuple[str, ...]]:
    """The table's rows; what was not made stands below the rows of its network."""
    texts = [*map(_texts, found)]
    texts += [(one.network, one.format, "not made", *"-" * (len(HEAD) - NAMES)) for one in missing]
    order = {name: place for place, name in enumerate(dict.fromkeys(row[0] for row in texts))}
    return sorted(texts, key=lambda row: order[row[0]])


def _notes(measured: Sequence[Conditions], missing: Sequence[NotMade]) -> Iterator[str]:
    """Why something was not made, and where and how well the others were measured."""
    for one in missing:
        yield f"{one.network}, {one.format}: not made: {one.why}."
    for report in measured:
        load = "" if report.load is None else f", load {report.load:.1f} before"
        yield f"{report.network}: measured on {report.machine}{load}."
        yield from (f"{report.network}: caution: {caution}." for caution in report.cautions)


def _texts(row: Row) -> tuple[str, ...]:
    ratio, change = row.ratio, row.difference
    return (
        row.network,
        row.format,
        row.runtime,
        f"{row.size / 1e6:.2f}",
        f"{row.whole:.2f}",
        f"{row.invoke:.2f}",
        f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})" if ratio else "-",
        "-" if row.peak is None else f"{row.peak / 2**20:.0f}",
        str(row.float_operators),
        "-" if row.top1 is None else wording.rounded(100 * row.top1.value, 2),
        "-" if row.agreement is None else wording.rounded(100 * row.agreement, 2),
        wording.difference(change) if change else "-",
        row.verdict or "-",
    )
