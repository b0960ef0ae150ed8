"""The study of probes, as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from train.study import page
from train.study.judge import FEWEST, Judged
from train.study.probe.perform import PROBED, Probed
from train.study.probe.probed import FOLDS, TURNS
from wbc_edge import wording

COLUMNS = ("network", "tested on", "last layer", "macro recall", "top-1", "cells", "independent")

EXPLAINED = (
    "Networks that were trained without a source name all its cells: as they are, and with their",
    "last layer learnt anew from that source's own labels, in a cross-validation of",
    f"{FOLDS} parts in which cells that were made from one another stay together. What the second",
    "does no better than the first is not for want of knowing the laboratory: it is for want of",
    "features that tell these cells apart, or of labels that agree with what the pictures show.",
    f"Both are by the mean of {TURNS} turns and mirror images of a view, with 95 % intervals over",
    "independent cells; macro recall is the mean of the recalls of classes that have",
    f"{FEWEST} cells or more.",
)


def write(found: Sequence[Probed], path: Path, *, command: str) -> None:
    """Writes the Markdown page to `path` and the same figures to its `.json` neighbour."""
    rows = [asdict(item) for item in found]
    page.write(path, markdown(found, command=command), command=command, rows=rows)


def markdown(found: Sequence[Probed], *, command: str) -> str:
    """Two rows for every network."""
    labels = list(dict.fromkeys(one.label for item in found for one in item.as_it_is.recalls))
    rows = [
        _cells(item.network, layer, judged, labels)
        for item in found
        for layer, judged in (("as it is", item.as_it_is), (PROBED, item.probed))
    ]
    remarks = [remark for item in found for remark in item.as_it_is.remarks(item.network)]
    lines = [*page.head("Labels of a laboratory", command), *EXPLAINED, ""]
    lines += [page.table((*COLUMNS, *labels), rows), "", *page.notes(remarks, ())]
    return "\n".join(lines).rstrip() + "\n"


def _cells(network: str, layer: str, judged: Judged, labels: Sequence[str]) -> Iterator[str]:
    recalls = {one.label: one.recall for one in judged.recalls}
    yield network
    yield judged.source
    yield layer
    yield wording.share(judged.macro_recall)
    yield wording.share(judged.top1)
    yield str(judged.cells)
    yield str(judged.independent)
    for label in labels:
        recall = recalls.get(label)
        yield wording.ABSENT if recall is None else wording.percent(recall.value, 0)
