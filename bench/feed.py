"""Does the input pipeline keep ahead of the network? Images a second of both, each alone.

- *pipeline*: batches of augmented views from uint8 arrays in memory, made by as many threads as
  training has for them;
- *network*: the same batches through whole training steps (forward, backward, update) on all cores.

Training runs both at once: at a ratio of r the pipeline takes 1 / (1 + r) of the time of the cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from bench.ratios import Figure, Output, Strict, demand, interleaved, ratio, seconds, to_json, write
from wbc_edge import synthetic
from wbc_edge.measure import device
from wbc_edge.measure.device import Device, Reading

if TYPE_CHECKING:
    from train.feed import Feed

SCHEMA = "wbc-edge-feed/1"
TARGET = 3.0
DRAWN_PER_CLASS = 16


@dataclass(frozen=True, kw_only=True)
class FeedSpeed:
    """The study's result; `processor` is the same ratio in seconds of processor time."""

    schema: str = SCHEMA
    network: str
    size: int
    batch_size: int
    batches: int
    rounds: int
    device: Device
    before: Reading
    after: Reading
    elapsed: Figure
    processor: Figure


def command(
    network: Annotated[str, typer.Option(help="Name in the zoo.")] = "mobilenet_v2",
    size: Annotated[int, typer.Option(min=32, help="Side of the views in pixels.")] = 128,
    batch_size: Annotated[int, typer.Option(min=1, help="Views in a batch.")] = 64,
    batches: Annotated[int, typer.Option(min=1, help="Training steps in a round.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 7,
    output: Output = None,
    strict: Strict = False,
) -> None:
    """Images a second of the input pipeline, over those that training consumes."""
    result = measure(network, size=size, batch_size=batch_size, batches=batches, rounds=rounds)
    typer.echo(render(result))
    write(result, output)
    demand([result.elapsed], strict=strict)


def measure(network: str, *, size: int, batch_size: int, batches: int, rounds: int) -> FeedSpeed:
    """Take both on drawn cells, turn by turn.

    Raises:
        UsageError: no network of that name.
    """
    before = device.read()
    import keras

    from train.recipe.registry import find
    from train.zoo import NETWORKS

    build = find(NETWORKS, network, "network")
    feed = _feed(size, batch_size)
    model = build(input_size=(size, size), classes=len(synthetic.LABELS), weights=None)
    model.compile("adamw", keras.losses.CategoricalCrossentropy(from_logits=True))
    views, targets = feed[0]

    def step() -> None:
        for _ in range(batches):
            model.train_on_batch(views, targets)

    with ThreadPoolExecutor(feed.workers) as pool:

        def make() -> None:
            # Several times as many as the network gets, else a round would be too short to time.
            for _ in pool.map(feed.__getitem__, range(int(TARGET) * batches)):
                pass

        made, made_cpu, stepped, stepped_cpu = _both(make, step, rounds)
    count = batch_size * batches
    names: dict[str, Any] = {"unit": "images/s", "target": TARGET, "sense": "at least"}
    return FeedSpeed(
        network=network,
        size=size,
        batch_size=batch_size,
        batches=batches,
        rounds=rounds,
        device=device.describe(),
        before=before,
        after=device.read(),
        elapsed=ratio(
            f"input pipeline over a training step of {network} at {size} px",
            int(TARGET) * count / made,
            count / stepped,
            **names,
        ),
        processor=ratio(
            "the same by processor time, where other work disturbs less",
            int(TARGET) * count / made_cpu,
            count / stepped_cpu,
            **names | {"unit": "images per processor second"},
        ),
    )


def _both(
    make: Callable[[], None], step: Callable[[], None], rounds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Seconds, and seconds of processor time, of both."""
    processor: dict[Callable[[], None], list[float]] = {make: [], step: []}

    def taken(work: Callable[[], None]) -> float:
        begun = time.process_time()
        elapsed = seconds(work)
        processor[work].append(time.process_time() - begun)
        return elapsed

    made, stepped = interleaved(lambda: taken(make), lambda: taken(step), rounds=rounds)
    # The first round is not counted.
    return made, np.array(processor[make][1:]), stepped, np.array(processor[step][1:])


def _feed(size: int, batch_size: int) -> Feed:
    from train import pixels
    from train.augment import Augmentation
    from train.feed import Feed, Pictures

    side = round(pixels.CONTEXT * size)
    contexts = np.stack(
        [
            synthetic.draw(label, seed=seed, size=side)
            for label in synthetic.LABELS
            for seed in range(DRAWN_PER_CLASS)
        ]
    )
    targets = np.repeat(np.arange(len(synthetic.LABELS)), DRAWN_PER_CLASS)
    return Feed(
        [Pictures(contexts=contexts, targets=targets, weight=1.0)],
        classes=len(synthetic.LABELS),
        size=(size, size),
        batch_size=batch_size,
        steps=1,
        augmentation=Augmentation(),
        balance=0.5,
        seed=0,
        epoch=0,
    )


def render(result: FeedSpeed) -> str:
    """Both figures, a line each, then the same as JSON."""
    lines = [result.elapsed.sentence(), result.processor.sentence()]
    if load := device.other_work(result.device, result.before):
        lines.append(f"Other work is running (load {load:.1f}): go by the processor time.")
    return "\n".join([*lines, "", to_json(result)])
