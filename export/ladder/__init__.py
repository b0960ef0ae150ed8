"""What is tried, and in which order, until an integer file is as good as its float parent.

A rung takes the best recipe so far and offers others; each is made into a file and judged. The
later a rung, the more it costs: in time to find, in speed on the device, in fidelity to the network
as it was trained. A new rung is one file and one line in `RUNGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from export.ladder import bias_correction, calibrator, mixed, plain, quantisation_aware
from export.ladder.recipe import Job, Recipe

Offer = Callable[[Recipe, Job], Iterator[Recipe]]

RUNGS: dict[str, Offer] = {
    "plain": plain.recipes,
    "calibrator": calibrator.recipes,
    "bias correction": bias_correction.recipes,
    "mixed": mixed.recipes,
    "quantisation-aware": quantisation_aware.recipes,
}


def from_rung(first: str, *, climb: bool) -> dict[str, Offer]:
    """The rungs from one on, or that one alone."""
    names = list(RUNGS)
    kept = names[names.index(first) :] if climb else [first]
    return {name: RUNGS[name] for name in kept}
