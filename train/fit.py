"""Trains a network and leaves a run folder."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import keras

from train import checkpoint, document
from train.config import Config, Negatives
from train.console import Report
from train.evaluation.costly import costliest
from train.negatives import origin
from train.precision import precision
from train.recipe import ancestry
from train.recipe.losses import LOSSES
from train.recipe.optimizers import OPTIMIZERS
from train.recipe.registry import find
from train.recipe.schedules import SCHEDULES
from train.recipe.teachers import gather
from train.run import Run
from train.sources import check_names
from train.split import PARTS, save
from train.training import Training, Watch, predict
from train.undo import undone
from train.zoo import NETWORKS
from wbc_edge import files
from wbc_edge.errors import UsageError
from wbc_edge.logits import softmax
from wbc_edge.measure.accuracy import measure

_GIVEN = ("input_size", "classes", "weights")
"""What every builder of a network takes, and no option of it is."""


def fit(config: Config, folder: Path, *, resume: bool = False, report: Report = print) -> Run:
    """Trains the configured network and leaves a complete run folder.

    An interrupted run (killed at any moment) goes on with `resume` from its last finished epoch and
    ends with the weights that it would have had, on a processor: accelerators may add up in any
    order. One that is refused before its first epoch is over leaves the folder as it was, for the
    corrected command.

    Args:
        config: the run; ignored on resumption, where the stored one counts.
        folder: run folder, made if need be.
        resume: go on with the run that the folder holds.
        report: receives one line per event.

    Raises:
        UsageError: the folder holds a run already and `resume` is not set, or the other way round;
            a source holds a label that the configuration lacks; a setting names nothing known.
        InputError: a cell's file cannot be read.
    """
    run = Run(folder)
    with undone(folder, on=Exception, unless=lambda: resume or run.checkpoint_file.is_file()):
        if not resume:
            begin(config, folder)
        learn(run, report=report)
    final_figures(run, report)
    return run


def begin(config: Config, folder: Path) -> Run:
    """Makes the folder of a run that `learn` trains.

    Raises:
        UsageError: the folder holds a run already or cannot be made, a setting names nothing
            known, or two sources have one name.
    """
    run = Run(folder)
    if run.config_file.exists():
        raise UsageError(
            f"{folder}: holds a run already; name another folder, or resume it (fit --resume)"
        )
    check_names(config.sources)
    _check_choices(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file; --out names a folder" if folder.is_file() else error.strerror
        raise UsageError(f"{folder}: {reason}") from error
    config.save(run.config_file)
    return run


def write_down(run: Run) -> None:
    """Puts down which cells a run has in which part, and which its elders have seen.

    Raises:
        UsageError: a network that it learns from is not there, or holds no record of its split.
    """
    ancestry.write(run)
    save(run.splits, run.split_file)


def learn(run: Run, *, report: Report, watch: Watch = lambda _: None) -> None:
    """Trains a run from where it stands to its end.

    Args:
        run: the run.
        report: receives one line per event.
        watch: receives every epoch's row of the history; what it raises ends the training.

    Raises:
        UsageError: the run is a mean of others, or came out of a model file; a source holds a label
            that the configuration lacks, no cell for training or none for validation, or other
            cells than when the run began; a network to learn from does not fit, or has seen a test
            cell; the attributes of its cells cannot be learnt (`train.recipe.attributes.gather`).
        InputError: a cell's file cannot be read.
    """
    config = run.config
    if config.mean_of:
        raise UsageError(f"{run.folder}: is the mean of other runs, and not to be trained")
    if run.metrics_file.is_file() and not run.checkpoint_file.is_file():
        raise UsageError(
            f"{run.folder}: came out of a model file; to train on, --start {run.folder} in another"
        )
    _check_labels(run)
    _check_parts(run)
    ancestry.check_unseen(run)
    if not run.split_file.is_file():
        write_down(run)
    for doubt in (*ancestry.doubts(run), *_absent(run), *_not_left_out(run.config.negatives)):
        report(f"warning: {doubt}")
    for name, split in run.splits.items():
        sizes = ", ".join(f"{len(split.parts[part])} {part}" for part in PARTS)
        report(
            f"{name}: {sizes}; {split.duplicates} duplicates, "
            f"{len(split.conflicts)} left out as contradictory"
            + (f", {len(split.leaks)} as copies of others tested with" if split.leaks else "")
            + (f", {len(split.akin)} test cells as of scenes trained on" if split.akin else "")
        )
        for sentence in split.missing():
            report(f"warning: {name}: {sentence}: no figure will tell of it")
    for path in files.torn(run.folder):
        path.unlink()
    if checkpoint.finished(run.checkpoint_file) >= config.epochs:
        report(f"all {config.epochs} epochs are trained; its figures are worked out anew")
        return
    teachers = gather(config.teacher, config)
    keras.utils.set_random_seed(config.seed)
    with precision(config.precision):
        Training(run, teachers, report, watch).go()


def _check_choices(config: Config) -> None:
    builder = find(NETWORKS, config.network, "network")
    find(OPTIMIZERS, config.optimizer.name, "optimizer.name")
    find(SCHEDULES, config.schedule.name, "schedule.name")
    find(LOSSES, config.loss.name, "loss.name")
    parameters = inspect.signature(builder, eval_str=True).parameters
    known = [name for name in parameters if name not in _GIVEN]
    for name, value in config.options.items():
        if name not in known:
            raise UsageError(
                f"the network {config.network} has no option '{name}'; it has {', '.join(known)}"
            )
        document.convert(parameters[name].annotation, value, f"options.{name}")


def _check_labels(run: Run) -> None:
    for source in run.config.sources:
        found = {s.label for part in PARTS for s in run.splits[source.name].parts[part]}
        unknown = sorted(found - set(run.config.labels))
        if unknown:
            raise UsageError(
                f"{source.path}: holds the class '{unknown[0]}', "
                f"which is none of {', '.join(run.config.labels)}"
            )


def _not_left_out(negatives: Negatives) -> Iterator[str]:
    """A sentence on each source whose photographs are to be left out, where there are none."""
    if not negatives.path or not (training := Path(negatives.path, "train")).is_dir():
        return
    folders = [entry.name for entry in training.iterdir()]
    for name in sorted(set(negatives.without) - set(map(origin, folders))):
        yield f"{negatives.path}: has no pictures of a source '{name}' to leave out"


def _absent(run: Run) -> list[str]:
    """A sentence on the classes that no training cell shows, where there are such."""
    shown = {sample.label for split in run.splits.values() for sample in split.parts["train"]}
    absent = [label for label in run.config.labels if label not in shown]
    if not absent:
        return []
    known = "what the network knows of them it may forget, and nothing here will tell"
    if run.config.start is None:
        known = "the network cannot learn them"
    return [f"there is no training cell of {', '.join(absent)}: {known}"]


def _check_parts(run: Run) -> None:
    for source in run.config.sources:
        split = run.splits[source.name]
        for part, what in (("train", "train on"), ("val", "validate with")):
            if not split.parts[part]:
                count = sum(map(len, split.parts.values()))
                doubtful = len(split.conflicts)
                beside = f" ({doubtful} have two labels, and are left out)" if doubtful else ""
                raise UsageError(
                    f"{source.path}: has no cell to {what} among its {count}{beside}; give more "
                    "cells, or leave this source out"
                )


def final_figures(run: Run, report: Report) -> None:
    """Tests the best network of a run on its validation and test cells, and finishes the run."""
    model = run.best()
    figures: dict[str, object] = {
        "split_sha256": run.split_sha256,
        "parameters": model.count_params(),
    }
    for source in run.config.sources:
        for part in PARTS[1:]:
            samples = run.splits[source.name].parts[part]
            if not samples:
                continue
            views, _ = run.part(source.name, part)
            scores = softmax(predict(model, views))
            truth, groups = [s.label for s in samples], run.groups(source.name, part)
            result = measure(scores, truth, run.config.labels, groups=groups)
            named = [run.config.labels[column] for column in scores.argmax(axis=1)]
            costly = [asdict(found) for found in costliest(groups, truth, named)]
            figures[f"{source.name}/{part}"] = asdict(result) | {"costly": costly}
            report(
                f"{source.name}, {part}: accuracy {result.top1.value:.4f} [{result.top1.low:.4f}, "
                f"{result.top1.high:.4f}], balanced {result.balanced.value:.4f}, "
                f"{result.count} cells"
            )
    document.write(run.metrics_file, figures)
