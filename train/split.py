"""Which cells train, validate and test: deterministic, stratified, what belongs together kept."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from train import document
from train.sources.catalogue import original
from train.sources.sample import Sample
from wbc_edge.errors import InputError, UsageError
from wbc_edge.measure.together import together

PARTS = ("train", "val", "test")
FRACTIONS: Mapping[str, float] = {"train": 0.8, "val": 0.1, "test": 0.1}


@dataclass(frozen=True, kw_only=True)
class Split:
    """The part of every cell of one source.

    Attributes:
        parts: part -> the cells in it, in the order of their keys.
        conflicts: cells left out because the same bytes stand under two labels, here or in another
            source.
        duplicates: number of cells with the bytes of an earlier one (kept, in the same part).
        leaks: cells left out because they belong together with one whose part the source fixes,
            such as training copies of a picture that stands in a published test set, or are what
            another source validates or tests with (`parted`).
        akin: cells that were dealt to the test part, and left out of it because they show the
            scene of a cell that trains or validates (`Sample.scene`).
        digests: key -> `digest` of every cell of the source.
    """

    parts: Mapping[str, tuple[Sample, ...]]
    conflicts: tuple[Sample, ...]
    duplicates: int
    leaks: tuple[Sample, ...] = ()
    akin: tuple[Sample, ...] = ()
    digests: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Hash of the assignment as it was dealt: part, key and label of every cell.

        Later knowledge of scenes leaves it as it is, as it does what a network has learnt from.
        """
        dealt = {**self.parts, "test": _in_order((*self.parts["test"], *self.akin))}
        lines = [f"{part}\t{s.key}\t{s.label}" for part in PARTS for s in dealt[part]]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def counts(self) -> dict[str, dict[str, int]]:
        """Part -> label -> number of cells."""
        return {
            part: dict(sorted(Counter(s.label for s in self.parts[part]).items())) for part in PARTS
        }

    def missing(self) -> Iterator[str]:
        """Sentences on parts without a cell, and on classes without one in a part that has some."""
        labels = sorted({s.label for part in PARTS for s in self.parts[part]})
        for part in PARTS:
            shown = {s.label for s in self.parts[part]}
            if not shown:
                yield f"no cell in the part '{part}'"
            elif absent := [label for label in labels if label not in shown]:
                yield f"no cell of {', '.join(absent)} in the part '{part}'"

    def to_document(self) -> dict[str, object]:
        """The split as it is stored, with its hash: part -> rows of key, label and digest."""
        return {
            "sha256": self.sha256,
            "duplicates": self.duplicates,
            "conflicts": [s.key for s in self.conflicts],
            "leaks": [s.key for s in self.leaks],
            "akin": [s.key for s in self.akin],
            "parts": {
                part: [[s.key, s.label, self.digests[s.key]] for s in self.parts[part]]
                for part in PARTS
            },
        }


def parted(
    cells: Mapping[str, Iterable[Sample]],
    *,
    seed: int = 0,
    folds: int | None = None,
    fold: int = 1,
) -> dict[str, Split]:
    """The split of every source: classes spread by `FRACTIONS`, no group torn.

    Cells belong together when they share a group or an original or have the same bytes. Within a
    class the sets of cells that belong together are dealt the largest first, those of one size in
    an order drawn by the seed, each into the part that lacks most: the result depends on the cells'
    names and bytes and on the seed, not on where the files lie, and hardly on which other classes
    there are. Of few slides of many sizes, the largest so come to train, under every seed.

    What shows the same scene may be torn; its test cells are then left out (`Split.akin`), of a
    part that the source fills as well.

    A part that the source itself fills (`Sample.part`) holds what the source says and nothing else;
    the other parts share the other cells.

    Sources are apart from one another: see `_apart`.

    Args:
        cells: source -> its cells.
        seed: of the order in which cells are dealt.
        folds: part by folds instead, as `parted_in_folds` does.
        fold: which of its splits, from 1.

    Raises:
        UsageError: a source fills all parts and yet leaves cells without one; there is no such
            fold; with folds, as `parted_in_folds`.
    """
    check_fold(folds, fold)
    if folds is not None:
        return parted_in_folds(cells, folds, seed=seed)[fold - 1]
    return _apart({name: _split(_Pool(samples), seed) for name, samples in cells.items()})


