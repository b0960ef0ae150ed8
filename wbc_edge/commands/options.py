"""Options that several commands have."""

from contextlib import nullcontext
from typing import Annotated, Any, Literal

import typer

from wbc_edge.cores import MOST_THREADS

_RUNTIMES = Literal["auto", "litert", "tflite-runtime", "tensorflow", "onnxruntime", "openvino"]

Model = Annotated[
    str, typer.Option("--model", "-m", help="A shipped model's name, or a model file.")
]
Runtime = Annotated[_RUNTIMES, typer.Option(help="The inference runtime.")]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_THREADS, help="Threads of one inference.  [default: 1, or as tuned]"
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Abstain below this confidence.  [default: the card's]"),
]
Gallery = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A page (.html) of the cells by class, to check by eye."),
]
MaxBytes = Annotated[int, typer.Option(min=1, help="Largest file read.")]
MaxPixels = Annotated[int, typer.Option(min=1, help="Largest image read.")]
JSON = Annotated[bool, typer.Option("--json", help="As JSON.")]


def pictured(path: str | None, classifier: Any) -> Any:
    """What takes rows for the page of --gallery; without one, nothing, and nothing is imported."""
    if path is None:
        return nullcontext(lambda _: None)
    from wbc_edge import gallery

    return gallery.pictured(path, classifier.labels, classifier.card)
