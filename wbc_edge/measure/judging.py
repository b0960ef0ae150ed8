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
    """One contender's accuracy, its comparison with the reference, and the class of each image.

    `looks` is the mean number of looks behind an answer.
    """

    accuracy: accuracy.Accuracy
    comparison: compare.Comparison | None
    predicted: tuple[int, ...]
    looks: float


def step(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    """The progress of one part of the work, told under the name of `what` is done."""
    if progress is None:
        return None
    return lambda done, total: progress(what, done, total)


def check_classes(contenders: Sequence[Contender]) -> None:
    """Raises UsageError where the models do not tell the same classes apart."""
    first = contenders[0]
    for contender in contenders[1:]:
        labels, own = first.bundle.card.labels, contender.bundle.card.labels
        if set(own) != set(labels):
            raise UsageError(
                f"{contender.model} has other classes than {first.model}: "
                f"{', '.join(own)} beside {', '.join(labels)}"
            )


def collect(
    contenders: Sequence[Contender],
    dataset: Dataset,
    *,
    workers: int | None,
    progress: Progress | None,
) -> dict[Contender, Answers]:
    """The answers of each model in each runtime; threads and batches do not change them.

    Raises:
        UsageError: not one readable image, or one that only some could read, as where a file has
            gone meanwhile: figures that are compared have to be of the same images.
    """
    first = contenders[0]
    labels = first.bundle.card.labels
    answers: dict[Contender, Answers] = {}
    answered = set()
    for contender in contenders:
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
    for contender, given in answers.items():
        if odd := sorted({*given.paths} ^ {*answers[first].paths}):
            raise UsageError(
                f"{contender.name} and {first.name} did not read the same images: one of them had "
                f"no answer for {odd[0]}"
            )
    if not answers[first].truth:
        raise UsageError(f"none of the {len(dataset.items)} files in {dataset.folder} can be read")
    return answers


def judge(
    answers: dict[Contender, Answers],
    *,
    base: Contender,
    compared: bool,
    groups: Sequence[str] | None,
    max_drop: float,
) -> dict[str, Judged]:
    """Each contender's figures by its name; with `compared` beside those of the base.

    `groups` tells what each answered image belongs to (`measure.groups`).
    """
    judged = {}
    labels = base.bundle.card.labels
    for contender, given in answers.items():
        score = accuracy.measure(
            given.probabilities,
            given.truth,
            labels,
            threshold=contender.bundle.card.threshold,
            refused=given.refused,
            again=None if contender.bundle.card.second_look is None else given.looks > 1,
            groups=groups,
        )
        comparison = None
        if compared and contender is not base:
            comparison = compare.compare(
                given.probabilities,
                answers[base].probabilities,
                given.truth,
                labels,
                paths=given.paths,
                groups=groups,
                max_drop=max_drop,
            )
        judged[contender.name] = Judged(
            accuracy=score,
            comparison=comparison,
            predicted=tuple(given.probabilities.argmax(axis=1).tolist()),
            looks=float(given.looks.mean()),
        )
    return judged
