"""`python -m bench`: the studies, one command each."""

from __future__ import annotations

import typer

from bench import budget, feed, instrument, speed
from bench.matrix import study as matrix
from bench.peers import study as peers
from train.console import TYPER, run_command

app = typer.Typer(no_args_is_help=True, **TYPER)
app.command(name="instrument")(instrument.command)
app.command(name="matrix")(matrix.command)
app.command(name="peers")(peers.command)
app.command(name="speed")(speed.command)
app.command(name="budget")(budget.command)
app.command(name="feed")(feed.command)


@app.callback()
def studies() -> None:
    """Studies of wbc-edge, run from a checkout. Close other programs first."""


def main() -> None:
    """Run a study; errors of the package end with their exit code and one line."""
    run_command(app)


if __name__ == "__main__":
    main()
