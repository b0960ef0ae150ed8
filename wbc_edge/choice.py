"""Which classes an answer chooses among: those of a differential count, by name or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from wbc_edge.card import Card


PRESETS = {"five-part": ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")}
"""Choices that are made again and again: what a card gets of them, by its classes."""


def presets_of(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Those of `PRESETS` whose classes are all among these."""
    return {name: classes for name, classes in PRESETS.items() if set(classes) <= set(labels)}


def choose(card: Card, names: str | Sequence[str]) -> list[int]:
    """The columns of the output, in its order, that names of classes and of presets stand for.

    `names` may be one text with commas or line ends between them, and quotes about a name that
    holds some.
    Raises UsageError where a name is neither, or where there are not two classes to choose among.
    """
    chosen: set[str] = set()
    for name in _split(names) if isinstance(names, str) else names:
        if name in card.presets:
            chosen.update(card.presets[name])
        elif name in card.labels:
            chosen.add(name)
        else:
            raise UsageError(f"there is no class or preset {name!r}; {known(card)}")
    if len(chosen) < 2:
        raise UsageError(f"a choice needs two classes or more; {known(card)}")
    return [column for column, label in enumerate(card.labels) if label in chosen]


def _split(text: str) -> list[str]:
    import csv  # for those alone who choose

    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    except csv.Error as error:
        raise UsageError(f"the classes to choose among cannot be read: {error}") from None
    return [name.strip() for row in rows for name in row] or [""]


def known(card: Card) -> str:
    """The classes and presets of a model, as part of a sentence."""
    text = f"{card.name} knows {', '.join(card.labels)}"
    return f"{text}, and the presets {', '.join(card.presets)}" if card.presets else text
