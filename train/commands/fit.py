"""`python -m train fit`: fine-tune a network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from train import sources
from train.augment import Augmentation
from train.config import Config
from wbc_edge.card import Framing, InputSpec
from wbc_edge.errors import UsageError


def command(
    out: Annotated[
        Path, typer.Option(help="Run folder: configuration, split, checkpoints, figures.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Cells as [READER:]PATH[@WEIGHT]; READER is folder, chula or bccd. Repeatable."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on with the run in --out.")] = False,
    network: Annotated[str, typer.Option(help="Name in the zoo.")] = "mobilenet",
    option: Annotated[
        list[str] | None,
        typer.Option(help="Option of the network as NAME=VALUE, e.g. alpha=0.75. Repeatable."),
    ] = None,
    weights: Annotated[
        str, typer.Option(help="imagenet, none, or a weights file of the backbone.")
    ] = "imagenet",
    start: Annotated[
        Path | None, typer.Option(help="Run folder whose best network to go on from.")
    ] = None,
    augment: Annotated[
        list[str] | None,
        typer.Option(
            help="Strength of an augmentation as NAME=VALUE, e.g. colour=0.5. Repeatable."
        ),
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the network's input in pixels.")] = 128,
    framing: Annotated[
        Literal["cell", "centre"], typer.Option(help="Square around the nucleus, or in the centre.")
    ] = "cell",
    scale: Annotated[
        float,
        typer.Option(
            help="Side of that square in nuclear diameters (cell) or short sides (centre)."
        ),
    ] = 2.2,
    epochs: Annotated[int, typer.Option(help="Upper limit.")] = Config.epochs,
    steps: Annotated[
        int | None, typer.Option(help="Steps per epoch; default: all training cells once.")
    ] = None,
    batch_size: int = Config.batch_size,
    learning_rate: float = Config.learning_rate,
    weight_decay: float = Config.weight_decay,
    label_smoothing: float = Config.label_smoothing,
    balance: Annotated[
        float, typer.Option(help="1: classes as frequent as they are; 0: equally frequent.")
    ] = 0.5,
    patience: Annotated[
        int, typer.Option(help="Epochs without improvement before stopping.")
    ] = Config.patience,
    seed: int = 0,
) -> None:
    """Fine-tune a network and leave a run folder.

    Example: python -m train fit --data data/pbc --out runs/first
    """
    from train.fit import fit
    from train.zoo import NETWORKS

    if network not in NETWORKS:
        raise UsageError(f"no network '{network}'; the zoo has {', '.join(NETWORKS)}")
    if resume:
        fit(_stored(out), out, resume=True, report=_report)
        return
    given = tuple(sources.parse(text) for text in data or ())
    if not given:
        raise UsageError("no cells to train on: give --data PATH")
    config = Config(
        sources=given,
        labels=tuple(sorted({sample.label for source in given for sample in source.read()})),
        network=network,
        options=dict(_named("--option", text) for text in option or ()),
        weights=None if weights == "none" else weights,
        start=None if start is None else str(start),
        input=InputSpec(height=size, width=size, framing=Framing(method=framing, scale=scale)),
        augmentation=_augmentation(augment or ()),
        balance=balance,
        batch_size=batch_size,
        epochs=epochs,
        steps=steps,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        label_smoothing=label_smoothing,
        patience=patience,
        seed=seed,
    )
    fit(config, out, report=_report)


def _stored(folder: Path) -> Config:
    from train.run import Run

    return Run(folder).config


def _augmentation(texts: Iterable[str]) -> Augmentation:
    strengths = dict(_named("--augment", text) for text in texts)
    known = [f.name for f in fields(Augmentation)]
    for name, value in strengths.items():
        if name not in known:
            raise UsageError(f"--augment {name}: no such strength; there are {', '.join(known)}")
        if not isinstance(value, (int, float)) or value < 0:
            raise UsageError(f"--augment {name}: expected a number of 0 or more, not {value!r}")
    return Augmentation(**strengths)


def _named(flag: str, text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"{flag} {text}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _report(line: str) -> None:
    typer.echo(line, err=True)
