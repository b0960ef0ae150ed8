"""The recipes of the shipped networks, and the order in which `make models` trains them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from train import config

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "train" / "shipped").glob("*.toml"))


def _prerequisites() -> dict[str, set[str]]:
    """Run -> the runs that the Makefile has done before it."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "Makefile").read_text().replace("\\\n", " ").splitlines():
        if match := re.match(r"runs/([\w-]+)/metrics\.json:(.*)", line):
            runs = re.findall(r"(runs/[\w/-]+)/metrics\.json", match[2])
            found.setdefault(match[1], set()).update(runs)
    return found


def _all_before(name: str) -> set[str]:
    """The runs that are done before one, at whatever remove, by name."""
    known = _prerequisites()
    waiting, met = [name], set()
    while waiting:
        for run in known.get(waiting.pop(), set()):
            if Path(run).name not in met:
                met.add(Path(run).name)
                waiting.append(Path(run).name)
    return met


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_trained_after_what_it_learns_from(path: Path) -> None:
    recipe = config.load(path)
    assert {Path(run).name for run in recipe.learns_from} <= _all_before(path.stem)


def test_each_part_of_a_network_leads_to_what_is_shipped() -> None:
    parts = {"edge", "nano"} | _all_before("edge") | _all_before("nano")
    assert {path.stem for path in RECIPES} <= parts
