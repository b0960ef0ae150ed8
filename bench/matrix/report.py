"""What the matrix found, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.matrix import pictures
from bench.matrix.conditions import Conditions, NotMade
from bench.matrix.rows import Row
from train import document
from train.study import page
from wbc_edge import files, wording
from wbc_edge.errors import UsageError
from wbc_edge.measure.formats.markdown import grid
from wbc_edge.text import columns

SCHEMA = "wbc-edge-matrix/1"

HEAD = (
    *("network", "format", "runtime", "MB", "ms", "of it invoke", "times float32 (99 %)", "MiB"),
    *("float ops", "top-1 %", "agree %", "difference, points (95 %)", "within 0.5"),
)
NAMES = 3
"""Columns that tell which row it is."""

PREFACE = """\
Each file beside its network's own float32 TFLite file, in interleaved rounds and on the same
images, one thread. Times are compared within a runtime where it reads that file, as OpenVINO does,
and else with the file's in LiteRT, with which its own time in another runtime is compared; answers
are compared with the file's in LiteRT. Answers and times are of one look, as in an export's check:
`classify` looks again at doubtful cells. A time is the median of a whole answer, the picture's
decoding included; memory is that of a fresh process with one answer. The last column tells whether
the interval of the difference keeps half a point."""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The rows, where and how well they were measured, and which files there are none of."""

    rows: tuple[Row, ...] = ()
    measured: tuple[Conditions, ...] = ()
    not_made: tuple[NotMade, ...] = ()

    @property
    def networks(self) -> tuple[str, ...]:
        """Their names, in the order of the table."""
        return tuple(one.network for one in self.measured)

    def of(self, network: str) -> Matrix:
        """What is of one network."""
        return Matrix(
            rows=tuple(one for one in self.rows if one.network == network),
            measured=tuple(one for one in self.measured if one.network == network),
            not_made=tuple(one for one in self.not_made if one.network == network),
        )

    def __add__(self, other: Matrix) -> Matrix:
        return Matrix(
            rows=(*self.rows, *other.rows),
            measured=(*self.measured, *other.measured),
            not_made=(*self.not_made, *other.not_made),
        )

    def renewed(self, by: Matrix) -> Matrix:
        """Each network as the other has it, where it does, in its place; its others at the end."""
        joined = Matrix()
        for name in dict.fromkeys((*self.networks, *by.networks)):
            joined += by.of(name) if name in by.networks else self.of(name)
        return joined


def read(path: Path) -> Matrix:
    """What `write` has left as JSON.

    Raises:
        UsageError: the file is missing, damaged, or no matrix.
    """
    stored = document.read(path)
    if stored.pop("schema", None) != SCHEMA:
        raise UsageError(f"{path}: is no matrix of `python -m bench matrix`")
    stored.pop("command", None)
    return document.checked(Matrix, stored, path)


def write(found: Matrix, out: Path, *, command: str) -> None:
    """matrix.json, matrix.md and the pictures, made by a command as it was called."""
    content = {"schema": SCHEMA, "command": command, **asdict(found)}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    files.replace(out / "matrix.json", text + "\n")
    parts = [
        "\n".join(page.head("Networks by formats by runtimes", command)).rstrip(),
        PREFACE,
        grid(HEAD, _all_texts(found), names=NAMES),
        "\n".join(f"- {note}" for note in _notes(found, command)),
        *(f"![{path.stem}]({path.name})" for path in pictures.draw(found.rows, out)),
    ]
    files.replace(out / "matrix.md", "\n\n".join(parts) + "\n")


def table(found: Matrix, *, command: str) -> str:
    """For the terminal."""
    rows = columns([HEAD, *_all_texts(found)], right=range(NAMES, len(HEAD)))
    return "\n".join([rows, "", *_notes(found, command)])


def _all_texts(found: Matrix) -> list[tuple[str, ...]]:
    """The table's rows; what was not made stands below the rows of its network."""
    texts = [*map(_texts, found.rows)]
    texts += [
        (one.network, one.format, "not made", *"-" * (len(HEAD) - NAMES)) for one in found.not_made
    ]
    order = {name: place for place, name in enumerate(dict.fromkeys(row[0] for row in texts))}
    return sorted(texts, key=lambda row: order[row[0]])


def _notes(found: Matrix, command: str) -> Iterator[str]:
    """Why something was not made, and where, how well and by what the others were measured."""
    for one in found.not_made:
        yield f"{one.network}, {one.format}: not made: {one.why}."
    for report in found.measured:
        load = "" if report.load is None else f", load {report.load:.1f} before"
        yield f"{report.network}: measured on {report.machine}{load}."
        yield from (f"{report.network}: caution: {caution}." for caution in report.cautions)
    yield from _kept(found.measured, command)


def _kept(measured: Sequence[Conditions], command: str) -> Iterator[str]:
    """By which other commands networks were measured."""
    for other in dict.fromkeys(one.command for one in measured if one.command != command):
        names = ", ".join(one.network for one in measured if one.command == other)
        yield f"Measured earlier, by `{other}`: {names}."


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
