"""A study as pictures: how the best value came about, and which settings matter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import optuna
from optuna.trial import TrialState


def draw_plots(study: optuna.Study, folder: Path) -> None:
    """Writes `history.png`, and `importance.png` as soon as two trials differ in their value.

    The importance of a setting is its share of the variance of the value (fANOVA, Hutter et al.,
    ICML 2014); from a few trials it is a rough guess.
    """
    with warnings.catch_warnings():
        # Optuna marks its matplotlib figures as experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        _save(optuna.visualization.matplotlib.plot_optimization_history, study, folder / "history")
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len({trial.value for trial in finished}) > 1:
            _save(
                optuna.visualization.matplotlib.plot_param_importances,
                study,
                folder / "importance",
            )


def _save(plot: Callable[..., Any], study: optuna.Study, path: Path) -> None:
    axes = plot(study, target_name="validation accuracy")
    axes.figure.set_size_inches(8, 4.5)
    axes.figure.savefig(path.with_suffix(".png"), dpi=150, bbox_inches="tight")
    plt.close(axes.figure)
