"""`wbc-edge info`: what a model file is."""

from typing import Annotated

import typer

from wbc_edge.commands import console, options
from wbc_edge.errors import ModelError


def info(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A shipped model's name, or any model file.")
    ],
    runtime: options.Runtime = "auto",
    json: options.JSON = False,
) -> None:
    """Say what a model file is.

    Its card, inputs, outputs, quantisation and size; for any TFLite or ONNX file. The exit code is
    4 where the file is damaged or its card does not fit it.
    """
    from wbc_edge.inspection import inspect

    console.require_output()
    found = inspect(model, runtime=runtime)
    console.show(console.as_json(found.to_dict()) if json else found.to_text())
    if not found.sound:
        raise typer.Exit(ModelError.exit_code)
