"""For a person at a browser: one page, self-contained, made without any library on the device.

A section of the page is its text and table (`wbc_edge.measure.sections`, as every format has them)
below the pictures of its subject: a new picture is one function and one line in `PICTURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from wbc_edge.measure.formats.html import confusion, distributions, flips, reliability, tradeoff
from wbc_edge.measure.sections import Section, Table, sections
from wbc_edge.measure.sections.summary import summarise
from wbc_edge.webpage import document
from wbc_edge.webpage.style import COLOURS
from wbc_edge.wording import milliseconds, rounded

if TYPE_CHECKING:
    from wbc_edge.measure.report import Entry, Report


@dataclass(frozen=True, kw_only=True)
class Column:
    """A figure of the table at a glance: where it stands in an entry, and how it is written."""

    title: str
    figure: Callable[[Entry], float | None]
    told: Callable[[float], str]
    more_is_better: bool = False


COLUMNS = (
    Column(title="ms an image", figure=lambda one: one.timing.whole.p50, told=milliseconds),
    Column(title="interpreter", figure=lambda one: one.timing.invoke.p50, told=milliseconds),
    Column(
        title="images/s",
        figure=lambda one: one.folder.rate if one.folder else None,
        told="{:.0f}".format,
        more_is_better=True,
    ),
    Column(
        title="command ms",
        figure=lambda one: one.cold.command if one.cold else None,
        told=milliseconds,
    ),
    Column(
        title="MiB",
        figure=lambda one: one.cold.peak_bytes if one.cold else None,
        told=lambda peak: f"{peak / 2**20:.0f}",
    ),
    Column(
        title="looks",
        figure=lambda one: one.looks,
        told="{:.2f}".format,
    ),
    Column(title="file MB", figure=lambda one: one.size, told=lambda size: f"{size / 1e6:.2f}"),
    Column(
        title="top-1 %",
        figure=lambda one: one.accuracy.top1.value if one.accuracy else None,
        told=lambda share: rounded(100 * share, 2),
        more_is_better=True,
    ),
)


def render(report: Report) -> str:
    """The whole page."""
    told = [section for section in sections(report) if section.key != "summary"]
    body = [_head(report), _verdict(report), _glance(report)]
    body += [_section(report, section) for section in told]
    return document("wbc-edge benchmark", "\n".join(body))


def _head(report: Report) -> str:
    device = report.device
    machine = device.board or device.processor or device.machine
    return (
        f"<header><h1>wbc-edge {escape(report.version)} benchmark</h1>"
        f"<p>{escape(report.created)} &middot; {escape(machine)} &middot; "
        f"{device.cores} cores &middot; {escape(report.images)}</p></header>"
    )


def _verdict(report: Report) -> str:
    short = summarise(report)
    # What each contender did alone stands in the table below.
    told = [f"<li>{escape(text)}</li>" for text in short.judgements or short.figures]
    told += [f'<li class="caution">Caution: {escape(text)}</li>' for text in short.cautions]
    return (
        f'<section class="verdict {short.tone}"><p class="headline">{escape(short.headline)}</p>'
        f"<ul>{''.join(told)}</ul></section>"
    )


def _glance(report: Report) -> str:
    names = [_named(number, entry) for number, entry in enumerate(report.entries)]
    columns = [names, *(_cells(column, report.entries) for column in COLUMNS)]
    titles = "".join(f"<th>{title}</th>" for title in ("", *(one.title for one in COLUMNS)))
    rows = "".join(
        "<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>"
        for row in zip(*columns, strict=True)
    )
    return (
        '<section><h2>At a glance</h2><div class="scroll"><table>'
        f"<tr>{titles}</tr>{rows}</table></div></section>"
    )


def _cells(column: Column, entries: Sequence[Entry]) -> list[str]:
    """A text for each contender; the best is bold where there is anything to choose from."""
    figures = [column.figure(entry) for entry in entries]
    known = [figure for figure in figures if figure is not None]
    texts = ["-" if figure is None else column.told(figure) for figure in figures]
    if len(set(known)) > 1:
        at = figures.index(max(known) if column.more_is_better else min(known))
        texts[at] = f"<b>{texts[at]}</b>"
    return texts


def _named(number: int, entry: Entry) -> str:
    return f'<span class="key c{number % COLOURS}"></span>{escape(entry.name)}'


def _section(report: Report, section: Section) -> str:
    pictures = [
        f"<h3>{title}</h3><figure>{drawn}</figure>" if title else drawn
        for title, draw in PICTURES.get(section.key, ())
        if (drawn := draw(report, section))
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in section.notes)
    table = "" if section.table is None else _table(section.table)
    if table and (pictures or section.key in FOLDED):
        table = f"<details><summary>The figures</summary>{table}</details>"
    return (
        f"<section><h2>{escape(section.title)}</h2>{''.join(pictures)}{table}"
        + (f'<ul class="soft">{notes}</ul>' if notes else "")
        + "</section>"
    )


def _table(table: Table) -> str:
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    head = "".join(f"<th>{escape(title)}</th>" for title in table.head)
    return f'<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'


# ---- which pictures belong to which section --------------------------------------------------

Picture = Callable[["Report", Section], str]


def _matrices(report: Report, _section: Section) -> str:
    return _row(
        confusion.draw(entry.name, entry.accuracy) for entry in report.entries if entry.accuracy
    )


def _reliabilities(report: Report, _section: Section) -> str:
    return _row(
        reliability.draw(entry.name, entry.accuracy, number)
        for number, entry in enumerate(report.entries)
        if entry.accuracy
    )


def _flipped(report: Report, section: Section) -> str:
    for entry in report.entries:
        if entry.comparison and report.data and entry.name == section.contender:
            found = entry.comparison.flips
            return flips.draw(found, Path(report.data.folder)) if found else ""
    return ""


def _row(drawn: Iterator[str]) -> str:
    return f'<div class="row">{"".join(f"<figure>{one}</figure>" for one in drawn)}</div>'


# Tables that only a reader who asks for them needs: the pictures above tell the same.
FOLDED = ("classes",)

PICTURES: dict[str, tuple[tuple[str, Picture], ...]] = {
    "latency": (
        ("Where the time goes", lambda report, _: distributions.stages(report)),
        ("How it spreads", lambda report, _: distributions.spread(report)),
    ),
    "ratios": (("", lambda report, _: distributions.ratios(report)),),
    "accuracy": (
        ("Accuracy and latency", lambda report, _: tradeoff.draw(report)),
        ("Recall of every class", lambda report, _: reliability.recall(report)),
        ("Who is taken for whom", _matrices),
        ("Can the confidence be believed?", _reliabilities),
    ),
    "comparison": (("Named differently", _flipped),),
}
