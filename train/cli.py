"""The command line of `python -m train`: which commands there are."""

from __future__ import annotations

import typer

from train.commands import audit, fit, split
from wbc_edge.errors import run_command

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("audit")(audit.command)
app.command("split")(split.command)
app.command("fit")(fit.command)


@app.callback()
def _commands() -> None:
    """Train networks on folders of labelled cells."""


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)