def check_fold(folds: int | None, fold: int) -> None:
    """Makes sure that there is such a fold; without folds, 1 alone is.

    Raises:
        UsageError: there is none.
    """
    if not 1 <= fold <= (folds or 1):
        raise UsageError(f"there is no fold {fold} of {folds or 1}")


def parted_in_folds(
    cells: Mapping[str, Iterable[Sample]], count: int, *, seed: int = 0
) -> tuple[dict[str, Split], ...]:
    """As many splits of every source as folds, each testing on one fold and validating on the next.

    Every cell is tested on once; where a source fills the test part itself, every other cell of it
    is validated on once instead. What belongs together lies in one fold, see `parted`, and so does
    what shows one scene.

    Raises:
        UsageError: fewer than three folds (two, where a source fills the test part), more than
            there are sets of cells that belong together, or a source fills another part than
            `test`.
    """
    turns = {
        name: _folds(_Pool(samples, scenes=True), count, seed) for name, samples in cells.items()
    }
    return tuple(
        _apart({name: turn[number] for name, turn in turns.items()}) for number in range(count)
    )


def _split(pool: _Pool, seed: int) -> Split:
    shares = {part: FRACTIONS[part] for part in PARTS if part not in pool.fixed}
    return pool.split(pool.deal(shares, seed))


def _folds(pool: _Pool, count: int, seed: int) -> tuple[Split, ...]:
    roles = [part for part in ("test", "val") if part not in pool.fixed]
    if pool.fixed.keys() - {"test"}:
        raise UsageError("folds need a source that leaves open which cells train and validate")
    if count <= len(roles):
        raise UsageError(f"{count} folds are too few: at least {len(roles) + 1} are needed")
    names = [str(number) for number in range(count)]
    dealt = pool.deal(dict.fromkeys(names, 1 / count), seed)
    if not all(dealt.values()):
        held = sum(map(bool, dealt.values()))
        raise UsageError(
            f"{count} folds are too many: the cells, those that belong together counted as one, "
            f"fill {held}"
        )
    splits = []
    for number in range(count):
        turned = names[number:] + names[:number]
        parts = {role: dealt[name] for role, name in zip(roles, turned, strict=False)}
        parts["train"] = [s for name in turned[len(roles) :] for s in dealt[name]]
        splits.append(pool.split(parts))
    return tuple(splits)


def _apart(splits: Mapping[str, Split]) -> dict[str, Split]:
    """The same, without the cells of one source that are copies of another's in a later part.

    Within a source what belongs together stays together; but sources are parted one by one, and may
    hold pictures of the same cells. What tests in one must not teach, nor choose, in another, nor
    must what belongs together with it there; test parts stay whole. A file that two sources have
    under two labels is in neither.
    """
    if len(splits) < 2:
        return dict(splits)
    splits = _agreeing(splits)
    cells = [
        (name, part, sample)
        for name, here in splits.items()
        for part in PARTS
        # What was dealt to a test part must not teach elsewhere, whether it is tested with or not.
        for sample in (*here.parts[part], *(here.akin if part == "test" else ()))
    ]

    def marks(cell: tuple[str, str, Sample]) -> Iterator[str]:
        """By what copies of a cell are known: its bytes, and what it was taken from."""
        name, _, sample = cell
        yield splits[name].digests[sample.key]
        if (known := original(sample, name)) is not None:
            yield known

    left: dict[str, set[str]] = defaultdict(set)
    for family in together(cells, marks):
        for name, part, sample in family:
            later = PARTS[PARTS.index(part) + 1 :]
            if any(where in later and other != name for other, where, _ in family):
                left[name].add(sample.key)
    for name, keys in left.items():
        for members in _families_of(splits[name]):
            if not keys.isdisjoint(members):
                keys |= members
    return {name: _without(here, left[name]) for name, here in splits.items()}


