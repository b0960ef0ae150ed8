"""What abstaining buys: the share of wrong answers over the share of cells answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from train import plotting
from train.evaluation.ranking import Selective
from wbc_edge.wording import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wbc_edge.measure.intervals import Estimate


def draw(
    selective: Selective, *, threshold: float, coverage: Estimate | None, risk: Estimate | None
) -> Figure:
    """The risk-coverage curve; the subject's own threshold is marked where it has one."""
    figure = plotting.figure(4.6, 3.6)
    axes = figure.add_subplot()
    axes.plot(
        selective.coverage,
        selective.risk,
        color=plotting.COLOURS[0],
        drawstyle="steps-post",
        clip_on=False,
    )
    if threshold > 0 and coverage is not None and risk is not None:
        axes.errorbar(
            [coverage.value],
            [risk.value],
            xerr=[[coverage.value - coverage.low], [coverage.high - coverage.value]],
            yerr=[[risk.value - risk.low], [risk.high - risk.value]],
            color=plotting.COLOURS[3],
            marker="o",
            markersize=6,
            capsize=2,
            elinewidth=1,
            linestyle="none",
            label=f"threshold {threshold:.3f}: {percent(coverage.value, 1)} answered,\n"
            f"{percent(risk.value)} of them wrong",
            zorder=3,
        )
        axes.legend(loc="upper left")
    highest = max([*selective.risk, 0.001, 0.0 if risk is None else risk.high])
    axes.set(xlim=(0, 1), ylim=(0, 1.25 * highest))
    plotting.in_percent(axes.xaxis)
    plotting.in_percent(axes.yaxis, decimals=None)
    axes.set(xlabel="cells answered, the surest first", ylabel="wrong among the answered")
    axes.set_title("Risk and coverage")
    return figure
