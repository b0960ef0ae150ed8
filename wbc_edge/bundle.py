"""One model file and its card, found, verified and matched against each other."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import card as cards
from wbc_edge import container
from wbc_edge.errors import ModelError
from wbc_edge.logits import are_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wbc_edge.card import Card
    from wbc_edge.runtimes import Session

DEFAULT = "edge"
"""Name of the shipped model that is used where none is named."""

LARGEST = 1 << 30
"""Bytes of a model file that is still read."""

SHIPPED_DIRECTORY = Path(__file__).parent / "models"

INDEX = "index.json"
"""Name of the file in a folder of shipped models that lists them."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A model that is ready to be opened: its file, card, SHA-256 (hex) and size in bytes."""

    path: Path
    card: Card
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One model that comes with the package, as `models/index.json` lists it."""

    name: str
    path: Path
    sha256: str
    size: int


def shipped() -> tuple[Shipped, ...]:
    """The models that come with the package, the default first.

    Raises ModelError (index_invalid) where the package's own list is missing or damaged.
    """
    index = SHIPPED_DIRECTORY / INDEX
    try:
        content = json.loads(index.read_text(encoding="utf-8"))
        models = [
            Shipped(
                name=entry["name"],
                path=SHIPPED_DIRECTORY / entry["file"],
                sha256=entry["sha256"],
                size=entry["bytes"],
            )
            for entry in content["models"]
        ]
        return tuple(sorted(models, key=lambda model: model.name != DEFAULT))
    except FileNotFoundError:
        raise ModelError(
            f"there are no shipped models: {index} is missing", code="index_invalid"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{index} is damaged: {error!r}", code="index_invalid") from error


def locate(name_or_path: str | Path) -> tuple[Path, str]:
    """The file of a shipped model's name or of a path, and its SHA-256; a shipped one is verified.

    Raises ModelError: model_not_found, model_unreadable, hash_mismatch, index_invalid.
    """
    if not str(name_or_path):
        raise ModelError("an empty name names no model", code="model_not_found")
    named = _find_shipped(name_or_path)
    path = named.path if named else Path(name_or_path)
    try:
        there = path.is_file()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{path} cannot be read: {reason}", code="model_unreadable") from error
    if not there:
        raise ModelError(_not_found(name_or_path, path), code="model_not_found")
    try:
        if path.stat().st_size > LARGEST:
            raise ModelError(
                f"{path} is larger than any model for a small machine ({LARGEST:,} bytes)",
                code="unsupported_model",
            )
        digest = _sha256(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read: {error.strerror}", code="model_unreadable"
        ) from error
    if named and digest != named.sha256:
        raise ModelError(
            f"{path} is not the file that was shipped (SHA-256 {digest[:12]}..., should be"
            f" {named.sha256[:12]}...); install wbc-edge again",
            code="hash_mismatch",
        )
    return path, digest


def open_bundle(name_or_path: str | Path = DEFAULT, *, card: Card | None = None) -> Bundle:
    """A shipped model by name, or a model file by path, with its card.

    `card` stands in for a file's own, for models from elsewhere that carry none. Raises
    ModelError as `locate`, `wbc_edge.container.check_alone` and `wbc_edge.card.read` do.
    """
    path, digest = locate(name_or_path)
    container.check_alone(path)
    return Bundle(path=path, card=card or cards.read(path), sha256=digest, size=path.stat().st_size)


def check(bundle: Bundle, session: Session) -> None:
    """Hold the card against the opened model. Raises ModelError (shape_mismatch)."""
    card = bundle.card
    expected = (card.input.height, card.input.width)
    actual = session.input.sides
    if any(
        size is not None and size != wanted for size, wanted in zip(actual, expected, strict=True)
    ):
        raise ModelError(
            f"{bundle.path}: the card says {expected[0]} x {expected[1]} pixels,"
            f" the model takes {actual[0]} x {actual[1]}",
            code="shape_mismatch",
        )
    classes = 1
    for size in session.output.shape[1:]:
        classes *= 1 if size is None else size
    if classes != len(card.labels) and (classes, len(card.labels)) != (1, 2):
        raise ModelError(
            f"{bundle.path}: {len(card.labels)} classes have names,"
            f" the model answers with {classes}",
            code="shape_mismatch",
        )


def check_answer(bundle: Bundle, output: NDArray[Any]) -> None:
    """Hold (N, classes) answers of the opened model against its card.

    Raises ModelError where the network overflowed (output_not_finite), or does not answer with the
    probabilities that the card promises (output_not_probabilities).
    """
    # The sum of float32 values, as float64, is finite if each of them is.
    if not isfinite(output.sum(dtype=np.float64)):
        raise ModelError(
            f"{bundle.path}: the network's output is not a finite number",
            code="output_not_finite",
        )
    if bundle.card.output.kind == "probabilities" and not are_probabilities(output):
        raise ModelError(
            f"{bundle.path}: the card says probabilities, the model answers with other numbers",
            code="output_not_probabilities",
        )


def _sha256(content: bytes) -> str:
    """By the interpreter's own code: `hashlib` loads OpenSSL first, 4 MB of memory and 3 ms."""
    for name in ("_sha2", "_sha256"):  # from Python 3.12 on, and before
        try:
            return str(import_module(name).sha256(content).hexdigest())
        except ImportError:
            continue
    from hashlib import sha256

    return sha256(content).hexdigest()


def _find_shipped(name: str | Path) -> Shipped | None:
    # A path to a file needs no list; only a bare word can be a shipped name. It comes before a file
    # that lies here by chance, which `./edge` names.
    if isinstance(name, Path) or Path(name).suffix or Path(name).name != name:
        return None
    try:
        return next((model for model in shipped() if model.name == name), None)
    except ModelError:
        if os.path.isfile(name):  # noqa: PTH113 - False, where Path's raises, for what is no name
            return None
        raise


def _not_found(name: str | Path, path: Path) -> str:
    if path.exists():
        return f"{path} is not a file"
    try:
        names = ", ".join(model.name for model in shipped())
    except ModelError:
        return f"there is no model file {name}"
    if path.name in names.split(", ") and str(name) != path.name:
        return f"there is no model file {name}; the shipped model is named {path.name}"
    return f"there is no model file {name}, nor a shipped model of that name ({names})"
