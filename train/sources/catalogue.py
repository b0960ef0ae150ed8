"""Where the public gets each set of cells, under which licence, and how it is cited.

Nothing is downloaded by this project: a licence is accepted by the person who fetches the set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from train.sources import pbc

if TYPE_CHECKING:
    from train.sources.sample import Sample


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Provenance of a set, in texts for people, and what is wrong in it.

    Attributes:
        licence, citation, where: as they stand.
        disputed: stem of a picture's file -> what it shows in place of the class that the set calls
            it. Found among the validation cells of which several networks were sure and wrong, and
            looked at. They keep their parts and count in every figure; only a threshold, which a
            handful of sure errors decides, is not chosen by them.
    """

    licence: str
    citation: str
    where: str
    disputed: Mapping[str, str] = field(default_factory=dict)


_PBC = Origin(
    licence="CC BY 4.0",
    citation="Acevedo et al., Data in Brief 30 (2020) 105474",
    where="Mendeley Data, doi:10.17632/snkd93bnjr.1",
    disputed={
        "BNE_387976": "a basophil",
        "BNE_58313": "an eosinophil",
        "PLATELET_603847": "a lymphocyte beside platelets",
    },
)

CATALOGUE: dict[str, Origin] = {
    "pbc": _PBC,
    "pbc_jpeg": _PBC,
    "chula": Origin(
        licence="MIT",
        citation="Chulalongkorn University WBC dataset",
        where="github.com/singgihbekti/WBC_Dataset",
    ),
    "bccd": Origin(
        licence="MIT; of the sub-types: none stated",
        citation="BCCD dataset, Shenggan et al.; sub-types: Mooney, Blood Cell Images (2018)",
        where="github.com/Shenggan/BCCD_Dataset",
    ),
    "blood-cells-kaggle": Origin(
        licence="unknown (the set states none for its copies of BCCD)",
        citation="Mooney, Blood Cell Images, Kaggle (2018), made from the BCCD dataset",
        where="kaggle.com/datasets/paultimothymooney/blood-cells",
    ),
    "wbcatt": Origin(
        licence="MIT",
        citation="Tsutsui, Pang and Wen, WBCAtt, NeurIPS 2023 Datasets and Benchmarks",
        where="github.com/apple2373/wbcatt",
    ),
}
"""By the name of the folder that holds the set."""

UNKNOWN = Origin(licence="unknown", citation="unknown", where="unknown")


def original(sample: Sample, source: str) -> str | None:
    """What the picture of a source's cell is called in every copy of its set; None if unknown.

    A copy of PBC keeps the stems of its files (`train.sources.pbc`), also where it was read as a
    plain folder.
    """
    if sample.original is None and CATALOGUE.get(source) is _PBC:
        return pbc.original(sample.path)
    return sample.original


def is_disputed(sample: Sample, source: str) -> bool:
    """Whether a cell of a source is known to show another class than it is called."""
    return Path(sample.key).stem in CATALOGUE.get(source, UNKNOWN).disputed


def copied_set(source: str) -> str:
    """The set whose originals a source holds, as their names begin."""
    return "pbc" if CATALOGUE.get(source) is _PBC else source
