"""`python -m train fit`: train a network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from train import sources
from train.commands.settings import configured, named, report
from train.config import Config
from wbc_edge.errors import UsageError


def command(
    out: Annotated[
        Path, typer.Option(help="Run folder: configuration, split, checkpoints, figures.")
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            help="Settings from a .json or .toml file, as a run's config.json; flags override it."
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Cells as [READER:]PATH[@WEIGHT]; READER is {', '.join(sources.READERS)}. "
            "Repeatable."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Go on with the run in --out, by its stored settings.")
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any setting of config.json as NAME=VALUE, e.g. optimizer.average=0.999 or "
            'stages=\'[{"epochs": 2, "freeze": "all"}]\'. Repeatable.',
        ),
    ] = None,
    network: Annotated[
        str | None, typer.Option(help=f"Name in the zoo.  [default: {Config.network}]")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="Option of the network as NAME=VALUE, e.g. alpha=0.75. Repeatable."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help=f"imagenet, none, or a weights file of the backbone.  [default: {Config.weights}]"
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Network to go on from: a run folder, a float TFLite file, or a shipped model, "
            "as edge-float16. Classes, network and view are its own unless said otherwise."
        ),
    ] = None,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            help="Run folder or model file whose answers to learn from besides. Repeatable."
        ),
    ] = None,
    augment: Annotated[
        list[str] | None,
        typer.Option(
            help="Strength of an augmentation as NAME=VALUE, e.g. colour=0.5. Repeatable."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help=f"Side of the network's input in pixels.  [default: {Config.input.height}]"
        ),
    ] = None,
    framing: Annotated[
        Literal["cell", "centre"] | None,
        typer.Option(
            help="Square around the nucleus, or in the centre. "
            f" [default: {Config.input.framing.method}]"
        ),
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            help="Side of that square in nuclear diameters (cell) or short sides (centre). "
            f" [default: {Config.input.framing.scale}]"
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(
            help="What stays as it is: none, all, all_but_norms, norms, first:N, blocks:N. "
            f" [default: {Config.freeze}]"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help=f"Upper limit.  [default: {Config.epochs}]")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Steps per epoch.  [default: whole batches of the training cells]"),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help=f"Cells per step.  [default: {Config.batch_size}]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help=f"Peak rate.  [default: {Config.learning_rate}]")
    ] = None,
    weight_decay: Annotated[
        float | None, typer.Option(help=f"Decoupled.  [default: {Config.weight_decay}]")
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            help="Share of the target spread over all classes. "
            f" [default: {Config.label_smoothing}]"
        ),
    ] = None,
    balance: Annotated[
        float | None,
        typer.Option(
            help="1: classes as frequent as they are; 0: equally frequent. "
            f" [default: {Config.balance}]"
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="Epochs without improvement before a stage ends, and training with the last. "
            f" [default: {Config.patience}]"
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help=f"Of split, draws, views and weights.  [default: {Config.seed}]"),
    ] = None,
) -> None:
    """Train a network and leave a run folder.

    Example: python -m train fit --data data/pbc --out runs/first
    """
    if weights is not None and start is not None:
        raise UsageError("--weights and --start: a network begins with the one or with the other")
    flags = {
        "sources": data,
        "network": network,
        "options": dict(named("--option", text) for text in option or ()) or None,
        "weights": weights,
        "start": start,
        "teacher": None if teacher is None else {"runs": teacher},
        "input": _given(
            height=size, width=size, framing=_given(method=framing, scale=scale) or None
        )
        or None,
        "augmentation": dict(named("--augment", text) for text in augment or ()) or None,
        "freeze": freeze,
        "epochs": epochs,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "label_smoothing": label_smoothing,
        "balance": balance,
        "patience": patience,
        "seed": seed,
    }
    settings = _settings(out, config, set_ or (), _given(**flags), resume=resume)
    from train.fit import fit

    fit(settings, out, resume=resume, report=report)


def _given(**flags: Any) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _settings(
    out: Path, file: Path | None, settings: Iterable[str], flags: dict[str, Any], *, resume: bool
) -> Config:
    """The run's configuration; what is said beside --resume has to be what is stored.

    Raises:
        UsageError: see `configured`; to be resumed, the folder holds no run, or one of other
            settings.
    """
    if not resume:
        return configured(file, settings, flags)
    from train.run import Run

    run = Run(out)
    stored = run.config
    if file is not None or settings or flags:
        run.check_settings(configured(file or run.config_file, settings, flags))
    return stored
