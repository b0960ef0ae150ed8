"""Second rung: ranges of the activations by another rule.

Costs nothing on the device. Helps where single large values stretch a range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from export.ladder.recipe import Job, Recipe
from export.quantise.calibrators import CALIBRATORS


def recipes(start: Recipe, job: Job) -> Iterator[Recipe]:
    """The calibrator whose file comes closest to Keras on the calibration cells."""
    others = [replace(start, calibrator=n) for n in CALIBRATORS if n != start.calibrator]
    distances = {recipe.calibrator: job.logit_error(recipe) for recipe in others}
    best = min(others, key=lambda recipe: distances[recipe.calibrator])
    figures = ", ".join(f"{name} {100 * value:.1f} %" for name, value in distances.items())
    yield replace(best, note=f"ranges by {best.calibrator} (logit error: {figures})")
