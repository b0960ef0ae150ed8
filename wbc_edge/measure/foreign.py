"""A card for a model from elsewhere, from what its user says of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wbc_edge import image
from wbc_edge.card import Card, Framing, InputSpec, OutputSpec
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.logits import are_probabilities
from wbc_edge.measure import images

if TYPE_CHECKING:
    from wbc_edge.runtimes import Session

LARGEST_LABELS = 1 << 20


def describe(
    labels: str | None,
    size: str | None,
    *,
    mean: str | None = None,
    std: str | None = None,
    output: str = "logits",
) -> Card | None:
    """The card that these options amount to; None where none of them is given.

    Args:
        labels: "a,b,c", or a text file with a class a line or that, in the order of the output.
        size: "WIDTHxHEIGHT", "WIDTHxHEIGHT:METHOD" or "WIDTHxHEIGHT:METHOD:SCALE", where METHOD and
            SCALE are those of `card.Framing`: "224x224:centre:0.875".
        mean, std: one number or three; the network takes (pixel - mean) / std of pixels 0 to 255.
        output: "logits" or "probabilities".

    Raises:
        UsageError: an option that cannot be read, or labels without a size or the reverse.
    """
    if labels is None and size is None:
        if mean is None and std is None and output == "logits":
            return None
        raise UsageError(
            "--mean, --std and --answers describe a model without a card: give --labels, --input"
        )
    if labels is None or size is None:
        raise UsageError("a model without a card needs both --labels and --input")
    width, height, framing = _size(size)
    try:
        return Card(
            name="given",
            labels=_labels(labels),
            input=InputSpec(
                height=height,
                width=width,
                framing=framing,
                mean=_three("--mean", "0" if mean is None else mean),
                std=_three("--std", "1" if std is None else std),
            ),
            output=OutputSpec(kind="probabilities" if output == "probabilities" else "logits"),
        )
    except ModelError as error:
        raise UsageError(str(error).removeprefix("model card: ")) from error


def _labels(text: str) -> tuple[str, ...]:
    path = Path(text)
    try:
        if "," in text or not path.is_file():
            return _split(text.split(","), f"--labels {text}")
        with path.open(encoding="utf-8-sig") as file:
            lines = file.read(LARGEST_LABELS).split("\n")
            told = [line for line in lines if line.strip()]
            return _split(told[0].split(",") if len(told) == 1 else told, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--labels: {path} cannot be read: {error}") from error


def _split(names: Sequence[str], where: str) -> tuple[str, ...]:
    labels = tuple(name.strip() for name in names if name.strip())
    if len(labels) < 2:
        raise UsageError(f"{where}: neither a file of names nor two with a comma between them")
    return labels


def _size(text: str) -> tuple[int, int, Framing]:
    size, _, rest = text.partition(":")
    method, _, scale = rest.partition(":")
    try:
        width, height = (int(part) for part in size.lower().split("x"))
        share = float(scale or 1)
    except ValueError:
        raise UsageError(
            f"--input {text} is not WIDTHxHEIGHT[:METHOD[:SCALE]], such as 224x224:centre:0.875"
        ) from None
    if method not in ("", "centre", "cell"):
        raise UsageError(f"--input {text}: a picture is framed by centre or cell, not {method}")
    try:
        return width, height, Framing(method="cell" if method == "cell" else "centre", scale=share)
    except ModelError as error:
        raise UsageError(f"--input {text}: {error}") from error


def _three(option: str, text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3):
        raise UsageError(f"{option} {text} is neither one number nor three, such as 127.5")
    return numbers * 3 if len(numbers) == 1 else numbers


def check_output(path: Path, card: Card, session: Session) -> None:
    """Hold what is said of a model's answers against those to a few drawn cells.

    Probabilities that pass for logits still name the same classes, with confidences that mean
    nothing; of a single one, which a sigmoid gives, they name another class. Raises UsageError.
    """
    cells = [image.load(data).picture for data in images.drawn()]
    pixels = np.stack([image.prepare(picture, card.input) for picture in cells])
    output = session.run(pixels)
    if not np.isfinite(output).all():
        return  # which the classifier tells
    shares = are_probabilities(output)
    if card.output.kind == "logits" and shares:
        raise UsageError(f"{path} answers with probabilities: say --answers probabilities")
    if card.output.kind == "probabilities" and not shares:
        raise UsageError(f"{path} does not answer with probabilities: leave out --answers")
