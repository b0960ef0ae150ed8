"""Asks models for the same cells under every condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from train.evaluation.cells import Cells
from train.sources.sample import Sample
from train.study.conditions.changes import CONDITIONS, Condition
from wbc_edge.classifier import Classifier
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate, paired_score, wilson


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one model made of the cells under one condition; every class has as many cells.

    Attributes:
        model: its name or path, as it was given.
        condition: name of the condition.
        top1: share named rightly, answered or not: with classes of one size, the macro recall.
        change: of `top1` from the cells as they are, in pairs; None for those themselves.
        answered: share that the model did not abstain from.
        wrong: share of errors among these; None where none was answered.
        recalls: class by class.
    """

    model: str
    condition: str
    top1: Estimate
    change: Estimate | None
    answered: float
    wrong: float | None
    recalls: dict[str, float]


def choose(cells: Cells, count: int, *, seed: int = 0) -> tuple[Sample, ...]:
    """So many cells of every class, drawn at random, in the order of their keys.

    Raises:
        UsageError: a class has fewer.
    """
    generator = np.random.default_rng(seed)
    chosen: list[Sample] = []
    for label in sorted(set(cells.truth)):
        members = [sample for sample in cells.samples if sample.label == label]
        if len(members) < count:
            raise UsageError(
                f"{cells.path}: {len(members)} cells of {label} in its part '{cells.part}', fewer "
                f"than --cells {count}"
            )
        drawn = generator.choice(len(members), count, replace=False)
        chosen += [members[number] for number in sorted(drawn)]
    return tuple(chosen)


def perform(
    models: Sequence[str],
    samples: Sequence[Sample],
    *,
    conditions: Sequence[Condition] = CONDITIONS,
    report: Callable[[str], None] = print,
) -> list[Answered]:
    """The answers of every model under every condition, the first of which is the comparison's.

    Args:
        models: files or names of shipped models.
        samples: as many cells of every class.
        conditions: the first is that of the cells as they are.
        report: receives one line per model and condition.

    Raises:
        ModelError, RuntimeUnavailable: a model that cannot be used here.
        UsageError: a model lacks one of the cells' classes.
        InputError: a cell's file cannot be read.
    """
    classifiers = {model: Classifier(model) for model in models}
    labels = sorted({sample.label for sample in samples})
    for model, classifier in classifiers.items():
        strange = [label for label in labels if label not in classifier.labels]
        if strange:
            raise UsageError(f"{model}: has no class '{strange[0]}', of which there are cells")
    truth = np.array([sample.label for sample in samples])
    found = []
    as_it_is: dict[str, np.ndarray] = {}
    for condition in conditions:
        for model, classifier in classifiers.items():
            named, told = _answers(classifier, samples, condition)
            right = named == truth
            first = as_it_is.setdefault(model, right)
            wrong = float((told & ~right).sum() / told.sum()) if told.any() else None
            found.append(
                Answered(
                    model=model,
                    condition=condition.name,
                    top1=wilson(int(right.sum()), len(right)),
                    change=None
                    if first is right
                    else paired_score(
                        int((right & ~first).sum()), int((first & ~right).sum()), len(right)
                    ),
                    answered=float(told.mean()),
                    wrong=wrong,
                    recalls={label: float(right[truth == label].mean()) for label in labels},
                )
            )
            report(f"{condition.name}, {model}: {100 * right.mean():.1f} %")
    return found


def _answers(
    classifier: Classifier, samples: Sequence[Sample], condition: Condition
) -> tuple[np.ndarray, np.ndarray]:
    """Names, and whether they count as answers, of the cells under a condition."""

    def pictures() -> Iterator[Image.Image]:
        for sample in samples:
            yield condition.change(Image.fromarray(sample.pixels()))

    names, told = [], []
    for row in classifier.classify_many(pictures()):
        if row.prediction is None:
            assert row.error is not None
            raise row.error
        names.append(row.prediction.label)
        told.append(not row.prediction.abstained)
    return np.array(names), np.array(told)
