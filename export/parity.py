"""An exported file beside its Keras parent, on the validation and the test cells of the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from export import confidence
from train.evaluation.bootstrap import Bootstrap
from train.evaluation.figures import calibration_by_chance
from train.sources import catalogue
from train.training import predict
from wbc_edge import looks
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.logits import energy, softmax
from wbc_edge.measure.accuracy import Accuracy, measure
from wbc_edge.measure.compare import Comparison, compare
from wbc_edge.measure.intervals import Estimate, group_index, proportion
from wbc_edge.runtimes import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras
    from numpy.typing import NDArray

    from export.confidence import Doubt
    from train.run import Run
    from train.sources.sample import Sample
    from wbc_edge.card import SecondLook

    Predictor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a network says of N views.

    Attributes:
        first: calibrated probabilities (N, classes) at the first look.
        final: the same, second looks included.
        again: (N,) which were looked at again.
        unlike: (N,) which are taken for no cell.
    """

    first: NDArray[np.float64]
    final: NDArray[np.float64]
    again: NDArray[np.bool_]
    unlike: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one network, in one form, is to answer: chosen by validation cells alone.

    Attributes:
        temperature: divisor of the logits.
        threshold: confidence under which to abstain, from the `judge`'s cells.
        counted: how many of these the threshold is chosen by.
        outlier: energy under which a picture is taken for no cell, from all sources' cells and the
            run's pictures without one; None where the run has none.
        second_look: which cells are looked at again, from the `judge`'s cells.
        rehearsal: what it says of the `judge`'s cells.
    """

    temperature: float
    threshold: float
    counted: int
    outlier: float | None
    second_look: SecondLook | None
    rehearsal: Answers


@dataclass(frozen=True, kw_only=True)
class Verified(Settings):
    """The same network on the test cells of a run, which nothing is chosen by.

    Attributes:
        answers: source -> what it says of its test cells, the `judge`'s first.
        accuracy: source -> figures on its test cells, second looks included.
        refused: source -> share of its test cells that is taken for no cell.
        one_look: source -> top-1 on its test cells at the first look.
        chance: source -> calibration error that its cells would show on the average if confidences
            were right.
        abstained: share of the test pictures without a cell that gets no answer.
        negatives: how many these are.
    """

    answers: dict[str, Answers]
    accuracy: dict[str, Accuracy]
    refused: dict[str, Estimate]
    one_look: dict[str, Estimate]
    chance: dict[str, float]
    abstained: Estimate | None
    negatives: int

    def top1(self) -> str:
        """Top-1 on the test cells of each source with its interval, in a line."""
        return ", ".join(
            f"{source} {figures.top1.value:.4f} [{figures.top1.low:.4f}, {figures.top1.high:.4f}]"
            for source, figures in self.accuracy.items()
        )


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A file beside its Keras parent on the same cells, in pairs.

    Attributes:
        first: at the first look: what quantising has done to the network.
        final: as either answers, second looks included: what whoever uses it gets; None where
            neither looks again.
    """

    first: Comparison
    final: Comparison | None

    @property
    def answered(self) -> Comparison:
        """Of what is answered in the end."""
        return self.final or self.first


def judge(run: Run) -> str:
    """The source whose cells choose and decide: the first that has validation and test cells.

    Raises:
        UsageError: none has both.
    """
    for source in run.config.sources:
        if all(_cells(run, source.name, part) for part in ("val", "test")):
            return source.name
    raise UsageError(
        f"{run.folder}: no source has both validation and test cells to check a file by"
    )


def verify_keras(model: keras.Model, run: Run, doubt: Doubt) -> Verified:
    """The Keras network on the run's cells."""
    return _verify(lambda views: predict(model, views), run, doubt)


def verify_file(path: Path, run: Run, doubt: Doubt) -> Verified:
    """A model file on the run's cells, in the first installed runtime that reads it.

    Raises:
        ModelError: no runtime can open the file, or what it answers is not finite.
    """
    return _verify(_predictor(path), run, doubt)


def rehearse(path: Path, reference: Verified, run: Run, doubt: Doubt, max_drop: float) -> Beside:
    """A file beside Keras on the `judge`'s validation cells; no test cell is touched.

    Which of several files to take is decided here, so that the test cells judge a choice that they
    had no part in.

    Raises:
        ModelError: as `verify_file`.
    """
    chosen = _settings(_predictor(path), run, _sources(run), doubt)
    return _beside(chosen.rehearsal, reference.rehearsal, run, judge(run), "val", max_drop)


def beside(
    candidate: Verified, reference: Verified, run: Run, max_drop: float
) -> dict[str, Beside]:
    """Source -> paired comparisons on its test cells."""
    return {
        source: _beside(answers, reference.answers[source], run, source, "test", max_drop)
        for source, answers in candidate.answers.items()
    }


