"""Confusion matrices: a row a true class, a column an answered one, shaded by its share of the row.

What is right is blue, what is wrong red; the shade follows the square root, so that one cell in a
hundred can be seen.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from wbc_edge.measure.formats.html import svg

if TYPE_CHECKING:
    from wbc_edge.measure.accuracy import Accuracy

SIDE, LEFT, TOP = 36, 96, 86


def draw(name: str, accuracy: Accuracy) -> str:
    """One model's matrix."""
    body = [svg.text(0, 14, name, "name")]
    for number, label in enumerate(accuracy.labels):
        at = LEFT + number * SIDE + SIDE / 2
        turned = f'<g transform="translate({at + 4:.0f},{TOP - 8}) rotate(-45)">'
        body += [
            svg.text(LEFT - 8, TOP + number * SIDE + SIDE / 2 + 4, label, anchor="end"),
            f"{turned}{svg.text(0, 0, label)}</g>",
        ]
    for true, row in enumerate(accuracy.confusion):
        for named, count in enumerate(row):
            body.append(_cell(accuracy, true, named, count, sum(row)))
    width = LEFT + SIDE * len(accuracy.labels) + 40
    height = TOP + SIDE * len(accuracy.labels) + 6
    return svg.picture(width, height, body, label=f"Confusion matrix of {name}")


def _cell(accuracy: Accuracy, true: int, named: int, count: int, total: int) -> str:
    x, y = LEFT + named * SIDE, TOP + true * SIDE
    share = count / total if total else 0.0
    hint = f"{accuracy.labels[true]} called {accuracy.labels[named]}: {count} of {total}"
    colour = "--right" if true == named else "--wrong"
    fill = f"fill:rgba(var({colour}),{0.92 * math.sqrt(share):.3f})" if count else ""
    cell = (
        f'<rect x="{x}" y="{y}" width="{SIDE - 2}" height="{SIDE - 2}" rx="3" '
        f'class="frame" style="{fill}"><title>{escape(hint)}</title></rect>'
    )
    if not count:
        return cell
    style = "inside" if share > 0.3 else "small"
    return cell + svg.text(x + SIDE / 2 - 1, y + SIDE / 2 + 3, str(count), style, anchor="middle")
