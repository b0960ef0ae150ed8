"""Asks models for the same cells under every condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from tqdm import tqdm

from train.console import Report
from train.evaluation.cells import Cells
from train.sources.sample import Sample
from train.study.conditions.changes import CONDITIONS, Condition
from train.study.pairs import paired
from wbc_edge import wording
from wbc_edge.classifier import Classifier, Prediction
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate, group_index


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one model made of the cells under one condition; every class has as many cells.

    Attributes:
        model: its name or path, as it was given.
        condition: name of the condition.
        top1, change, answered, wrong: as `train.study.pairs.Paired` has them; with classes of one
            size `top1` is the macro recall, and the first way are the cells as they are.
        recalls: class by class.
    """

    model: str
    condition: str
    top1: Estimate
    change: Estimate | None
    answered: float
    wrong: float | None
    recalls: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The cells that are asked for, and what each was made from: cells that share it count as one.

    Both have one entry per cell, as many cells of every class.
    """

    samples: tuple[Sample, ...]
    groups: tuple[str, ...]


def choose(parts: Sequence[Cells], count: int, *, seed: int = 0) -> Asked:
    """So many cells of every class of all parts together, drawn at random.

    Raises:
        UsageError: a class has fewer.
    """
    generator = np.random.default_rng(seed)
    every = [
        (sample, f"{part.source}/{group}")
        for part in parts
        for sample, group in zip(part.samples, part.groups, strict=True)
    ]
    chosen: list[tuple[Sample, str]] = []
    for label in sorted({sample.label for sample, _ in every}):
        members = [item for item in every if item[0].label == label]
        if len(members) < count:
            raise UsageError(
                f"--cells {count}: there are {len(members)} cells of {label} in the part "
                f"'{parts[0].part}'; ask for fewer, or for --part all of cells that the model has "
                "not learnt from"
            )
        drawn = generator.choice(len(members), count, replace=False)
        chosen += [members[number] for number in sorted(drawn)]
    samples, groups = zip(*chosen, strict=True)
    return Asked(samples=samples, groups=groups)


def perform(
    models: Sequence[str],
    asked: Asked,
    *,
    conditions: Sequence[Condition] = CONDITIONS,
    report: Report = print,
) -> list[Answered]:
    """The answers of every model under every condition, the first of which is the comparison's.

    Args:
        models: files or names of shipped models.
        asked: the cells.
        conditions: the first is that of the cells as they are.
        report: receives one line per model and condition.

    Raises:
        ModelError, RuntimeUnavailable: a model that cannot be used here.
        UsageError: a model lacks one of the cells' classes.
        InputError: a cell's file cannot be read.
    """
    classifiers = {model: Classifier.untuned(model) for model in models}
    samples = asked.samples
    labels = sorted({sample.label for sample in samples})
    index = group_index(len(samples), asked.groups)
    for model, classifier in classifiers.items():
        strange = [label for label in labels if label not in classifier.labels]
        if strange:
            raise UsageError(f"{model}: has no class '{strange[0]}', of which there are cells")
    said: dict[tuple[str, str], list[Prediction]] = {
        (condition.name, model): [] for condition in conditions for model in models
    }
    # Cell by cell, so that each is read once and changed once, for all models.
    for sample in tqdm(samples, desc="asking", unit="cell", disable=None):
        picture = Image.fromarray(sample.pixels())
        for condition in conditions:
            changed = condition.change(picture)
            for model, classifier in classifiers.items():
                said[condition.name, model].append(classifier.classify(changed))
    truth = np.array([sample.label for sample in samples])
    found = []
    as_it_is: dict[str, np.ndarray] = {}
    for (name, model), answers in said.items():
        right = np.array([answer.label for answer in answers]) == truth
        told = np.array([not answer.abstained for answer in answers])
        first = as_it_is.setdefault(model, right)
        found.append(
            Answered(
                model=model,
                condition=name,
                **paired(right, told, None if first is right else first, index)._asdict(),
                recalls={label: float(right[truth == label].mean()) for label in labels},
            )
        )
        report(f"{name}, {model}: {wording.percent(right.mean(), 1)}")
    return found
