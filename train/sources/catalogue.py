"""Where the public gets each set of cells, under which licence, and how it is cited.

Nothing is downloaded by this project: a licence is accepted by the person who fetches the set.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Provenance of a set; every field is a text for people."""

    licence: str
    citation: str
    where: str


_PBC = Origin(
    licence="CC BY 4.0",
    citation="Acevedo et al., Data in Brief 30 (2020) 105474",
    where="Mendeley Data, doi:10.17632/snkd93bnjr.1",
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
        licence="MIT",
        citation="BCCD dataset, Shenggan et al.",
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
