"""Puts exported files into the package: `python -m export.ship edge=out/edge-int8.tflite ...`.

Copies the files to `wbc_edge/models`, writes the index that the device verifies them by, and the
golden answers that `wbc-edge doctor` tests itself against. One of them has to be called as the
model that the device takes by default.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from export import golden
from train import document
from train.console import TYPER, run_command
from wbc_edge import bundle, doctor, synthetic
from wbc_edge.classifier import Classifier
from wbc_edge.errors import UsageError

LIMIT = 12_000_000
"""Bytes that the shipped models may have together: they travel in every wheel."""

GOLDEN_SIDE = 180
"""Side of the golden pictures in pixels: half the samples' size keeps the wheel small."""


def ship(models: dict[str, Path], directory: Path = bundle.SHIPPED_DIRECTORY) -> Path:
    """Replaces the shipped models by the given ones, name -> file; returns the index.

    Raises:
        ModelError, RuntimeUnavailable: a file cannot be opened here as a model with its card.
        UsageError: the files are too large together, two have one name, or none is the default.
    """
    if bundle.DEFAULT not in models:
        raise UsageError(f"none is called '{bundle.DEFAULT}', which the device takes by default")
    # All are opened before any that is there goes.
    for path in models.values():
        Classifier.untuned(path)
    if len({path.name for path in models.values()}) < len(models):
        raise UsageError("two of the files have one name; they would lie in one place")
    total = sum(path.stat().st_size for path in models.values())
    if total > LIMIT:
        raise UsageError(f"the models have {total:,} bytes together, more than {LIMIT:,}")
    directory.mkdir(parents=True, exist_ok=True)
    shipped = {name: directory / path.name for name, path in models.items()}
    for name, path in models.items():
        if path.resolve() != shipped[name].resolve():
            shutil.copyfile(path, shipped[name])
    index = directory / bundle.INDEX
    document.write(index, {"models": [_entry(*item) for item in shipped.items()]})
    for old in {*directory.glob("*.tflite"), *directory.glob("*.onnx")} - set(shipped.values()):
        old.unlink()
    golden.write(shipped, _golden_pictures(), directory / doctor.GOLDEN_DIRECTORY.name)
    return index


def _entry(name: str, path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {
        "name": name,
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


def _golden_pictures() -> dict[str, bytes]:
    pictures = {}
    for label in synthetic.LABELS:
        buffer = io.BytesIO()
        cell = synthetic.draw(label, size=GOLDEN_SIDE)
        Image.fromarray(cell).save(buffer, "PNG", optimize=True)
        pictures[f"{label}.png"] = buffer.getvalue()
    return pictures


app = typer.Typer(**TYPER)


@app.command()
def ship_named(
    models: Annotated[list[str], typer.Argument(metavar="NAME=FILE...", help="'edge' among them.")],
) -> None:
    """Put exported model files into the package, in place of all that were there."""
    named = {}
    for text in models:
        name, separator, path = text.partition("=")
        if not (name and separator) or not Path(path).is_file():
            raise UsageError(f"{text}: expected NAME=FILE with a file that is there")
        if name in named:
            raise UsageError(f"{text}: there is another file called '{name}'")
        named[name] = Path(path)
    typer.echo(ship(named))


def main() -> None:
    """Runs the command line; an expected error is one line on standard error and an exit code."""
    run_command(app)


if __name__ == "__main__":
    main()
