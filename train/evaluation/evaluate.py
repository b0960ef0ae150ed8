"""One subject on the cells of some sources: figures for each source, doubts, training curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from train.evaluation.cells import Cells, check_labels, take, take_recorded
from train.evaluation.doubts import doubts
from train.evaluation.figures import Figures, figures
from train.evaluation.slices import Slice, slices
from train.evaluation.subject import Identity, KerasSubject, Subject
from train.sources import Source
from train.sources.attributes import Attributes
from wbc_edge import __version__
from wbc_edge.errors import UsageError

SCHEMA = 1
"""Of the JSON documents; raised when a key changes its meaning, not when one is added."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The cells of one source, what the subject made of them, and of those with an attribute."""

    cells: Cells
    figures: Figures
    slices: tuple[Slice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All that is said of one subject.

    Attributes:
        version: of this project.
        created: when, as ISO 8601 in UTC.
        identity: the subject.
        classes: the classes that the answer was restricted to; empty for all.
        parts: source by source.
        doubts: sentences on cells that the subject may know.
        history: a row of figures per epoch of its training, where it is known.
        kept: the epoch whose network is judged, where it is known.
    """

    version: str
    created: str
    identity: Identity
    classes: tuple[str, ...]
    parts: tuple[Part, ...]
    doubts: tuple[str, ...]
    history: tuple[Mapping[str, float], ...]
    kept: int | None = None


def gather(
    subject: Subject,
    sources: Sequence[Source],
    *,
    part: str = "test",
    classes: Sequence[str] = (),
    seed: int = 0,
) -> tuple[Cells, ...]:
    """The cells to judge by: of the sources, or of a run's own where none is given.

    Raises:
        UsageError: see `take`, `take_recorded` and `check_labels`; or nothing to judge by.
    """
    check_labels((), subject.identity.labels, classes)
    if sources:
        cells = take(sources, part=part, classes=classes, seed=seed)
    elif isinstance(subject, KerasSubject):
        cells = take_recorded(subject.run, part=part, classes=classes)
    else:
        raise UsageError(f"no cells to judge '{subject.identity.name}' by: give --data PATH")
    check_labels(cells, subject.identity.labels, classes)
    return cells


def evaluate(
    subject: Subject,
    cells: Sequence[Cells],
    *,
    classes: Sequence[str] = (),
    known: Attributes | None = None,
    seed: int = 0,
) -> Evaluation:
    """Judge a subject source by source.

    Args:
        subject: what is judged.
        cells: what it is judged by, all of labels that it knows.
        classes: classes to restrict the answer to, the probabilities renormalised over them.
        known: attributes of single cells, to be judged by besides their sub-types.
        seed: of the bootstrap.

    Raises:
        InputError: a cell's file cannot be read.
    """
    identity = subject.identity
    labels = tuple(classes) or identity.labels
    parts = []
    for part in cells:
        answers = subject.answers(part.samples, labels)
        found = figures(
            answers.probabilities,
            part.truth,
            labels,
            threshold=identity.threshold,
            refused=answers.refused,
            groups=part.groups,
            seed=seed,
        )
        parts.append(Part(cells=part, figures=found, slices=slices(found, part, known or {})))
    return Evaluation(
        version=__version__,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        identity=identity,
        classes=tuple(classes),
        parts=tuple(parts),
        doubts=doubts(cells, identity.name, subject.knowledge),
        history=tuple(subject.history),
        kept=subject.kept,
    )
