"""Attributes of single cells, such as the nucleus's shape, learnt beside their classes.

What tells a band from a metamyelocyte, or granules from none, is then asked for by itself and not
only where it decides a class: Caruana, "Multitask learning", Machine Learning 28, 1997. Their
logits are made of what those of the classes are made of, while the network is trained; the one that
is kept is without them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from train import document
from train.config import Attributes
from train.sources import attributes
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.run import Run
    from train.sources.sample import Sample

FEWEST_CELLS = 2
"""Training cells to a value, on average: with fewer it is a name or a measure, no attribute."""


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """The attributes that a run learns, and what they are of its training cells.

    Attributes:
        values: attribute -> the values that it takes, in the order of their logits.
        targets: source -> (N, number of all values): 1 where a cell has a value; zeros where
            nothing is known of it.
    """

    values: Mapping[str, Sequence[str]]
    targets: Mapping[str, NDArray[np.uint8]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of every attribute."""
        return tuple(len(values) for values in self.values.values())

    def __str__(self) -> str:
        named = (f"{name} ({len(values)} values)" for name, values in self.values.items())
        return f"learnt beside the classes: {', '.join(named)}"


def gather(run: Run) -> Learnt:
    """What a run learns besides its classes, if anything.

    The first time, it is put down in the run's folder.

    Raises:
        UsageError: the source or an attribute that is named is not there; the table cannot be
            read, names none of the cells or is not said to be of one of several sources; no
            attribute has two values, or one has nearly as many as cells; what is known of the cells
            is not what was put down.
    """
    how = run.config.attributes
    parts = {name: split.parts["train"] for name, split in run.splits.items()}
    if not how.weight:
        nothing = {name: np.zeros((len(cells), 0), np.uint8) for name, cells in parts.items()}
        return Learnt(values={}, targets=nothing)
    told = _told(how, parts)
    values = _values(how, [each for cells in told.values() for each in cells])
    targets = {name: _targets(cells, values) for name, cells in told.items()}
    learnt = Learnt(values=values, targets=targets)
    _put_down(run, learnt)
    return learnt


def widened(network: keras.Model, count: int) -> keras.Model:
    """A network that gives `count` logits of attributes after those of the classes.

    It shares its layers with the one that it is made of, and is trained in its place.

    Raises:
        UsageError: the network does not end in a dense layer.
    """
    last = network.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        raise UsageError(
            f"the network '{network.name}' ends in no dense layer: it has nothing to "
            "tell attributes by"
        )
    beside = keras.layers.Dense(count, dtype="float32", name="attributes")(last.input)
    both = keras.layers.Concatenate(dtype="float32", name="classes_and_attributes")(
        [network.output, beside]
    )
    return keras.Model(network.input, both, name=network.name)


def _told(
    how: Attributes, parts: Mapping[str, Sequence[Sample]]
) -> dict[str, list[Mapping[str, str]]]:
    """Source -> what is known of each of its cells."""
    if how.source is not None and how.source not in parts:
        raise UsageError(
            f"attributes.source: there is no source '{how.source}'; there are {', '.join(parts)}"
        )
    described = {name: cells for name, cells in parts.items() if how.source in (None, name)}
    known: attributes.Attributes = {}
    if how.path is not None:
        if len(described) > 1:
            raise UsageError(f"{how.path}: say which source it describes, by attributes.source")
        path = Path(how.path)
        known = attributes.read(path)
        attributes.check(known, [cell for cells in described.values() for cell in cells], path)
    return {
        name: [attributes.of(cell, known) if name in described else {} for cell in cells]
        for name, cells in parts.items()
    }


def _values(how: Attributes, cells: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Attribute -> its values among the cells, of those that are asked for and have two."""
    found: dict[str, list[str]] = {}
    for cell in cells:
        for name, value in cell.items():
            found.setdefault(name, []).append(value)
    for name in how.names:
        if name not in found:
            raise UsageError(
                f"attributes.names: nothing is known of '{name}'; there are {', '.join(found)}"
            )
    values: dict[str, list[str]] = {}
    for name in sorted(how.names or found):
        each = sorted(set(found[name]))
        if len(each) * FEWEST_CELLS > len(found[name]):
            raise UsageError(
                f"'{name}' takes {len(each)} values on {len(found[name])} training cells, too many "
                "to be learnt; name those that are to be, by attributes.names"
            )
        if len(each) > 1:
            values[name] = each
    if not values:
        raise UsageError("no attribute has two values among the training cells: none can be learnt")
    return values


def _targets(
    cells: Sequence[Mapping[str, str]], values: Mapping[str, Sequence[str]]
) -> NDArray[np.uint8]:
    pairs = [(name, value) for name, several in values.items() for value in several]
    columns = {pair: number for number, pair in enumerate(pairs)}
    targets = np.zeros((len(cells), len(columns)), np.uint8)
    for row, cell in enumerate(cells):
        targets[row, [columns[pair] for pair in cell.items() if pair in columns]] = 1
    return targets


def _put_down(run: Run, learnt: Learnt) -> None:
    digest = hashlib.sha256()
    for targets in learnt.targets.values():
        digest.update(targets.tobytes())
    stands = {
        "values": {name: list(values) for name, values in learnt.values.items()},
        "targets_sha256": digest.hexdigest(),
    }
    if not run.attributes_file.is_file():
        document.write(run.attributes_file, stands)
    elif document.read(run.attributes_file) != stands:
        raise UsageError(
            f"{run.folder}: the attributes of its cells have changed since it began; train anew"
        )
