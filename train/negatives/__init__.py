"""Pictures that show no white cell, for networks to learn doubt from and for judging that doubt.

`train.negatives.build.build` makes a folder `PART/KIND/*.webp` of them: what lies between the cells
of real fields, the corners of single-cell pictures, cells far out of focus, and drawn pictures of
things that are not blood at all. They carry no class; `train.run.Run.negatives` reads them.
"""

from __future__ import annotations

COUNT = 250
"""Training pictures of each kind, where nothing else is asked for."""

SPLITS = "negatives.json"
"""File in the folder: name of each source -> hash of the split that its pictures follow."""

GROUPS = "groups.json"
"""File in the folder: picture that is cut from a photograph -> the slide or original of that."""

PHOTOGRAPHED = ("fields", "corners", "defocused")
"""Kinds that are cut from a source's photographs, each in a folder `SOURCE-KIND`."""


def origin(folder: str) -> str | None:
    """Name of the source that the pictures of a folder are cut from; None for drawn ones."""
    source, _, kind = folder.rpartition("-")
    return source if kind in PHOTOGRAPHED else None