def _beside(
    candidate: Answers, reference: Answers, run: Run, source: str, part: str, max_drop: float
) -> Beside:
    cells = _cells(run, source, part)
    truth, paths = [cell.label for cell in cells], [cell.key for cell in cells]
    groups = run.groups(source, part)

    def compared(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> Comparison:
        return compare(
            mine,
            theirs,
            truth,
            run.config.labels,
            paths=paths,
            groups=groups,
            max_drop=max_drop,
        )

    return Beside(
        first=compared(candidate.first, reference.first),
        final=compared(candidate.final, reference.final)
        if candidate.again.any() or reference.again.any()
        else None,
    )


def _predictor(path: Path) -> Predictor:
    session = open_session(path)

    def logits(views: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = np.concatenate([session.run(views[i : i + 1]) for i in range(len(views))])
        if not np.isfinite(found).all():
            raise ModelError(
                f"{path.name}: its output is not a finite number", code="output_not_finite"
            )
        return found

    return logits


def _cells(run: Run, source: str, part: str) -> tuple[Sample, ...]:
    return run.splits[source].parts[part]


def disputed(run: Run) -> NDArray[np.bool_]:
    """(N,) which of the `judge`'s validation cells are known to be called by a wrong class."""
    source = judge(run)
    cells = _cells(run, source, "val")
    return np.array([catalogue.is_disputed(cell, source) for cell in cells], dtype=bool)


def _verify(logits: Predictor, run: Run, doubt: Doubt) -> Verified:
    sources = _sources(run)
    return _judged(logits, run, sources, _settings(logits, run, sources, doubt))


def _sources(run: Run) -> list[str]:
    """The run's sources, the `judge` first."""
    first = judge(run)
    return [first, *(s.name for s in run.config.sources if s.name != first)]


def _answers(
    logits: Predictor,
    views: NDArray[np.uint8],
    output: NDArray[np.float32],
    *,
    temperature: float,
    outlier: float | None,
    second: SecondLook | None,
) -> Answers:
    """As the device answers, where `output` has the logits of the first look."""
    probabilities = softmax(output, temperature)
    unlike = np.zeros(len(output), bool) if outlier is None else energy(output) < outlier
    final, again = looks.look_again(
        views, probabilities, unlike, second, lambda more: softmax(logits(more), temperature)
    )
    return Answers(first=probabilities, final=final, again=again, unlike=unlike)


def _settings(logits: Predictor, run: Run, sources: Sequence[str], doubt: Doubt) -> Settings:
    parts = [run.part(name, "val") for name in sources if _cells(run, name, "val")]
    held = [logits(views) for views, _ in parts]
    # Calibration, cost and risk are promised for cells like the first source's, by which the gates
    # judge too: those of other laboratories are answered with other certainty, each with its own.
    (views, targets), output = parts[0], held[0]
    undisputed = ~disputed(run)
    # Rounded as the card will hold it, so that what is measured is what is shipped.
    temperature = round(confidence.temperature(output[undisputed], targets[undisputed]), 4)
    outlier, cells = None, output
    if (strange := run.negatives("val")) is not None:
        energies = list(map(energy, held))
        outlier = round(confidence.outlier(energies, energy(logits(strange))), 4)
        cells = output[energies[0] >= outlier]
    second = confidence.second_look(
        softmax(cells, temperature), turns=_turns(run, doubt), scales=doubt.scales, cost=doubt.cost
    )
    answers = _answers(
        logits, views, output, temperature=temperature, outlier=outlier, second=second
    )
    # What is refused is not answered at any threshold.
    counted = undisputed & ~answers.unlike
    return Settings(
        temperature=temperature,
        # Not rounded: a cell might come to lie on the other side of it.
        threshold=confidence.threshold(answers.final[counted], targets[counted], risk=doubt.risk),
        counted=int(counted.sum()),
        outlier=outlier,
        second_look=second,
        rehearsal=answers,
    )


def _judged(logits: Predictor, run: Run, sources: Sequence[str], chosen: Settings) -> Verified:
    def answers(views: NDArray[np.uint8]) -> Answers:
        return _answers(
            logits,
            views,
            logits(views),
            temperature=chosen.temperature,
            outlier=chosen.outlier,
            second=chosen.second_look,
        )

    said, accuracy, refused, one_look, chance = {}, {}, {}, {}, {}
    for name in sources:
        cells = _cells(run, name, "test")
        if not cells:
            continue
        views, targets = run.part(name, "test")
        found = answers(views)
        groups = run.groups(name, "test")
        index = group_index(len(cells), groups)
        said[name] = found
        by_chance = calibration_by_chance(found.final.max(axis=1), Bootstrap(groups))
        chance[name] = float(by_chance.mean())
        one_look[name] = proportion(found.first.argmax(axis=1) == targets, index)
        if chosen.outlier is not None:
            refused[name] = proportion(found.unlike, index)
        accuracy[name] = measure(
            found.final,
            [cell.label for cell in cells],
            run.config.labels,
            threshold=chosen.threshold,
            refused=None if chosen.outlier is None else found.unlike,
            again=None if chosen.second_look is None else found.again,
            groups=groups,
        )
    abstained, negatives = None, 0
    strange = run.negatives("test")
    if strange is not None and chosen.outlier is not None:
        found, negatives = answers(strange), len(strange)
        index = group_index(negatives, run.negatives_groups("test"))
        doubtful = found.final.max(axis=1) < chosen.threshold
        abstained = proportion(found.unlike | doubtful, index)
    return Verified(
        **vars(chosen),
        answers=said,
        accuracy=accuracy,
        refused=refused,
        one_look=one_look,
        chance=chance,
        abstained=abstained,
        negatives=negatives,
    )


def _turns(run: Run, doubt: Doubt) -> int:
    """The looks at a doubtful cell: one where a quarter turn of its view would not fit."""
    spec = run.config.input
    return doubt.turns if spec.height == spec.width else 1