def _agreeing(splits: Mapping[str, Split]) -> dict[str, Split]:
    """The same, without the files that stand in two sources under two labels."""
    labels_of = defaultdict(set)
    for here in splits.values():
        # What one source has under two labels is in none of its parts, and no better in another's.
        for sample in (*chain(*here.parts.values()), *here.conflicts, *here.leaks, *here.akin):
            labels_of[here.digests[sample.key]].add(sample.label)
    found = {}
    for name, here in splits.items():
        torn = {key for key, digest in here.digests.items() if len(labels_of[digest]) > 1}
        parts, taken = _taken_out(here, torn)
        akin = tuple(s for s in here.akin if s.key not in torn)
        taken += [s for s in here.akin if s.key in torn]
        found[name] = replace(here, parts=parts, akin=akin, conflicts=(*here.conflicts, *taken))
    return found


def _families_of(here: Split) -> Iterator[set[str]]:
    """The keys of what belongs together in each part."""
    for part in PARTS:
        for family in families(here.parts[part], here.digests):
            yield {sample.key for sample in family}


def _without(here: Split, keys: Collection[str]) -> Split:
    parts, taken = _taken_out(here, keys)
    return replace(here, parts=parts, leaks=(*here.leaks, *taken))


def _taken_out(
    here: Split, keys: Collection[str]
) -> tuple[dict[str, tuple[Sample, ...]], list[Sample]]:
    """The parts without the cells of these keys, and those cells."""
    parts = {part: tuple(s for s in here.parts[part] if s.key not in keys) for part in PARTS}
    return parts, [s for part in PARTS for s in here.parts[part] if s.key in keys]


def save(splits: Mapping[str, Split], path: Path) -> None:
    """Writes source -> stored split as JSON, as a whole or not at all."""
    document.write(path, {source: split.to_document() for source, split in splits.items()})


