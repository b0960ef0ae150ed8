"""Writes the figures of the shipped models into README: `python -m export.figures`.

The figures come from the cards inside the model files and from nowhere else, and a test holds
README against them; the demo's output comes from running it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from wbc_edge import bundle, card
from wbc_edge.card import Card, Metric

README = Path(__file__).parents[1] / "README.md"


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
                env=os.environ | {"PYTHONPATH": str(README.parent)},
                check=True,
                capture_output=True,
                text=True,
            )
    return f"```\n{done.stdout.rstrip()}\n```"


def render() -> str:
    """The block of Markdown, one row per shipped model and one per source of test cells."""
    models = [(model, card.read(model.path)) for model in bundle.shipped()]
    lines = [
        "| model | file | size | top-1 (PBC test split) | difference from float | agreement |",
        "|---|---|---|---|---|---|",
    ]
    for model, found in models:
        top1, change, same = (
            _metric(found, name, "pbc")
            for name in (
                "top-1",
                "top-1 difference from the float parent",
                "agreement with the float parent",
            )
        )
        lines.append(
            f"| `{model.name}` | {model.path.name} | {model.size / 1e6:.2f} MB | {_percent(top1)} "
            f"| {_points(change)} | {100 * same.value:.2f} % |"
        )
    default = models[0][1]
    lines += [
        "",
        f"`{models[0][0].name}` by source of the test cells, none of which it has seen:",
        "",
        "| source | cells | top-1 | balanced accuracy | calibration error | answered | wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    for source in default.training.sources:
        top1 = _metric(default, "top-1", source.name)
        balanced = _metric(default, "balanced accuracy", source.name)
        calibration = _metric(default, "expected calibration error", source.name)
        answered = _metric(default, "share answered at the threshold", source.name)
        wrong = _metric(default, "errors among the answered", source.name)
        lines.append(
            f"| {source.name} | {top1.count} | {_percent(top1)} | {_percent(balanced)} "
            f"| {100 * calibration.value:.2f} % | {100 * answered.value:.1f} % "
            f"| {100 * wrong.value:.2f} % |"
        )
    lines += ["", "Brackets hold 95 % intervals."]
    return "\n".join(lines)


def _metric(found: Card, name: str, source: str) -> Metric:
    return next(m for m in found.metrics if m.name == name and m.dataset.startswith(source))


def _percent(metric: Metric) -> str:
    low, high = metric.low or 0.0, metric.high or 0.0
    return f"{100 * metric.value:.2f} % [{100 * low:.2f}, {100 * high:.2f}]"


def _points(metric: Metric) -> str:
    low, high = metric.low or 0.0, metric.high or 0.0
    return f"{100 * metric.value:+.2f} points [{100 * low:+.2f}, {100 * high:+.2f}]"


if __name__ == "__main__":
    text = place(README.read_text(encoding="utf-8"), "figures", render())
    README.write_text(place(text, "demo", demo()), encoding="utf-8")
