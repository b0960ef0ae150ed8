"""The command line of `python -m train`: which commands there are."""

from __future__ import annotations

import typer

from train.commands import (
    audit,
    average,
    compare,
    evaluate,
    fit,
    negatives,
    restore,
    split,
    study,
    tune,
)
from train.console import TYPER, run_command

app = typer.Typer(no_args_is_help=True, **TYPER)
app.command("audit")(audit.command)
app.command("split")(split.command)
app.command("negatives")(negatives.command)
app.command("fit")(fit.command)
app.command("average")(average.command)
app.command("restore")(restore.command)
app.command("tune")(tune.command)
app.add_typer(study.app, name="study")
app.command("evaluate")(evaluate.command)
app.command("compare")(compare.command)


@app.callback()
def _commands() -> None:
    """Train networks on folders of labelled cells."""


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
