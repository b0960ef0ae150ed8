"""The pictures of the report, as SVG that stands in a page, or alone in a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from train.plotting import BAD, COLOURS, GOOD, GREY, figure, styled, to_svg


def differences(rows: Sequence[dict[str, Any]], limit: float) -> str:
    """Each format's change of top-1 with its interval, beside what it may lose.

    Args:
        rows: `name`, and `value`, `low`, `high` in points, `passed`.
        limit: points that may be lost.
    """
    with styled(GREY):
        drawn = figure(7.2, 0.9 + 0.36 * len(rows))
        axes = drawn.add_subplot()
        for position, row in enumerate(reversed(rows)):
            _interval(axes, position, row, across=True)
        axes.axvline(-limit, color=BAD, linewidth=1, linestyle="--")
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.set_yticks(range(len(rows)), [row["name"] for row in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel("points of top-1 beside Keras at one look, test cells (95 % interval)")
        return to_svg(drawn, "what each format lost or gained")


def ladder(rows: Sequence[dict[str, Any]], limit: float) -> str:
    """The attempts from left to right: the fall, and the recovery.

    Args:
        rows: `name`, `value`, `low`, `high` in points and `agreement` in per cent on validation
            cells, `passed`.
        limit: points that may be lost.
    """
    places = range(len(rows))
    with styled(GREY):
        drawn = figure(max(5.0, 1.3 + 1.15 * len(rows)), 4.6)
        above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        above.plot(places, [row["value"] for row in rows], color=GREY, linewidth=1, zorder=1)
        for position, row in enumerate(rows):
            _interval(above, position, row, across=False)
            above.annotate(
                f"{row['value']:+.2f}",
                (position, row["value"]),
                xytext=(-7, 5),
                ha="right",
                textcoords="offset points",
                color=GREY,
            )
        above.axhline(-limit, color=BAD, linewidth=1, linestyle="--")
        above.annotate(
            f"limit {-limit:g}",
            (1, -limit),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            color=BAD,
        )
        above.axhline(0, color=GREY, linewidth=0.8)
        above.set_ylabel("points of top-1\nbeside Keras")
        below.bar(
            places,
            [100 - row["agreement"] for row in rows],
            width=0.5,
            color=[_colour(row) for row in rows],
        )
        below.set_ylabel("% of cells named\ndifferently")
        below.set_xticks(places, [row["name"] for row in rows])
        below.set_xlim(-0.5, len(rows) - 0.3)
        return to_svg(drawn, "the attempts, rung by rung")


def sizes(rows: Sequence[dict[str, Any]]) -> str:
    """Size and latency of every file. `name`, `megabytes`, `milliseconds` (or None)."""
    with styled(GREY):
        drawn = figure(7.2, 0.9 + 0.32 * len(rows))
        left, right = drawn.subplots(1, 2, sharey=True)
        names = [row["name"] for row in reversed(rows)]
        for axes, key, title in ((left, "megabytes", "MB"), (right, "milliseconds", "ms")):
            values = [row[key] or 0.0 for row in reversed(rows)]
            bars = axes.barh(names, values, height=0.55, color=COLOURS[0])
            axes.bar_label(bars, fmt="%.2f", padding=3, color=GREY)
            axes.set_xlim(0, 1.25 * max([*values, 1e-9]))
            axes.set_xlabel(title)
        return to_svg(drawn, "size and time of each format")


def _interval(axes: Any, position: int, row: dict[str, Any], *, across: bool) -> None:
    reach = [[row["value"] - row["low"]], [row["high"] - row["value"]]]
    point = (row["value"], position) if across else (position, row["value"])
    axes.errorbar(
        *point,
        **{"xerr" if across else "yerr": reach},
        fmt="o",
        color=_colour(row),
        capsize=3,
        zorder=2,
    )


def _colour(row: dict[str, Any]) -> str:
    return GOOD if row["passed"] else BAD
