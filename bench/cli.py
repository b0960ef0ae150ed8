"""The command line of `python -m bench`: which studies there are."""

from __future__ import annotations

import typer

from bench import budget, feed, instrument, speed
from bench.matrix import study as matrix
from bench.peers import study as peers
from train.console import TYPER, run_command

app = typer.Typer(no_args_is_help=True, **TYPER)
app.command("instrument")(instrument.command)
app.command("matrix")(matrix.command)
app.command("peers")(peers.command)
app.command("speed")(speed.command)
app.command("budget")(budget.command)
app.command("feed")(feed.command)


@app.callback()
def _studies() -> None:
    """Studies of wbc-edge, run from a checkout. Close other programs first."""


def main() -> None:
    """Run a study; errors of the package end with their exit code and one line."""
    run_command(app)
