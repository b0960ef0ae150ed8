"""Attributes of single cells, such as the nucleus's shape, learnt beside their classes.

What tells a band from a metamyelocyte, or granules from none, is then asked for by itself and not
only where it decides a class: Caruana, "Multitask learning", Machine Learning 28, 1997. Their
logits are made of the features that those of the classes are made of, while the network is trained;
the one that is kept is without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from train.sources import attributes
from train.sources.attributes import Attributes
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.run import Run
    from train.sources.sample import Sample


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What the attributes of some cells can be.

    Attributes:
        known: file -> attribute -> value, besides the sub-types that cells have of their own.
        values: attribute -> the values that it takes, in the order of their logits.
    """

    known: Attributes
    values: Mapping[str, Sequence[str]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of every attribute."""
        return tuple(len(values) for values in self.values.values())

    def targets(self, samples: Sequence[Sample]) -> NDArray[np.uint8]:
        """Shape (N, sum of sizes): 1 where a cell has a value; zeros where none is known of it."""
        columns = {
            (name, value): number
            for number, (name, value) in enumerate(
                (name, value) for name, values in self.values.items() for value in values
            )
        }
        targets = np.zeros((len(samples), len(columns)), np.uint8)
        for row, sample in enumerate(samples):
            found = attributes.of(sample, self.known).items()
            targets[row, [columns[pair] for pair in found if pair in columns]] = 1
        return targets


def vocabulary(run: Run) -> Vocabulary | None:
    """What the attributes of a run's training cells can be; None where it learns none.

    Raises:
        UsageError: their table cannot be read or names none of the cells, or no attribute has two
            values.
    """
    how = run.config.attributes
    if not how.weight:
        return None
    samples = [sample for split in run.splits.values() for sample in split.parts["train"]]
    known = _known(how.path, samples)
    found: dict[str, set[str]] = {}
    for sample in samples:
        for name, value in attributes.of(sample, known).items():
            found.setdefault(name, set()).add(value)
    values = {name: sorted(found[name]) for name in sorted(found) if len(found[name]) > 1}
    if not values:
        raise UsageError("no attribute has two values among the training cells: none can be learnt")
    return Vocabulary(known=known, values=values)


def widened(network: keras.Model, count: int) -> keras.Model:
    """A network that gives `count` logits of attributes after those of the classes.

    It shares its layers with the one that it is made of, and is trained in its place.

    Raises:
        UsageError: the network does not end in a layer on pooled features.
    """
    last = network.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        raise UsageError(
            f"the network '{network.name}' has no pooled features to tell attributes by"
        )
    beside = keras.layers.Dense(count, name="attributes")(last.input)
    both = keras.layers.Concatenate(name="classes_and_attributes")([network.output, beside])
    return keras.Model(network.input, both, name=network.name)


def _known(path: str | None, samples: Iterable[Sample]) -> Attributes:
    if path is None:
        return {}
    known = attributes.read(Path(path))
    attributes.check(known, samples, Path(path))
    return known