def combined(hashes: Mapping[str, str]) -> str:
    """One hash over source -> hash of its split: what a model says of all that it learnt from."""
    lines = "\n".join(f"{name}\t{split}" for name, split in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def digest(sample: Sample) -> str:
    """Hash of the bytes of the file and of the region that is cut from it: 128 bits, in hex.

    Raises:
        InputError: it is no file, or cannot be read.
    """
    source = str(sample.path)
    # A pipe would be waited for, and a device has no end.
    if not sample.path.is_file():
        if sample.path.exists():
            raise InputError("it is no file", code="not_a_file", source=source)
        raise InputError("it is not there", code="not_found", source=source)
    region = "" if sample.region is None else repr(sample.region)
    try:
        content = sample.path.read_bytes()
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", source=source) from error
    return hashlib.sha256(content + region.encode()).hexdigest()[:32]


def akin(tested: Iterable[Sample], seen: Iterable[Sample]) -> frozenset[str]:
    """Keys of the test cells of one source that show the scene of a cell that others have seen."""
    scenes = {sample.scene for sample in seen} - {None}
    return frozenset(sample.key for sample in tested if sample.scene in scenes)


def families(
    samples: Sequence[Sample],
    digests: Mapping[str, str] | None = None,
    *,
    scenes: bool = False,
) -> list[list[Sample]]:
    """Cells that belong together: by their group, their original or their bytes.

    Args:
        samples: cells of one source.
        digests: key -> `digest` of the cell, where they are known already.
        scenes: by their scene as well.
    """
    known = {s.key: digest(s) for s in samples} if digests is None else digests

    def marks(sample: Sample) -> Iterable[tuple[str, str]]:
        yield "bytes", known[sample.key]
        yield "group", sample.group
        if sample.original is not None:
            yield "original", sample.original
        if scenes and sample.scene is not None:
            yield "scene", sample.scene

    return together(samples, marks)


def independent(samples: Sequence[Sample], digests: Mapping[str, str] | None = None) -> list[str]:
    """A name for what each cell was made from: cells that share it are not independent.

    It is that of its group: a set without copies is resampled group by group, in their order.
    `digests` are as in `families`.
    """
    together = families(samples, digests, scenes=True)
    name = {cell.key: family[0].group for family in together for cell in family}
    return [name[sample.key] for sample in samples]


class _Pool:
    """A source's cells: those whose part is fixed, and those free to be dealt, in families.

    `digests` tells the `digest` of each by its key, so that every file is read once.
    """

    def __init__(self, samples: Iterable[Sample], *, scenes: bool = False) -> None:
        """Takes the cells, and whether those of one scene belong together."""
        samples = sorted(samples, key=lambda s: s.key)
        self.digests = digests = {s.key: digest(s) for s in samples}
        labels_of = defaultdict(set)
        for sample in samples:
            labels_of[digests[sample.key]].add(sample.label)
        self.conflicts = tuple(s for s in samples if len(labels_of[digests[s.key]]) > 1)
        kept = [s for s in samples if len(labels_of[digests[s.key]]) == 1]
        self.duplicates = len(kept) - len({digests[s.key] for s in kept})

        self.fixed: dict[str, list[Sample]] = defaultdict(list)
        self.leaks: list[Sample] = []
        self._free: dict[str, list[list[Sample]]] = defaultdict(list)
        for family in families(kept, digests, scenes=scenes):
            given = {s.part for s in family if s.part is not None}
            if given:
                # The test set stays whole: what belongs to it is missing elsewhere.
                home = max(given, key=PARTS.index)
                self.fixed[home] += [s for s in family if s.part == home]
                self.leaks += [s for s in family if s.part != home]
            else:
                self._free[_label(family)].append(family)

    def deal(self, shares: Mapping[str, float], seed: int) -> dict[str, list[Sample]]:
        """The free families in bins, every class spread by the shares."""
        if self._free and not shares:
            cell = next(iter(self._free.values()))[0][0]
            raise UsageError(f"{cell.path}: has no part, though its source fills all of them")
        bins: dict[str, list[list[Sample]]] = {name: [] for name in shares}
        for families in self._free.values():
            _deal(families, bins, shares, seed)
        # Of large families the smaller parts may have got none: they are owed one where there are,
        # of the class that the fullest part has most families of, for it is not to lose a class.
        for empty in bins.values():
            fullest = max(bins.values(), key=len)
            if not empty and len(fullest) > 1:
                families_of = Counter(map(_label, fullest))
                spared = min(fullest, key=lambda f: (-families_of[_label(f)], len(f)))
                fullest.remove(spared)
                empty.append(spared)
        return {name: [s for family in dealt for s in family] for name, dealt in bins.items()}

    def split(self, parts: Mapping[str, list[Sample]]) -> Split:
        """The split of which `parts` are those that the source leaves open."""
        held = {part: _in_order({**parts, **self.fixed}.get(part, ())) for part in PARTS}
        known = akin(held["test"], (*held["train"], *held["val"]))
        return Split(
            parts={**held, "test": tuple(s for s in held["test"] if s.key not in known)},
            conflicts=self.conflicts,
            duplicates=self.duplicates,
            leaks=_in_order(self.leaks),
            akin=tuple(s for s in held["test"] if s.key in known),
            digests=self.digests,
        )


def _in_order(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda s: s.key))


def _label(family: Sequence[Sample]) -> str:
    """The class that most cells of a family have, for which it counts."""
    return Counter(sample.label for sample in family).most_common(1)[0][0]


def _deal(
    families: list[list[Sample]],
    bins: dict[str, list[list[Sample]]],
    shares: Mapping[str, float],
    seed: int,
) -> None:
    names = list(bins)
    total = sum(len(family) for family in families) / sum(shares.values())
    room = {name: shares[name] * total for name in names}
    drawn = sorted(families, key=lambda f: hashlib.sha256(f"{seed}:{f[0].key}".encode()).digest())
    # Large families first, else the last one dealt may overfill a small part.
    for family in sorted(drawn, key=len, reverse=True):
        name = max(names, key=lambda n: (room[n], -names.index(n)))
        room[name] -= len(family)
        bins[name].append(family)
