"""Tables of Markdown with the figures of the shipped models, from the cards inside the files.

`python -m export.figures` writes them into README, with what the demo prints, and a page per
network to docs/models; a test holds the tables and the pages against the cards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from wbc_edge import bundle, card
from wbc_edge.bundle import Shipped
from wbc_edge.card import Card, Metric
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate
from wbc_edge.runtimes import tuned

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

Files = list[tuple[Shipped, Card]]


def place(text: str, name: str, block: str) -> str:
    """README's text with the block between the markers of that name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{block}\n{end}{after}"


def demo() -> str:
    """What `make demo` prints of the sample cells, as a block of Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        for arguments in (["samples", "out/samples"], ["classify", "out/samples"]):
            command = [sys.executable, "-m", "wbc_edge", *arguments]
            done = subprocess.run(
                command,
                cwd=folder,
                # What is tuned on this machine is not what a newcomer's gives.
                env=os.environ | {"PYTHONPATH": str(ROOT), tuned.VARIABLE: os.devnull},
                check=True,
                capture_output=True,
                text=True,
            )
    return f"```\n{done.stdout.rstrip()}\n```"


def networks() -> dict[str, Files]:
    """Network -> its shipped files with their cards, in the order of the index."""
    found: dict[str, Files] = {}
    for model in bundle.shipped():
        described = card.read(model.path)
        found.setdefault(described.name, []).append((model, described))
    return found


LOOKS = "Top-1 is with second looks; a file's difference from float and agreement are at one look."


def render() -> str:
    """README's block: one row per shipped model, and one per network and source of test cells."""
    shipped = networks()
    return "\n".join(
        [
            *by_file([item for files in shipped.values() for item in files]),
            "",
            "By source of the test cells, none of which the networks have seen:",
            "",
            *by_source([files[0][1] for files in shipped.values()]),
            "",
            f"Brackets hold 95 % intervals. {LOOKS}",
        ]
    )


def by_file(files: Files) -> list[str]:
    """A row per file: its size, its accuracy and how it compares with the network in float."""
    lines = [
        "| model | file | size | top-1 (PBC test split) | difference from float | agreement |",
        "|---|---|---|---|---|---|",
    ]
    for model, found in files:
        top1 = metric(found, "top-1", "pbc")
        change = metric(found, "top-1 difference from the float parent", "pbc")
        same = metric(found, "agreement with the float parent", "pbc")
        lines.append(
            f"| `{model.name}` | {model.path.name} | {model.size / 1e6:.2f} MB | {percent(top1)} "
            f"| {_points(change)} | {100 * same.value:.2f} % |"
        )
    return lines


def by_source(cards: list[Card]) -> list[str]:
    """A row per network and source of test cells."""
    lines = [
        "| model | source | cells | top-1 | balanced accuracy | calibration error | answered "
        "| wrong of these |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for found in cards:
        for source in found.training.sources:
            top1 = metric(found, "top-1", source.name)
            balanced = metric(found, "balanced accuracy", source.name)
            calibration = metric(found, "expected calibration error", source.name)
            answered = metric(found, "share answered at the threshold", source.name)
            wrong = metric(found, "errors among the answered", source.name)
            lines.append(
                f"| `{found.name}` | {source.name} | {top1.count} | {percent(top1)} "
                f"| {percent(balanced)} | {100 * calibration.value:.2f} % "
                f"| {100 * answered.value:.1f} % | {100 * wrong.value:.2f} % |"
            )
    return lines


def metric(found: Card, name: str, source: str) -> Metric:
    """The figure of that name on the test cells of a source. Raises UsageError."""
    for item in found.metrics:
        if item.name == name and item.dataset == f"{source} test split":
            return item
    raise UsageError(f"the card of {found.name} has no '{name}' for the {source} test split")


def percent(figure: Metric | Estimate) -> str:
    """A share with its interval."""
    low, high = figure.low or 0.0, figure.high or 0.0
    return f"{100 * figure.value:.2f} % [{100 * low:.2f}, {100 * high:.2f}]"


def _points(figure: Metric) -> str:
    low, high = figure.low or 0.0, figure.high or 0.0
    return f"{100 * figure.value:+.2f} points [{100 * low:+.2f}, {100 * high:+.2f}]"


if __name__ == "__main__":
    from export import pages

    text = place(README.read_text(encoding="utf-8"), "figures", render())
    README.write_text(place(text, "demo", demo()), encoding="utf-8")
    pages.write(pages.FOLDER)
