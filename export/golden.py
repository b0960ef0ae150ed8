"""Golden answers, that `wbc-edge doctor` tests itself against: written where models are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from train import document
from wbc_edge.classifier import Classifier
from wbc_edge.doctor import GOLDEN_NAME, GOLDEN_SCHEMA, TOLERANCE, one_look


def write(models: Mapping[str, str | Path], pictures: Mapping[str, bytes], directory: Path) -> Path:
    """Writes pictures and the answers of the models to them, as `wbc_edge.doctor` reads them.

    The answers are those of the first runtime that starts, whatever the machine is tuned to.

    Args:
        models: shipped names -> their files.
        pictures: file names -> encoded pictures.
        directory: for both, made if need be.

    Returns:
        The JSON file.

    Raises:
        ModelError, RuntimeUnavailable: a model cannot be opened.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, encoded in pictures.items():
        (directory / name).write_bytes(encoded)
    answers = {}
    for name, path in models.items():
        classifier = Classifier.untuned(path, threshold=0)
        answers[name] = {
            "sha256": classifier.bundle.sha256,
            "probabilities": {
                picture: [round(value, 6) for value in one_look(classifier, directory / picture)]
                for picture in sorted(pictures)
            },
        }
    path = directory / GOLDEN_NAME
    document.write(path, {"schema": GOLDEN_SCHEMA, "tolerance": TOLERANCE, "models": answers})
    return path
