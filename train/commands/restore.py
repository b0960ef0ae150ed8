"""`python -m train restore`: a run folder out of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from train.commands.settings import configured, report


def command(
    model: Annotated[
        str,
        typer.Argument(help="Float TFLite file, or a shipped model such as edge-float16."),
    ],
    config: Annotated[
        Path, typer.Option(help="Recipe of the run that it came from, as train/shipped has them.")
    ],
    out: Annotated[Path, typer.Option(help="Run folder to make.")],
) -> None:
    """Make the run folder again that a model file came out of, and test its network.

    Its cells have to lie where the recipe says, in the parts that they had.

    Example: python -m train restore edge-float16 --config train/shipped/edge.toml --out runs/edge
    """
    settings = configured(config, (), {"start": model})
    from train.restore import restore

    restore(model, settings, out, report=report)
    typer.echo(out)
