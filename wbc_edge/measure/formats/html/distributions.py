"""Where the time of an image goes, and how it spreads from image to image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbc_edge.measure.formats.html import svg
from wbc_edge.webpage.style import COLOURS
from wbc_edge.wording import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbc_edge.measure.latency import Ratio, Timing
    from wbc_edge.measure.report import Report

WIDTH, ROW = 920, 46
LEFT = 8
STAGES = ("decode", "prepare", "interpreter", "answer")
BANDS = ((0, 100, "wide"), (5, 95, "middle"), (25, 75, "core"))
"""Quantiles whose span is drawn, from the palest to the strongest."""


def stages(report: Report) -> str:
    """Stacked bars of the medians of the stages."""
    timings = [entry.timing for entry in report.entries]
    longest = max(sum(_parts(timing)) for timing in timings)
    scale = svg.linear(0, longest, LEFT, WIDTH - 70)
    bottom = ROW * len(timings) + 4
    body = [
        svg.axis_below(
            scale, svg.ticks(0, longest, 6), bottom, 0, "ms an image, sum of the medians"
        )
    ]
    for number, timing in enumerate(timings):
        y = number * ROW + 20
        body.append(svg.text(LEFT, y - 5, timing.name, "name"))
        done = 0.0
        for stage, part in enumerate(_parts(timing)):
            start, end = scale(done), scale(done + part)
            hint = f"{STAGES[stage]}: {milliseconds(part)} ms"
            body.append(svg.rectangle(start, y, end - start, 18, f"s{stage}", hint=hint))
            done += part
        body.append(svg.text(scale(done) + 6, y + 13, milliseconds(done)))
    return _legend(
        (f'<span><span class="key s{n}"></span>{name}</span>' for n, name in enumerate(STAGES))
    ) + svg.picture(WIDTH, bottom + 34, body, label="Median time of each stage of an image")


def spread(report: Report) -> str:
    """Bands of quantiles of the whole, with the median of every round as a dot."""
    wholes = [entry.timing.whole for entry in report.entries]
    # A single interrupted image must not squeeze the rest: what is longer than this is cut.
    longest = max(max(whole.quantile(95), *whole.by_round, whole.p99) for whole in wholes) * 1.05
    scale = svg.linear(0, longest, LEFT, WIDTH - 20)
    bottom = ROW * len(wholes) + 4
    body = [svg.axis_below(scale, svg.ticks(0, longest, 8), bottom, 0, "ms an image")]
    for number, whole in enumerate(wholes):
        y, colour = number * ROW + 20, f"c{number % COLOURS}"
        body.append(svg.text(LEFT, y - 5, report.entries[number].name, "name"))
        for low, high, band in BANDS:
            start, end = (min(whole.quantile(level), longest) for level in (low, high))
            body.append(
                svg.rectangle(scale(start), y, scale(end) - scale(start), 16, f"{colour} {band}")
            )
        body.append(svg.line(scale(whole.p50), y, scale(whole.p50), y + 16, "cut"))
        body += [
            svg.circle(scale(value), y + 8, 3, f"{colour} dot", hint=f"a round: {value:.2f} ms")
            for value in whole.by_round
        ]
    return svg.picture(WIDTH, bottom + 34, body, label="Spread of the time of an image")


def ratios(report: Report) -> str:
    """The whole, the interpreter and the load of each candidate as multiples of the base's."""
    shown = [ratio for ratio in report.ratios if ratio.stage in ("whole", "invoke", "load")]
    low = min([0.9, *(ratio.low for ratio in shown)])
    high = max([1.1, *(ratio.high for ratio in shown)])
    scale = svg.linear(low, high, 110, WIDTH - 20)
    names = list(dict.fromkeys(ratio.name for ratio in shown))
    body: list[str] = []
    y = 4.0
    for name in names:
        own = [ratio for ratio in shown if ratio.name == name]
        body.append(svg.text(LEFT, y + 12, name, "name"))
        y += 20
        colour = next(n for n, entry in enumerate(report.entries) if entry.name == name) % COLOURS
        for ratio in own:
            body += _interval(ratio, scale, y + 8, f"c{colour}")
            y += 20
        y += 6
    bases = {ratio.base for ratio in shown}
    of = "the reference's, measured alike" if len(bases) > 1 else bases.pop()
    axis = svg.axis_below(scale, svg.ticks(low, high, 8), y, 0, f"times {of}")
    one = svg.line(scale(1), 0, scale(1), y, "one")
    return svg.picture(WIDTH, y + 34, [axis, one, *body], label="Ratios of times, with intervals")


def _interval(ratio: Ratio, scale: svg.Scale, y: float, colour: str) -> Iterator[str]:
    yield svg.text(LEFT + 12, y + 4, "interpreter" if ratio.stage == "invoke" else ratio.stage)
    yield svg.line(scale(ratio.low), y, scale(ratio.high), y, f"{colour} whisker")
    hint = f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"
    yield svg.circle(scale(ratio.value), y, 5, f"{colour} dot", hint=hint)


def _parts(timing: Timing) -> Sequence[float]:
    return [stage.p50 for stage in (timing.decode, timing.prepare, timing.invoke, timing.answer)]


def _legend(items: Iterator[str]) -> str:
    return f'<div class="legend">{"".join(items)}</div>'
