"""Where the public gets each set of cells, under which licence, and how it is cited."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Provenance of a set; every field is a text for people."""

    licence: str
    citation: str
    where: str


CATALOGUE: dict[str, Origin] = {
    "pbc": Origin(
        licence="CC BY 4.0",
        citation="Acevedo et al., Data in Brief 30 (2020) 105474",
        where="Mendeley Data, doi:10.17632/snkd93bnjr.1",
    ),
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
}
"""By the name of the folder that holds the set."""

UNKNOWN = Origin(licence="unknown", citation="unknown", where="unknown")
