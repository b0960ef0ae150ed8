"""What can be searched: one line per setting, with its range and its place in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from train import document
from train.augment import AMOUNTS
from train.config import Config, from_table
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

Knob = Callable[["BaseTrial", Config], dict[str, Any]]
"""Draws a value and says what it changes in the table of the configuration."""


def _setting(name: str, draw: Callable[[BaseTrial], Any]) -> Knob:
    return lambda trial, _: document.nested(name, draw(trial))


def _unfreeze(trial: BaseTrial, _: Config) -> dict[str, Any]:
    """Share of the backbone's layers that learn, from the head down."""
    share = trial.suggest_float("unfreeze", 0.0, 1.0)
    return {"freeze": f"first:{1 - share:.3f}"}


def _augmentation(trial: BaseTrial, config: Config) -> dict[str, Any]:
    """All strengths at once: 0 for none, 1 as configured."""
    factor = trial.suggest_float("augmentation", 0.0, 2.0)
    strengths = {name: factor * value for name, value in asdict(config.augmentation).items()}
    # The share of views that are left alone is no strength.
    strengths["plain"] = config.augmentation.plain
    # A zoom is a factor itself: none is 1.
    strengths["scale"] = config.augmentation.scale**factor
    for name, value in strengths.items():
        strengths[name] = value if name in AMOUNTS else min(value, 1.0)
    return {"augmentation": strengths}


KNOBS: Mapping[str, Knob] = {
    "learning_rate": _setting(
        "learning_rate", lambda trial: trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True)
    ),
    "batch_size": _setting(
        "batch_size", lambda trial: trial.suggest_categorical("batch_size", (16, 32, 64, 128))
    ),
    "unfreeze": _unfreeze,
    "dropout": _setting("options.dropout", lambda trial: trial.suggest_float("dropout", 0.0, 0.6)),
    "weight_decay": _setting(
        "weight_decay", lambda trial: trial.suggest_float("weight_decay", 1e-4, 0.3, log=True)
    ),
    "augmentation": _augmentation,
    "label_smoothing": _setting(
        "label_smoothing", lambda trial: trial.suggest_float("label_smoothing", 0.0, 0.2)
    ),
    "balance": _setting("balance", lambda trial: trial.suggest_float("balance", 0.0, 1.0)),
    "mixup": _setting("mixing.mixup", lambda trial: trial.suggest_float("mixup", 0.0, 0.4)),
    "warm_up": _setting("warm_up", lambda trial: trial.suggest_float("warm_up", 0.0, 2.0)),
    "optimizer": _setting(
        "optimizer.name",
        lambda trial: trial.suggest_categorical("optimizer", ("adamw", "adam", "sgd")),
    ),
}

DEFAULT = ("learning_rate", "batch_size", "unfreeze", "dropout", "weight_decay", "augmentation")


def check(knobs: Iterable[str]) -> None:
    """Makes sure that there are such knobs.

    Raises:
        UsageError: one is unknown.
    """
    for name in knobs:
        if name not in KNOBS:
            raise UsageError(f"nothing to search under '{name}'; there are {', '.join(KNOBS)}")


def draw(trial: BaseTrial, config: Config, knobs: Iterable[str]) -> Config:
    """The configuration with the settings that a trial draws for these knobs, all of `KNOBS`."""
    table = config.table()
    for name in knobs:
        table = document.merge(table, KNOBS[name](trial, config))
    return from_table(table)
