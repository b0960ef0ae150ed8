"""`wbc-edge doctor`: whether all is well here, and what is fastest."""

import sys
from typing import Annotated

import typer

from wbc_edge.commands import console, options
from wbc_edge.errors import ModelError, UsageError


def doctor(
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="A shipped model's name.")
    ] = "edge",
    runtime: options.Runtime = "auto",
    tune: Annotated[
        bool,
        typer.Option(
            "--tune", help="Find and keep the fastest runtime for auto; try a model's other files."
        ),
    ] = False,
    json: options.JSON = False,
) -> None:
    """Check this machine and the model.

    Tells runtimes, versions and processor. The self-test gives stored images to the model and holds
    its answers against those it gave where it was made. The exit code is 4 where it does not pass.
    """
    from wbc_edge.doctor import diagnose

    console.require_output()
    if tune and runtime != "auto":
        raise UsageError("--tune tries every runtime: leave out --runtime")
    if tune:
        from wbc_edge.measure.tune import tune as measure
        from wbc_edge.progress import stepped

        with stepped() as progress:
            tuned = measure(model, progress=progress)
        # With --json the one object on standard output is the diagnosis, which tells the choice.
        print(tuned.to_text(), end="\n\n", file=sys.stderr if json else None)
    found = diagnose(model, runtime=runtime)
    console.show(console.as_json(found.to_dict()) if json else found.to_text())
    if not found.healthy:
        raise typer.Exit(ModelError.exit_code)
