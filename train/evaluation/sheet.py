"""The misclassified cells as small pictures for a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from train.evaluation.figures import Mistake
from train.sources.sample import Sample
from wbc_edge.webpage import thumbnail

MOST = 30
SIDE = 160
"""Longer side of a picture on the sheet, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One misclassified cell: its picture as a data URI, its name, and what went wrong."""

    uri: str
    key: str
    mistake: Mistake


def pictures(mistakes: Sequence[Mistake], samples: Sequence[Sample]) -> list[Picture]:
    """The first mistakes, whole pictures as the source holds them.

    Args:
        mistakes: wrong answers, whose `index` counts `samples`.
        samples: the cells.
    """
    return [
        Picture(
            uri=thumbnail.uri(Image.fromarray(samples[mistake.index].pixels()), SIDE),
            key=samples[mistake.index].key,
            mistake=mistake,
        )
        for mistake in mistakes[:MOST]
    ]
