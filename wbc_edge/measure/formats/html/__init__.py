"""For a person at a browser: one page, self-contained, made without any library on the device.

A section of the page is its text and table (`wbc_edge.measure.sections`, as every format has them)
below the pictures of its subject: a new picture is one function and one line in `PICTURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from wbc_edge.measure.formats.html import confusion, distributions, flips, reliability, tradeoff
from wbc_edge.measure.formats.html.style import COLOURS, STYLE
from wbc_edge.measure.sections import Section, Table, sections
from wbc_edge.measure.sections.summary import summarise
from wbc_edge.measure.sections.text import milliseconds, percent

if TYPE_CHECKING:
    from wbc_edge.measure.report import Entry, Report


def render(report: Report) -> str:
    """The whole page."""
    told = [section for section in sections(report) if section.key != "summary"]
    body = [_head(report), _verdict(report), _glance(report)]
    body += [_section(report, section) for section in told]
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>wbc-edge benchmark</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(body)}\n</main></body></html>\n"
    )


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
    head = ("", "ms an image", "interpreter", "images/s", "command ms", "MiB", "file MB", "top-1 %")
    rows = [
        (_named(number, entry), *_glance_row(entry)) for number, entry in enumerate(report.entries)
    ]
    best = _best(report)
    cells = []
    for number, row in enumerate(rows):
        texts = [row[0]]
        for column, text in enumerate(row[1:], start=1):
            texts.append(f"<b>{text}</b>" if best.get(column) == number else text)
        cells.append("<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>")
    titles = "".join(f"<th>{title}</th>" for title in head)
    return (
        '<section><h2>At a glance</h2><div class="scroll"><table>'
        f"<tr>{titles}</tr>{''.join(cells)}</table></div></section>"
    )


def _glance_row(entry: Entry) -> tuple[str, ...]:
    cold, folder = entry.cold, entry.folder
    peak = cold.peak_bytes if cold else None
    return (
        milliseconds(entry.timing.whole.p50),
        milliseconds(entry.timing.invoke.p50),
        "-" if folder is None else f"{folder.rate:.0f}",
        "-" if cold is None else milliseconds(cold.command),
        "-" if peak is None else f"{peak / 2**20:.0f}",
        f"{entry.size / 1e6:.2f}",
        "-" if entry.accuracy is None else percent(entry.accuracy.top1)[0],
    )


def _best(report: Report) -> dict[int, int]:
    """Column -> the entry that is best in it, where there is anything to choose from."""
    figures: list[Callable[[Entry], float | None]] = [
        lambda entry: entry.timing.whole.p50,
        lambda entry: entry.timing.invoke.p50,
        lambda entry: -entry.folder.rate if entry.folder else None,
        lambda entry: entry.cold.command if entry.cold else None,
        lambda entry: entry.cold.peak_bytes if entry.cold else None,
        lambda entry: entry.size,
        lambda entry: -entry.accuracy.top1.value if entry.accuracy else None,
    ]
    best = {}
    for column, figure in enumerate(figures, start=1):
        found = {
            number: value
            for number, entry in enumerate(report.entries)
            if (value := figure(entry)) is not None
        }
        if len(set(found.values())) > 1:
            best[column] = min(found, key=lambda number: found[number])
    return best


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
        if entry.comparison and section.title.startswith(f"{entry.name} beside "):
            return flips.draw(entry.comparison.flips) if entry.comparison.flips else ""
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
