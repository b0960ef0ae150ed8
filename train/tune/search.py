"""The search itself: trials, their pruning, and a study that can be interrupted.

study.db          Optuna's study (SQLite)
trials/NNNN       the run of every trial, without its checkpoint
base.json         the configuration that the search varies
search.json       what of it is varied, and by which pruner
cells.json        which cells its trials are judged by: the hash of each source's split
best.json         the best configuration, for `fit --config`
history.png, importance.png
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from train import document
from train.config import Config, load
from train.console import Report
from train.fit import begin, learn
from train.run import Run
from train.tune import space
from train.tune.plots import draw_plots
from wbc_edge.errors import UsageError

PRUNERS: dict[str, Callable[[], optuna.pruners.BasePruner]] = {
    # Below the median of the earlier trials at the same epoch (Golovin et al., "Vizier", 2017).
    "median": lambda: optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
    # Asynchronous successive halving (Li et al., arXiv:1810.05934).
    "asha": lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    "none": optuna.pruners.NopPruner,
}


def tune(
    config: Config,
    folder: Path,
    *,
    knobs: Sequence[str] = space.DEFAULT,
    trials: int = 30,
    pruner: str = "median",
    report: Report = print,
) -> Config:
    """Searches for the settings with the best validation accuracy.

    Test cells are not looked at. Called again on the same folder, the search goes on: trials that a
    kill has torn are done again with their settings, and finished ones count.

    Args:
        config: what is not searched.
        folder: folder of the study, made if need be.
        knobs: names in `train.tune.space.KNOBS`.
        trials: trials in all, earlier ones included.
        pruner: name in `PRUNERS`.
        report: receives one line per event.

    Returns:
        The best configuration.

    Raises:
        UsageError: no such knob or pruner, or the folder's study varies another configuration,
            other settings of it, or stops trials by another pruner.
        InputError: a cell's file cannot be read.
    """
    if pruner not in PRUNERS:
        raise UsageError(f"no pruner '{pruner}'; there are {', '.join(PRUNERS)}")
    space.check(knobs)
    folder.mkdir(parents=True, exist_ok=True)
    _keep_base(config, folder / "base.json")
    _keep_search({"over": sorted(knobs), "pruner": pruner}, folder / "search.json")
    # Of a trial that fails it warns with a traceback; what failed is raised all the same.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name="tune",
        storage=f"sqlite:///{folder / 'study.db'}",
        direction="maximize",
        pruner=PRUNERS[pruner](),
        load_if_exists=True,
    )
    _take_up(study, report)
    while (done := len(_finished(study))) < trials:
        # By trial, so that a resumed search draws as an unbroken one would.
        study.sampler = optuna.samplers.TPESampler(seed=config.seed + done, multivariate=True)
        study.optimize(lambda trial: _trial(trial, config, folder, knobs, report), n_trials=1)
    best = study.best_trial
    finished = len(_finished(study))
    report(f"best of {finished}: trial {best.number}, validation accuracy {best.value:.4f}")
    chosen = Run(_run_folder(folder, best.number)).config
    chosen.save(folder / "best.json")
    draw_plots(study, folder)
    return chosen


def _keep_base(config: Config, path: Path) -> None:
    """One study, one configuration: figures of different ones do not compare."""
    if path.is_file() and (others := load(path).differences(config)):
        raise UsageError(
            f"{path.parent}: its study varies another configuration ({', '.join(others)}); "
            f"see {path.name}"
        )
    config.save(path)


def _keep_search(search: dict[str, Any], path: Path) -> None:
    """One study, one search; one of an earlier release, which did not say, goes on as it is told.

    Trials of other settings do not compare, nor those that another pruner would have stopped.
    """
    if path.is_file():
        stored = document.read(path)
        for name in document.differences(stored, search):
            raise UsageError(
                f"{path.parent}: its study has --{name} {_listed(stored.get(name))}, not "
                f"{_listed(search.get(name))}; name another folder, or remove it"
            )
    document.write(path, search)


def _keep_cells(run: Run, path: Path) -> None:
    """One study, the same cells: accuracies on different ones do not compare."""
    now = {name: split.sha256 for name, split in run.splits.items()}
    if path.is_file() and (changed := sorted(document.differences(document.read(path), now))):
        raise UsageError(
            f"{path.parent}: the cells of {', '.join(changed)} are others than when its study "
            "began; name another folder, or remove it"
        )
    document.write(path, now)


def _listed(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _take_up(study: optuna.Study, report: Report) -> None:
    """What a kill left running has failed, and its settings are tried again first."""
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
        report(f"trial {trial.number} was interrupted; it is done again")


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _trial(
    trial: Trial, config: Config, folder: Path, knobs: Sequence[str], report: Report
) -> float:
    """Validation accuracy of the epoch that a run with the settings that the trial draws keeps."""
    reached = 0.0

    def watch(row: dict[str, float]) -> None:
        nonlocal reached
        now = row["val_accuracy"]
        reached = now if config.keep == "last" else max(reached, now)
        trial.report(reached, int(row["epoch"]))
        if trial.should_prune():
            raise optuna.TrialPruned

    drawn = space.draw(trial, config, knobs)
    settings = ", ".join(f"{name} {_short(value)}" for name, value in trial.params.items())
    report(f"trial {trial.number}: {settings}")
    run = begin(drawn, _empty(_run_folder(folder, trial.number)))
    _keep_cells(run, folder / "cells.json")
    try:
        learn(run, report=lambda _: None, watch=watch)
    except optuna.TrialPruned:
        report(f"trial {trial.number}: pruned at {reached:.4f}")
        raise
    finally:
        run.checkpoint_file.unlink(missing_ok=True)
    report(f"trial {trial.number}: {reached:.4f}")
    return reached


def _run_folder(folder: Path, number: int) -> Path:
    return folder / "trials" / f"{number:04d}"


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
