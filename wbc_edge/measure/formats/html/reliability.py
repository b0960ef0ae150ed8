"""Whether a confidence can be believed: accuracy over confidence, and how often each is given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wbc_edge import wording
from wbc_edge.measure.formats.html import svg
from wbc_edge.webpage.style import COLOURS

if TYPE_CHECKING:
    from wbc_edge.measure.accuracy import Accuracy
    from wbc_edge.measure.report import Report

SIDE, LEFT, TOP = 220, 44, 26
WIDTH, ROW = 920, 15


def draw(name: str, accuracy: Accuracy, number: int) -> str:
    """One model's bins as circles whose area is their share of the images."""
    scale = svg.linear(0, 1, LEFT, LEFT + SIDE)
    up = svg.linear(0, 1, TOP + SIDE, TOP)
    colour = f"c{number % COLOURS}"
    bins = accuracy.calibration.bins
    points = [(scale(part.confidence), up(part.accuracy)) for part in bins]
    percents = [level / 5 for level in range(6)]
    body = [
        svg.text(0, 14, name, "name"),
        *(svg.line(scale(v), up(0), scale(v), up(1), "grid") for v in percents),
        *(svg.line(scale(0), up(v), scale(1), up(v), "grid") for v in percents),
        *(
            svg.text(scale(v), up(0) + 15, f"{100 * v:g}", "tick", anchor="middle")
            for v in percents
        ),
        *(svg.text(LEFT - 6, up(v) + 4, f"{100 * v:g}", "tick", anchor="end") for v in percents),
        svg.line(scale(0), up(0), scale(1), up(1), "one"),
        svg.path(points, f"{colour} curve"),
    ]
    for part, (x, y) in zip(bins, points, strict=True):
        hint = f"{part.count} images: confidence {part.confidence:.3f}, right {part.accuracy:.3f}"
        radius = 3 + 11 * math.sqrt(part.count / accuracy.count)
        body.append(svg.circle(x, y, radius, f"{colour} dot core", hint=hint))
    error = f"calibration error {wording.percent(accuracy.calibration.error)}"
    body += [
        svg.text(scale(0.5), up(0) + 31, "confidence, %", "tick", anchor="middle"),
        svg.text(scale(0.04), up(0.93), error, "small"),
    ]
    return svg.picture(LEFT + SIDE + 20, TOP + SIDE + 38, body, label=f"Reliability of {name}")


def recall(report: Report) -> str:
    """Recall of every class with its 95 % interval, the models one below the other."""
    judged = [
        (number, entry.accuracy) for number, entry in enumerate(report.entries) if entry.accuracy
    ]
    found = [score.recall for _, one in judged for score in one.classes if score.recall is not None]
    low = max(0.0, 100 * min(estimate.low for estimate in found) - 1)
    scale = svg.linear(low, 100, 120, WIDTH - 20)
    height = len(judged) * ROW + 12
    labels = judged[0][1].labels
    bottom = height * len(labels)
    body = [svg.axis_below(scale, svg.ticks(low, 100, 8), bottom, 0, "recall, %")]
    for at, label in enumerate(labels):
        body.append(svg.text(110, at * height + height / 2 + 4, label, anchor="end"))
        for place, (number, one) in enumerate(judged):
            estimate = one.classes[at].recall
            if estimate is None:
                continue
            y, colour = at * height + 12 + place * ROW, f"c{number % COLOURS}"
            ends = scale(100 * estimate.low), scale(100 * estimate.high)
            hint = f"{label}: {wording.percent(estimate.value)} of {one.classes[at].support}"
            body += [
                svg.line(ends[0], y, ends[1], y, f"{colour} whisker"),
                svg.circle(scale(100 * estimate.value), y, 4.5, f"{colour} dot", hint=hint),
            ]
        body.append(svg.line(0, (at + 1) * height, WIDTH, (at + 1) * height, "grid"))
    return svg.picture(WIDTH, bottom + 34, body, label="Recall of every class")
