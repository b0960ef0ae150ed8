"""Accuracy and latency in one picture: up and left are better, a small circle is a small file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wbc_edge import wording
from wbc_edge.measure.formats.html import svg
from wbc_edge.webpage.style import COLOURS

if TYPE_CHECKING:
    from wbc_edge.measure.intervals import Estimate
    from wbc_edge.measure.report import Entry, Report

WIDTH, HEIGHT = 920, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 16, 336


def draw(report: Report) -> str:
    """Each contender at its median time (bar: half of the images) and top-1 (bar: 95 %).

    Where doubtful cells were looked at again, so is the time that this adds to the mean answer.
    """
    points = [
        (number, entry, *judged)
        for number, entry in enumerate(report.entries)
        if (judged := _judged(report, entry)) is not None
    ]
    if not points:
        return ""
    slowest = max(entry.timing.whole.quantile(75) + added for _, entry, _, added in points)
    again = any(added for *_, added in points)
    axis = f"ms, file to answer{', second looks included' if again else ''}"
    lowest, highest = _limits([top1 for _, _, top1, _ in points])
    x = svg.linear(0, slowest * 1.08, LEFT, WIDTH - RIGHT)
    y = svg.linear(lowest, highest, BOTTOM, TOP)
    largest = max(entry.size for _, entry, *_ in points)
    body = [
        svg.axis_below(x, svg.ticks(0, slowest * 1.08, 7), BOTTOM, TOP, axis),
        svg.axis_left(y, svg.ticks(lowest, highest, 6), LEFT, WIDTH - RIGHT, " %"),
    ]
    taken: list[float] = []
    for number, entry, top1, added in sorted(points, key=lambda point: -point[2].value):
        colour = f"c{number % COLOURS}"
        whole = entry.timing.whole
        time, *half = (
            value + added for value in (whole.p50, whole.quantile(25), whole.quantile(75))
        )
        at = x(time), y(100 * top1.value)
        body += [
            svg.line(at[0], y(100 * top1.low), at[0], y(100 * top1.high), f"{colour} whisker wide"),
            svg.line(x(half[0]), at[1], x(half[1]), at[1], f"{colour} whisker"),
            svg.circle(
                *at,
                4 + 12 * math.sqrt(entry.size / largest),
                f"{colour} dot core",
                hint=f"{entry.name}: {time:.2f} ms, {wording.percent(top1.value)}",
            ),
        ]
        label = at[1] + 4
        while any(abs(label - other) < 16 for other in taken):
            label += 4
        taken.append(label)
        end = WIDTH - RIGHT + 14
        body += [
            svg.line(at[0] + 18, at[1], end - 4, label - 4, "grid"),
            svg.circle(end, label - 4, 4, colour),
            svg.text(end + 9, label, entry.name),
        ]
    return svg.picture(WIDTH, HEIGHT, body, label="Top-1 accuracy over time of an image")


def _judged(report: Report, entry: Entry) -> tuple[Estimate, float] | None:
    """Top-1 of the same model in the same runtime, and what its further looks take here, in ms.

    Threads and batches do not change answers, nor how many looks are behind one.
    """
    for other in report.entries:
        if (other.model, other.runtime) == (entry.model, entry.runtime) and other.accuracy:
            return other.accuracy.top1, entry.looking_again(other.looks)
    return None


def _limits(estimates: list[Estimate]) -> tuple[float, float]:
    low = 100 * min(estimate.low for estimate in estimates)
    high = 100 * max(estimate.high for estimate in estimates)
    room = 0.08 * (high - low)
    return max(0.0, low - room), min(100.0, high + room)
