"""Rows of Markdown with the figures of the shipped models, from the cards inside the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from train import document
from wbc_edge import bundle, card, figure, wording
from wbc_edge.bundle import Shipped
from wbc_edge.card import Card, Metric
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate

Files = list[tuple[Shipped, Card]]

LOOKS = "All figures are of what is answered in the end, second looks included."


def networks() -> dict[str, Files]:
    """Network -> its shipped files with their cards, in the order of the index."""
    found: dict[str, Files] = {}
    for model in bundle.shipped():
        described = card.read(model.path)
        found.setdefault(described.name, []).append((model, described))
    return found


def by_file(files: Files) -> list[str]:
    """A row per file: its size, its accuracy and how it compares with the network in float."""
    lines = [
        "| model | file | size | top-1 (PBC test split) | difference from float, points "
        "| agreement |",
        "|---|---|---|---|---|---|",
    ]
    for model, found in files:
        top1 = metric(found, figure.TOP1, "pbc")
        change = metric(found, figure.FROM_PARENT_ANSWERED, "pbc")
        same = metric(found, figure.AGREEMENT_ANSWERED, "pbc")
        lines.append(
            f"| `{model.name}` | {model.path.name} | {model.size / 1e6:.2f} MB "
            f"| {wording.share(top1)} | {wording.difference(change)} "
            f"| {wording.percent(same.value)} |"
        )
    return lines


def by_source(cards: list[Card]) -> list[str]:
    """A row per network and source of test cells."""
    lines = [
        "| model | source | cells | top-1 | balanced accuracy | calibration error | by chance "
        "| answered | wrong of these |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for found in cards:
        tested = {item.dataset for item in found.metrics}
        for source in found.training.sources:
            if figure.test_split(source.name) not in tested:  # it taught an elder, or tests nothing
                continue
            top1 = metric(found, figure.TOP1, source.name)
            balanced = metric(found, figure.BALANCED, source.name)
            calibration = metric(found, figure.CALIBRATION, source.name)
            chance = metric(found, figure.CALIBRATION_BY_CHANCE, source.name)
            answered = metric(found, figure.ANSWERED, source.name)
            wrong = metric(found, figure.WRONG, source.name)
            lines.append(
                f"| `{found.name}` | {source.name} | {top1.count} | {wording.share(top1)} "
                f"| {wording.share(balanced)} | {wording.percent(calibration.value)} "
                f"| {wording.percent(chance.value)} | {wording.percent(answered.value, 1)} "
                f"| {wording.percent(wrong.value)} |"
            )
    return lines


def unseen(study: Path, names: Sequence[str]) -> list[str]:
    """A row per recipe and source that the study of unseen sources has trained it without.

    Args:
        study: the JSON file of the study; without it there are no rows.
        names: networks, with whose names those of their recipes begin.
    """
    if not study.is_file():
        return []
    lines = []
    for row in document.read(study)["rows"]:
        outcome: dict[str, Any] | None = row["outcome"]
        recipe = row.get("recipe")
        if outcome is None or recipe is None or recipe.partition("-")[0] not in names:
            continue
        judged = outcome["judged"]
        recall = Estimate(**judged["macro_recall"])
        lines.append(
            f"| `{recipe}` | {row['source']} | {judged['cells']} | {len(judged['averaged'])} "
            f"| {wording.share(recall)} |"
        )
    if not lines:
        return []
    head = "| recipe of train/studied | unseen source | cells | classes | mean of their recalls |"
    return [head, "|---|---|---|---|---|", *lines]


def metric(found: Card, name: str, source: str) -> Metric:
    """The figure of that name on the test cells of a source. Raises UsageError."""
    tested = figure.test_split(source)
    for item in found.metrics:
        if item.name == name and item.dataset == tested:
            return item
    raise UsageError(f"the card of {found.name} has no '{name}' for the {tested}")
