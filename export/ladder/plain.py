"""First rung: all of the network in integers, ranges by the calibrator that was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from export.ladder.recipe import Job, Recipe


def recipes(start: Recipe, job: Job) -> Iterator[Recipe]:
    """The start as it is."""
    del job
    yield start
