"""A run folder made again from a model file that came out of it.

Hours of training lie between a recipe and its network; the float file that was exported holds all
that they have found. Exported anew, compared or trained further, it needs a run folder.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from train import checkpoint, document, pixels
from train.config import Config, Teacher, at_scale
from train.console import Report
from train.fit import begin, final_figures, write_down
from train.recipe import start
from train.run import Run
from train.training import REFIT_VIEWS
from train.undo import undone
from train.zoo.refit import refit
from wbc_edge.bundle import open_bundle
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wbc_edge.card import Card


def restore(model: str, config: Config, folder: Path, *, report: Report = print) -> Run:
    """Makes a finished run whose best network is the one that a file came from.

    Args:
        model: float TFLite file or shipped model.
        config: recipe of the run that it came from, of which it may be an average at another scale;
            what that had started from and learnt from need not be there, and `start` names the file
            instead.
        folder: of the new run.
        report: receives one line per event.

    Raises:
        UsageError: the file is none of a network of the zoo, the recipe is of another network or
            parts the cells otherwise, or the folder holds a run already.
        ModelError: there is no such file, or it has no card.
        InputError: a cell's file cannot be read.
    """
    if Run(folder).config_file.exists():
        raise UsageError(f"{folder}: holds a run already; name another folder")
    bundle = open_bundle(model)
    view = at_scale(config.input, bundle.card.input.framing.scale)
    made = replace(config, start=model, weights=None, teacher=Teacher(), mean_of=(), input=view)
    _check_view(model, bundle.card, made)
    elder = start.of_file(model, bundle)
    elder.check(made)
    network = elder.model()
    with undone(folder):
        run = begin(made, folder)
        if run.split_sha256 != bundle.card.training.split_sha256:
            raise UsageError(
                f"{model}: its cells were parted otherwise than the recipe parts them; what would "
                "be test cells may have taught it"
            )
        write_down(run)
        refit(network, _views(run))
        checkpoint.save(network, run.best_file)
        final_figures(run, report)
    return run


def _views(run: Run) -> NDArray[np.uint8]:
    """Some hundred training cells, of all sources, which tell a batch norm its statistics."""
    samples = [sample for split in run.splits.values() for sample in split.parts["train"]]
    return pixels.load(samples[:: max(1, len(samples) // REFIT_VIEWS)], run.config.input, run.cache)


def _check_view(model: str, card: Card, config: Config) -> None:
    theirs, ours = (
        {"architecture": each.architecture, **asdict(each.input)} for each in (card, config)
    )
    if others := document.differences(theirs, ours):
        raise UsageError(f"{model}: the recipe is of another network or view ({', '.join(others)})")
