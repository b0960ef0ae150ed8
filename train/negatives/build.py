"""A folder of pictures without a white cell, parted as the cells they come from are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from train.negatives import drawn, photographed
from train.sources import Source, fields
from train.split import PARTS, Split, split
from wbc_edge.errors import UsageError

SIDE = 192
"""Side of a drawn picture, and the longest of a stored one, in pixels."""

SHARES = {"train": 1.0, "val": 0.15, "test": 0.15}
"""Pictures of each kind in a part, in parts of those for training."""


def build(sources: Sequence[Source], out: Path, *, count: int = 400, seed: int = 0) -> int:
    """Writes `out/PART/KIND/*.webp` and returns the number of pictures.

    Pictures cut from a photograph stand in the part of its cells, so that nothing of a test cell's
    picture is trained on.

    Args:
        sources: single cells and fields with boxes to cut from; may be empty.
        out: a folder that does not exist yet.
        count: training pictures of each kind.
        seed: of draws and of the sources' split.

    Raises:
        UsageError: `out` exists; a source holds no cell.
        InputError: a photograph cannot be read.
    """
    if out.exists():
        raise UsageError(f"{out}: exists already; name a new folder")
    splits = {source: split(source.read(), seed=seed) for source in sources}
    written = 0
    for part in PARTS:
        kinds = _photographed(splits, part, seed) | _drawn(part, seed)
        wanted = max(1, round(count * SHARES[part]))
        for kind, pictures in tqdm(kinds.items(), desc=part, unit="kind", disable=None):
            folder = out / part / kind
            folder.mkdir(parents=True)
            for number, (origin, rgb) in enumerate(islice(pictures, wanted)):
                picture = Image.fromarray(rgb)
                picture.thumbnail((SIDE, SIDE))
                picture.save(folder / f"{origin}-{number}.webp", quality=92)
                written += 1
    return written


def _photographed(
    splits: dict[Source, Split], part: str, seed: int
) -> dict[str, Iterator[tuple[str, np.ndarray]]]:
    kinds: dict[str, Iterator[tuple[str, np.ndarray]]] = {}
    for source, parted in splits.items():
        rng = np.random.default_rng((seed, PARTS.index(part), len(kinds)))
        cells = list(parted.parts[part])
        rng.shuffle(cells)
        kinds[f"{source.name}-defocused"] = photographed.defocused(cells, rng)
        if source.reader in fields.READERS:
            part_of = {s.group: name for name in PARTS for s in parted.parts[name]}
            # A field without a labelled cell belongs to no part: it may be learnt from.
            there = [
                field
                for field in fields.READERS[source.reader](source.path)
                if part_of.get(field.group, "train") == part
            ]
            rng.shuffle(there)
            kinds[f"{source.name}-fields"] = photographed.between_cells(there, rng)
        else:
            kinds[f"{source.name}-corners"] = photographed.corners(cells, rng)
    return kinds


def _drawn(part: str, seed: int) -> dict[str, Iterator[tuple[str, np.ndarray]]]:
    def endless(kind: str, draw: Callable[..., np.ndarray], number: int):
        rng = np.random.default_rng((seed, PARTS.index(part), 100 + number))
        while True:
            yield kind, draw(rng, SIDE)

    return {
        kind: endless(kind, draw, number) for number, (kind, draw) in enumerate(drawn.KINDS.items())
    }
