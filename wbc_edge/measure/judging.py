"""What the contenders answer to the labelled images, and how good that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wbc_edge.errors import UsageError
from wbc_edge.measure import accuracy, compare
from wbc_edge.measure.contenders import Contender
from wbc_edge.measure.dataset import Dataset
from wbc_edge.measure.evaluate import Answers, answer

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One contender's accuracy, its comparison with the reference, and the class of each image."""

    accuracy: accuracy.Accuracy
    comparison: compare.Comparison | None
    predicted: tuple[int, ...]


def step(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    """The progress of one part of the work, told under the name of `what` is done."""
    if progress is None:
        return None
    return lambda done, total: progress(what, done, total)


def collect(
    contenders: Sequence[Contender],
    dataset: Dataset,
    *,
    workers: int | None,
    progress: Progress | None,
) -> dict[Contender, Answers]:
    """The answers of each model in each runtime; threads and batches do not change them.

    Raises:
        UsageError: models of other classes, or not one readable image.
    """
    labels = contenders[0].bundle.card.labels
    answers: dict[Contender, Answers] = {}
    answered = set()
    for contender in contenders:
        own = contender.bundle.card.labels
        if set(own) != set(labels):
            raise UsageError(
                f"{contender.model} has other classes than {contenders[0].model}: "
                f"{', '.join(own)} beside {', '.join(labels)}"
            )
        if (contender.model, contender.runtime) in answered:
            continue
        answered.add((contender.model, contender.runtime))
        answers[contender] = answer(
            contender.open(),
            dataset,
            labels,
            workers=workers,
            progress=step(progress, f"classifying with {contender.name}"),
        )
    if not answers[contenders[0]].truth:
        raise UsageError(f"none of the {len(dataset.items)} files in {dataset.folder} can be read")
    return answers


def judge(
    answers: dict[Contender, Answers], *, base: Contender, compared: bool, max_drop: float
) -> dict[str, Judged]:
    """Each contender's figures by its name; with `compared` beside those of the base."""
    judged = {}
    labels = base.bundle.card.labels
    for contender, given in answers.items():
        score = accuracy.measure(
            given.probabilities,
            given.truth,
            labels,
            threshold=contender.bundle.card.threshold,
            refused=given.refused,
            again=None if contender.bundle.card.second_look is None else given.again,
        )
        comparison = None
        if compared and contender is not base:
            comparison = compare.compare(
                given.probabilities,
                answers[base].probabilities,
                given.truth,
                labels,
                paths=given.paths,
                max_drop=max_drop,
            )
        judged[contender.name] = Judged(
            accuracy=score,
            comparison=comparison,
            predicted=tuple(given.probabilities.argmax(axis=1).tolist()),
        )
    return judged
