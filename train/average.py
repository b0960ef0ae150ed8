"""The mean of networks trained in the same bend of the loss, at a size and scale of its own.

Runs that go on from one another, or from one start, lie close enough for the mean of their weights
to be a network as good as they are, and often better where none of them has been: Wortsman et al.,
"Model soups", ICML 2022.

Views in training are cut and enlarged by chance, so that a network often reads cells best at a
closer look, or in more pixels, than it was trained with: Touvron et al., "Fixing the train-test
resolution discrepancy", NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from train import checkpoint, document
from train.config import Teacher, at_scale, at_size
from train.console import Report
from train.fit import begin, final_figures, write_down
from train.recipe import start
from train.run import Run
from train.undo import undone
from train.zoo.backbone import take_over
from train.zoo.build import configured
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from wbc_edge.card import InputSpec


def average(
    runs: Sequence[Run],
    folder: Path,
    *,
    scale: float | None = None,
    size: int | None = None,
    report: Report = print,
) -> Run:
    """Makes a finished run whose best network is the mean of those of others.

    Args:
        runs: finished runs of one network, with the same cells in the same parts; a single one only
            at another scale or size. The settings are those of the last; `mean_of` names them all.
        folder: of the new run.
        scale: of the cells in its view, in nuclear diameters; by default as in the last run.
        size: side of its view in pixels; by default as in the last run.
        report: receives one line per event.

    Raises:
        UsageError: no run, or one alone at its own scale and size, one that is not finished,
            networks of other layers, classes or views, other parts, a size that the network does
            not come in, or a folder that holds a run already.
    """
    if not runs:
        raise UsageError("an average needs a run")
    last = runs[-1]
    views = [_shown(run.config.input, scale, size) for run in runs]
    view = views[-1]
    if len(runs) == 1 and view == last.config.input:
        raise UsageError("an average needs two runs or more, or another scale or size")
    mean_of = tuple(str(run.folder) for run in runs)
    # What taught them, their own runs tell.
    config = replace(
        last.config, input=view, mean_of=mean_of, start=None, weights=None, teacher=Teacher()
    )
    for run, seen in zip(runs, views, strict=True):
        run.check_finished()
        start.of_run(run).check(config)
        if others := document.differences(asdict(seen), asdict(view)):
            raise UsageError(f"{run.folder}: sees cells otherwise ({', '.join(others)})")
        if run.split_sha256 != last.split_sha256:
            raise UsageError(f"{run.folder}: its cells are parted otherwise than {last.folder}'s")
    weights = [run.best().get_weights() for run in runs]
    shapes = [[part.shape for part in parts] for parts in weights]
    for run, own in zip(runs, shapes, strict=True):
        if own != shapes[-1]:
            raise UsageError(f"{run.folder}: its network has other layers than {last.folder}'s")
    network = configured(config)
    if [part.shape for part in network.get_weights()] != shapes[-1]:
        raise UsageError(
            f"{last.folder}: its network has other weights at {view.height} × {view.width} pixels, "
            "and would have to be trained for them"
        )
    # Statistics of batch norms as well: fitted anew to training views at another scale, they made
    # two networks no better on a laboratory that these had not seen (83.7 to 83.5, 81.5 to 79.8 %).
    # None has seen a test cell: each was held against the parts that are now this run's.
    take_over(network, [np.mean(parts, axis=0) for parts in zip(*weights, strict=True)])
    with undone(folder):
        made = begin(config, folder)
        write_down(made)
        checkpoint.save(network, made.best_file)
        final_figures(made, report)
    return made


def _shown(view: InputSpec, scale: float | None, size: int | None) -> InputSpec:
    if scale is not None:
        view = at_scale(view, scale)
    return view if size is None else at_size(view, size)
