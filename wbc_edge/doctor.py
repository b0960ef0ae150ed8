"""Is this machine able to answer, and does it answer as the model did where it was made?

Golden answers travel with the package: pictures, and for each shipped model the probabilities that
it gave them at export, at the first look, in `models/golden/golden.json`:

    {"schema": 1, "tolerance": 0.05,
     "models": {"edge": {"sha256": "...", "probabilities": {"basophil.png": [0.98, ...]}}}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wbc_edge import __version__, bundle
from wbc_edge.classifier import Classifier
from wbc_edge.errors import ModelError, UsageError, WbcEdgeError
from wbc_edge.output import columns
from wbc_edge.runtimes import RuntimeStatus, available, tuned

if TYPE_CHECKING:
    from wbc_edge.measure.device import Device

GOLDEN_DIRECTORY = bundle.SHIPPED_DIRECTORY / "golden"

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
        golden = _read(directory)
        tolerance = float(golden["tolerance"])
        if model not in golden["models"]:
            known = ", ".join(golden["models"])
            raise ModelError(
                f"there are no golden answers for {model}, but for {known}", code="golden_missing"
            )
        stored = golden["models"][model]
        classifier = Classifier(model, runtime=runtime, threshold=0)
        name = f"{classifier.session.runtime} {classifier.session.version}"
        if classifier.bundle.sha256 != stored["sha256"]:
            raise ModelError("the golden answers are another file's", code="hash_mismatch")
        worst, changed = _compare(classifier, stored["probabilities"], directory)
        images = len(stored["probabilities"])
        problem = None
        if changed:
            problem = f"other classes than at export: {', '.join(changed)}"
        elif worst > tolerance:
            problem = f"a probability is off by {worst:.4f}, more than {tolerance:g}"
    except UsageError:
        raise
    except WbcEdgeError as error:
        problem = str(error)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"the golden answers in {directory} are damaged ({error!r}); install anew"
    return SelfTest(
        model=model,
        runtime=name,
        images=images,
        worst=worst,
        tolerance=tolerance,
        passed=problem is None,
        problem=problem,
    )


def write_golden(
    models: Mapping[str, str | Path],
    pictures: Mapping[str, bytes],
    *,
    directory: Path = GOLDEN_DIRECTORY,
) -> Path:
    """Write the golden pictures and the answers of the models to them; returns the JSON file.

    `models` maps shipped names to their files, `pictures` file names to encoded pictures. Run where
    the models are made, in the first installed runtime whatever the machine is tuned to; raises
    what `Classifier` raises.
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
                picture: [
                    round(value, 6) for value in _probabilities(classifier, directory / picture)
                ]
                for picture in sorted(pictures)
            },
        }
    path = directory / "golden.json"
    content = {"schema": 1, "tolerance": TOLERANCE, "models": answers}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _read(directory: Path) -> dict[str, Any]:
    path = directory / "golden.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the golden answers cannot be read: {error}", code="golden_missing"
        ) from error
    if content.get("schema") != 1:
        raise ModelError(f"{path} is of a schema that is not known", code="golden_missing")
    return dict(content)


def _compare(
    classifier: Classifier, stored: dict[str, list[float]], directory: Path
) -> tuple[float, list[str]]:
    """The largest difference of a probability, and the pictures whose class is another one."""
    worst, changed = 0.0, []
    for name, expected in stored.items():
        actual = _probabilities(classifier, directory / name)
        worst = max(worst, *(abs(a - b) for a, b in zip(actual, expected, strict=True)))
        if actual.index(max(actual)) != expected.index(max(expected)):
            changed.append(name)
    return worst, changed


def _probabilities(classifier: Classifier, path: Path) -> list[float]:
    # Of one look: a step of int8 more or less may decide about a second.
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
