"""Two reports beside each other, in the forms that a report has."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wbc_edge.measure.formats import markdown, table
from wbc_edge.measure.regressions import Change, Regressions, sentence
from wbc_edge.measure.sections import Section, Table
from wbc_edge.text import encodable


def render(found: Regressions, form: str) -> str:
    """The comparison as "table", "md" or "json", ending in a newline."""
    return encodable(_render(found, form))


def _render(found: Regressions, form: str) -> str:
    if form == "json":
        return json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n"
    told = list(_sections(found))
    if form == "md":
        return markdown.lay_out(f"{found.new} beside {found.old}", told)
    return table.lay_out(told)


def _sections(found: Regressions) -> Iterator[Section]:
    worse = found.worse
    yield Section(
        key="summary",
        title=_title(found),
        notes=(
            *(f"WORSE  {change.candidate}: {sentence(change)}" for change in worse),
            *(f"MISSING  {told}" for told in found.missing),
            *(f"UNDECIDED  {change.candidate}: {sentence(change)}" for change in found.undecided),
            *(f"Caution: {caution}." for caution in found.cautions),
        ),
    )
    for name in dict.fromkeys(change.candidate for change in found.changes):
        own = [change for change in found.changes if change.candidate == name]
        yield Section(
            key="changes",
            title=name,
            table=Table(
                head=("", "then", "now", "change", "interval", ""), rows=tuple(map(_row, own))
            ),
        )
    yield Section(
        key="method",
        title="How it is judged",
        notes=(
            f"A time, rate, peak or size is worse where its whole 99 % interval lies more than "
            f"{found.tolerance:g} % off. That interval is of the rounds within the runs, not of "
            "what a machine is like on two days: where other work was running or the firmware "
            "slowed it down, no time is called worse.",
            *_of_accuracy(found),
            "A loss that was measured and lies beyond its limit, in part of its interval or in too "
            "few rounds to tell, is undecided.",
        ),
    )


def _of_accuracy(found: Regressions) -> Iterator[str]:
    levels = [change.level for change in found.changes if change.in_points]
    if levels:
        yield (
            f"Top-1 and a recall are worse where the {100 * levels[0]:.4g} % interval of the "
            f"paired difference on the same images lies below {0 - found.max_drop:g} points. At "
            f"that level chance calls any of the {len(levels)} worse in one comparison of twenty "
            "at most."
        )


def _title(found: Regressions) -> str:
    if found.worse:
        return f"{len(found.worse)} of {len(found.changes)} figures are worse"
    if found.missing:
        return "Nothing is shown to be worse, and not all is told any more"
    if found.undecided:
        return "Nothing is shown to be worse, and not all to be as good"
    return "Nothing is worse"


def _row(change: Change) -> tuple[str, ...]:
    span = change.change
    if change.in_points:
        moved = (f"{span.value:+.2f}", f"{span.low:+.2f} to {span.high:+.2f}")
    else:
        moved = (f"x {span.value:.3f}", f"{span.low:.3f} to {span.high:.3f}")
    scale = 1e6 if change.unit == "bytes" else 1
    unit = "MB" if change.unit == "bytes" else change.unit
    return (
        f"{change.figure}, {unit}",
        f"{change.old / scale:.2f}",
        f"{change.new / scale:.2f}",
        *moved,
        change.outcome,
    )
