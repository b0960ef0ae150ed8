"""A folder of pictures without a white cell, parted as the cells they come from are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from train import document
from train.negatives import COUNT, GROUPS, SPLITS, drawn, origin, photographed
from train.sources import Source, check_names, fields
from train.sources.fields import Field
from train.split import PARTS, Split, check_fold, parted
from wbc_edge.errors import UsageError

SIDE = 192
"""Side of a drawn picture, and the longest of a stored one, in pixels."""

Picture = tuple[str, str | None, np.ndarray]
"""What a picture is named after, what it shares with others, if anything, and RGB (H, W, 3)."""

SHARES = {"train": 1.0, "val": 0.15, "test": 0.15}
"""Pictures of each kind in a part, in parts of those for training."""


def build(
    sources: Sequence[Source],
    out: Path,
    *,
    count: int = COUNT,
    seed: int = 0,
    folds: int | None = None,
    fold: int = 1,
) -> int:
    """Writes `out/PART/KIND/*.webp` and returns the number of pictures.

    They are made in a folder beside, which becomes `out` when all are there: a build that was
    killed is not taken for a whole one, and the next one begins anew.

    Pictures cut from a photograph stand in the part of its cells, so that nothing of a test cell's
    picture is trained on.

    Args:
        sources: single cells and fields with boxes to cut from; may be empty.
        out: a folder that does not exist yet.
        count: training pictures of each kind.
        seed: of draws and of the sources' split.
        folds: part the cells by folds, as `train.split.parted` does.
        fold: which of their splits, from 1.

    Raises:
        UsageError: `out` exists; there is no such fold; a source holds no cell, or a field that
            cannot be read; two sources have one name.
        InputError: a photograph cannot be read.
    """
    if out.exists():
        raise UsageError(f"{out}: exists already; name a new folder")
    check_fold(folds, fold)  # before anything is read
    check_names(sources)
    cells = {source.name: source.read() for source in sources}
    splits = parted(cells, seed=seed, folds=folds, fold=fold)
    there = {
        source.name: list(fields.READERS[source.reader](source.path))
        for source in sources
        if source.reader in fields.READERS
    }
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    written, groups = 0, {}
    for part in PARTS:
        kinds = _photographed(sources, splits, there, part, seed) | _drawn(part, seed)
        wanted = max(1, round(count * SHARES[part]))
        for kind, pictures in tqdm(kinds.items(), desc=part, unit="kind", disable=None):
            folder = partial / part / kind
            folder.mkdir(parents=True)
            for number, (name, group, rgb) in enumerate(islice(pictures, wanted)):
                picture = Image.fromarray(rgb)
                picture.thumbnail((SIDE, SIDE))
                file = folder / f"{name}-{number}.webp"
                picture.save(file, quality=92)
                written += 1
                if group is not None:
                    key = file.relative_to(partial).as_posix()
                    groups[key] = f"{origin(kind)}: {group}"
    document.write(partial / GROUPS, groups)
    document.write(partial / SPLITS, {name: here.sha256 for name, here in splits.items()})
    partial.rename(out)
    return written


def _photographed(
    sources: Sequence[Source],
    splits: Mapping[str, Split],
    there: Mapping[str, Iterable[Field]],
    part: str,
    seed: int,
) -> dict[str, Iterator[Picture]]:
    kinds: dict[str, Iterator[Picture]] = {}
    for source in sources:
        here = splits[source.name]
        rng = np.random.default_rng((seed, PARTS.index(part), len(kinds)))
        cells = list(here.parts[part])
        rng.shuffle(cells)
        kinds[f"{source.name}-defocused"] = photographed.defocused(cells, rng)
        if source.name in there:
            taken = _fields(source, there[source.name], here, part)
            rng.shuffle(taken)
            kinds[f"{source.name}-fields"] = photographed.between_cells(taken, rng)
        else:
            kinds[f"{source.name}-corners"] = photographed.corners(cells, rng)
    return kinds


def _fields(source: Source, there: Iterable[Field], here: Split, part: str) -> list[Field]:
    """Those of a source's fields whose cells lie in the part.

    Where they lie in several, since a table of groups parts a slide, the field is in the last: of a
    test cell's field nothing is trained on. A field whose cells are all left out is in none, nor is
    one that is left out itself; a field without a labelled cell may be learnt from.
    """
    homes = fields.parts_of(source, here.parts)
    held_out = source.held_out()
    return [
        field
        for field in there
        if field.original not in held_out
        and part == max(homes.get(field.group, {"train"}), key=PARTS.index, default=None)
    ]


def _drawn(part: str, seed: int) -> dict[str, Iterator[Picture]]:
    def endless(kind: str, draw: Callable[..., np.ndarray], number: int) -> Iterator[Picture]:
        rng = np.random.default_rng((seed, PARTS.index(part), 100 + number))
        while True:
            yield kind, None, draw(rng, SIDE)

    return {
        kind: endless(kind, draw, number) for number, (kind, draw) in enumerate(drawn.KINDS.items())
    }
