"""Is this machine able to answer, and does it answer as the model did where it was made?

Golden answers travel with the package: pictures, and for each shipped model the probabilities that
it gave them at export, at the first look, in `models/golden/golden.json`:

    {"schema": 1, "tolerance": 0.05,
     "models": {"edge": {"sha256": "...", "probabilities": {"basophil.png": [0.98, ...]}}}}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import __version__, bundle
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError, UsageError, WbcEdgeError
from wbc_edge.runtimes import RuntimeStatus, available, tuned
from wbc_edge.text import columns

if TYPE_CHECKING:
    from wbc_edge.measure.device import Device

GOLDEN_DIRECTORY = bundle.SHIPPED_DIRECTORY / "golden"

GOLDEN_NAME = "golden.json"
"""Name of the file with the answers, beside the pictures."""

GOLDEN_SCHEMA = 1
"""What that file says of its form; another number is not read."""

TOLERANCE = 0.05
"""Largest difference of a probability that passes. Processors and runtimes differ by one or two
steps of int8 in the logits, which was seen to move a probability by up to 0.04; a wrong kernel,
picture decoder or byte order moves it by far more."""


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """How a model answered the golden pictures: `worst` is the largest difference of a probability.

    `problem` says what is wrong where it did not pass.
    """

    model: str
    runtime: str | None
    images: int
    worst: float | None
    tolerance: float
    passed: bool
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The machine, its runtimes, and the self-test of the model asked for.

    `tuning` says what the runtime "auto" was tuned to, `warnings` what of that is out of date.
    """

    version: str
    device: Device
    runtimes: tuple[RuntimeStatus, ...]
    tuning: tuple[str, ...]
    warnings: tuple[str, ...]
    self_test: SelfTest

    @property
    def healthy(self) -> bool:
        """Whether pictures will be answered rightly here."""
        return self.self_test.passed

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "healthy": self.healthy}

    def to_text(self) -> str:
        """For people."""
        device = self.device
        rows = [
            ("wbc-edge", self.version),
            ("python", device.python),
            ("system", device.system),
            ("processor", device.short),
            ("features", " ".join(device.features) or "unknown"),
            *((f"{name}", version) for name, version in sorted(device.packages.items())),
        ]
        runtimes = [("runtime", "version", "state")]
        for status in self.runtimes:
            state = "usable" if status.usable else str(status.reason)
            runtimes.append((status.name, status.version or "-", state))
        told = [*self.tuning, *(f"warning: {warning}" for warning in self.warnings)]
        parts = (columns(rows), columns(runtimes), "\n".join(told), _verdict(self.self_test))
        return "\n\n".join(part for part in parts if part)


def diagnose(model: str = bundle.DEFAULT, *, runtime: str = "auto") -> Diagnosis:
    """Look at the machine and run the self-test. What is wrong is in the result, not raised."""
    from wbc_edge.measure import device

    tuning, warning = tuned.state()
    return Diagnosis(
        version=__version__,
        device=device.describe(),
        runtimes=tuple(available()),
        tuning=tuning,
        warnings=() if warning is None else (warning,),
        self_test=self_test(model, runtime=runtime),
    )


def self_test(
    model: str = bundle.DEFAULT, *, runtime: str = "auto", directory: Path = GOLDEN_DIRECTORY
) -> SelfTest:
    """Give the golden pictures to a shipped model and hold its answers against the stored ones.

    It passes where every class is the stored one and no probability differs by more than the
    tolerance. What goes wrong is in the result, not raised; a runtime that does not read the
    model's format is no such thing, but a UsageError.
    """
    name, worst, images, tolerance = None, None, 0, TOLERANCE
    try:
        stored = _stored(directory, model)
        tolerance = stored.tolerance
        classifier = Classifier(model, runtime=runtime, threshold=0)
        name = f"{classifier.session.runtime} {classifier.session.version}"
        if classifier.bundle.sha256 != stored.sha256:
            raise ModelError("the golden answers are another file's", code="hash_mismatch")
        worst, changed = _compare(classifier, stored.probabilities, directory)
        images = len(stored.probabilities)
        problem = None
        if changed:
            problem = f"other classes than at export: {', '.join(changed)}"
        elif worst > tolerance:
            problem = f"a probability is off by {worst:.4f}, more than {tolerance:g}"
    except UsageError:
        raise
    except WbcEdgeError as error:
        problem = str(error)
    return SelfTest(
        model=model,
        runtime=name,
        images=images,
        worst=worst,
        tolerance=tolerance,
        passed=problem is None,
        problem=problem,
    )


@dataclass(frozen=True, kw_only=True)
class _Golden:
    """What is stored of a model: its file's SHA-256, and what it answered to each picture."""

    tolerance: float
    sha256: str
    probabilities: dict[str, list[float]]


def _stored(directory: Path, model: str) -> _Golden:
    content = _read(directory)
    try:
        models = {**content["models"]}  # a TypeError for what is no table
        if model not in models:
            known = ", ".join(models)
            raise UsageError(
                f"{model} is none of the shipped models ({known}), whose answers alone are known; "
                "`wbc-edge info` looks into any file"
            )
        stored = models[model]
        return _Golden(
            tolerance=float(content["tolerance"]),
            sha256=str(stored["sha256"]),
            probabilities={
                name: [float(value) for value in values]
                for name, values in stored["probabilities"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(directory, repr(error)) from error


def _damaged(directory: Path, why: str) -> ModelError:
    sentence = f"the golden answers in {directory} are damaged ({why}); install anew"
    return ModelError(sentence, code="golden_missing")


def _read(directory: Path) -> dict[str, Any]:
    path = directory / GOLDEN_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the golden answers cannot be read: {error}", code="golden_missing"
        ) from error
    if not isinstance(content, dict) or content.get("schema") != GOLDEN_SCHEMA:
        raise ModelError(f"{path} is of a schema that is not known", code="golden_missing")
    return content


def _compare(
    classifier: Classifier, stored: dict[str, list[float]], directory: Path
) -> tuple[float, list[str]]:
    """The largest difference of a probability, and the pictures whose class is another one."""
    worst, changed = 0.0, []
    for name, expected in stored.items():
        actual = one_look(classifier, directory / name)
        if len(actual) != len(expected):
            raise _damaged(directory, f"{name} has {len(expected)} probabilities")
        worst = max(worst, *(abs(a - b) for a, b in zip(actual, expected, strict=True)))
        if actual.index(max(actual)) != expected.index(max(expected)):
            changed.append(name)
    return worst, changed


def one_look(classifier: Classifier, path: Path) -> list[float]:
    """The probabilities of a picture; of a second look a step of int8 might decide."""
    _, pixels = classifier.prepared(path)
    probabilities: list[float] = classifier.predict(pixels[np.newaxis])[0].tolist()
    return probabilities


def _verdict(test: SelfTest) -> str:
    if test.passed:
        return (
            f"self-test passed: {test.model} on {test.runtime} answers {test.images} golden images"
            f" as at export (largest difference {test.worst:.4f}, allowed {test.tolerance:g})"
        )
    return f"self-test FAILED: {test.model}: {test.problem}"
