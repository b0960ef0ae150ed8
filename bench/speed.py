"""Is the toolkit as fast, and as small, as what it is made of? Three ratios, each within one run.

- *cold*: `wbc-edge classify one.jpg` over a bare Python that imports the same libraries;
- *folder*: images a second over what the cores could do if each did nothing but decode, prepare and
  invoke, as often as a cell is looked at; once for `Classifier.classify_many` and once for the
  whole command, its start-up apart;
- *memory*: the peak of `wbc-edge classify FOLDER` over bare imports with one loaded model.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from bench.ratios import Figure, Output, Strict, demand, interleaved, ratio, seconds, to_json, write
from wbc_edge.bundle import open_bundle
from wbc_edge.classifier import Classifier
from wbc_edge.cores import usable_cores
from wbc_edge.errors import InputError, UsageError
from wbc_edge.inputs import walk
from wbc_edge.measure import device, images
from wbc_edge.measure.contenders import Stages
from wbc_edge.measure.device import Device, Reading
from wbc_edge.measure.intervals import fewest_for_median
from wbc_edge.runtimes import tuned

SCHEMA = "wbc-edge-speed/1"
IMPORTS = "import numpy, PIL.Image, typer; from ai_edge_litert.interpreter import Interpreter"
PEAK = "print([line.split()[1] for line in open('/proc/self/status') if line[:6] == 'VmHWM:'][0])"
COLD_TARGET = 1.3
FOLDER_TARGET = 0.8
MEMORY_TARGET = 1.3
DRAWN_IMAGES = 320
FEWEST_IMAGES = 8


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The study's result."""

    schema: str = SCHEMA
    model: str
    images: str
    count: int
    rounds: int
    device: Device
    before: Reading
    after: Reading
    figures: tuple[Figure, ...]


def command(
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of cells; drawn JPEG ones by default."),
    ] = None,
    model: Annotated[str, typer.Option(help="A shipped model's name, or a .tflite file.")] = "edge",
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds of each figure.")] = 15,
    output: Output = None,
    strict: Strict = False,
) -> None:
    """Cold start, images a second and peak memory, as ratios to the bare libraries."""
    # On this machine another runtime or more threads may be tuned: neither is what is asked here.
    os.environ[tuned.VARIABLE] = os.devnull
    with _folder(data) as folder:
        result = measure(folder, model=model, rounds=rounds, drawn=data is None)
    typer.echo(render(result))
    write(result, output)
    demand(result.figures, strict=strict)


def measure(folder: Path, *, model: str, rounds: int, drawn: bool) -> Speed:
    """Take all figures on the images below a folder.

    Raises:
        UsageError: there are too few images in it, or one cannot be read.
        ModelError, RuntimeUnavailable: the model cannot be used.
    """
    paths = [Path(path) for path in walk(str(folder))]
    if len(paths) < FEWEST_IMAGES:
        raise UsageError(
            f"{folder}: {len(paths)} pictures; {FEWEST_IMAGES} are the fewest that tell a rate"
        )
    file = open_bundle(model).path
    before = device.read()
    figures = (
        cold_start(paths[0], model=model, rounds=rounds),
        *throughput(folder, paths, model=model, rounds=rounds),
        *peak_memory(folder, file, model=model, rounds=min(rounds, fewest_for_median())),
    )
    return Speed(
        model=model,
        images="drawn cells" if drawn else str(folder),
        count=len(paths),
        rounds=rounds,
        device=device.describe(),
        before=before,
        after=device.read(),
        figures=figures,
    )


def cold_start(image: Path, *, model: str, rounds: int) -> Figure:
    """The command on one image over the imports alone, each in a fresh process, in ms."""
    _run(_classify(image, model))  # from now on it is compiled, as an installed package is
    ours, theirs = interleaved(
        lambda: seconds(lambda: _run(_classify(image, model))),
        lambda: seconds(lambda: _run([sys.executable, "-c", IMPORTS])),
        rounds=rounds,
    )
    return ratio(
        "cold classify, over bare imports",
        1000 * ours,
        1000 * theirs,
        unit="ms",
        target=COLD_TARGET,
        sense="at most",
    )


def throughput(
    folder: Path, paths: Sequence[Path], *, model: str, rounds: int
) -> tuple[Figure, Figure]:
    """Images a second, over cores times what one thread does with the stages alone."""
    classifier = Classifier(model)
    stages = Stages(classifier)
    cores = usable_cores()
    data = [path.read_bytes() for path in paths]

    def alone() -> None:
        for item, count in zip(data, looks, strict=True):
            pixels = stages.prepare(stages.decode(item))
            for _ in range(count):
                stages.invoke(pixels)

    def stream() -> None:
        for _ in classifier.classify_many(paths, workers=cores):
            pass

    def whole_command() -> float:
        one = seconds(lambda: _run(_classify(paths[0], model)))
        return seconds(lambda: _run(_classify(folder, model))) - one

    try:
        # A doubtful cell is looked at more than once, by the limit as well.
        looks = [classifier.classify(path).looks for path in paths]
    except InputError as error:
        raise UsageError(f"{folder} holds a picture that cannot be read: {error}") from None
    count = len(paths)
    ours, limit, command_time = interleaved(
        lambda: seconds(stream), lambda: seconds(alone), whole_command, rounds=rounds
    )

    def beside_the_limit(name: str, amount: NDArray[np.float64]) -> Figure:
        return ratio(
            f"{name}, over {cores} x the limit of one thread",
            amount,
            cores * count / limit,
            unit="images/s",
            target=FOLDER_TARGET,
            sense="at least",
        )

    return (
        beside_the_limit("classify_many", count / ours),
        beside_the_limit("classify FOLDER without its start-up", (count - 1) / command_time),
    )


def peak_memory(folder: Path, file: Path, *, model: str, rounds: int) -> tuple[Figure, ...]:
    """The command's peak on a folder over that of the imports and one loaded model, in MiB.

    Only where Linux tells a process its own peak; `ru_maxrss` of a child would hold the parent's.
    """
    if not Path("/proc/self/status").exists():
        return ()
    bare = f"{IMPORTS}; Interpreter({str(file)!r}).allocate_tensors(); {PEAK}"
    arguments = _classify(folder, model)[3:]
    whole = (
        f"import sys; sys.argv = ['wbc-edge', *{arguments!r}]\n"
        "from wbc_edge.__main__ import main\n"
        f"try:\n    main()\nexcept SystemExit:\n    pass\n{PEAK}"
    )
    ours, theirs = interleaved(
        lambda: int(_run([sys.executable, "-c", whole]).split()[-1]) / 1024,
        lambda: int(_run([sys.executable, "-c", bare]).split()[-1]) / 1024,
        rounds=rounds,
    )
    figure = ratio(
        "peak memory of classify FOLDER, over imports and a model",
        ours,
        theirs,
        unit="MiB",
        target=MEMORY_TARGET,
        sense="at most",
    )
    return (figure,)


def render(result: Speed) -> str:
    """The figures, a line each, then the same as JSON."""
    lines = [figure.sentence() for figure in result.figures]
    if load := device.other_work(result.device, result.before):
        lines.append(f"Other work is running (load {load:.1f}): ratios over cores suffer from it.")
    return "\n".join([*lines, "", to_json(result)])


def _classify(target: Path, model: str) -> list[str]:
    return [sys.executable, "-m", "wbc_edge", "classify", str(target), "--model", model]


def _run(arguments: Sequence[str]) -> str:
    # A checkout has to be allowed the bytecode that an installation comes with.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)[:200]} failed:\n{child.stderr[-1000:]}")
    return child.stdout


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The given folder, or one of drawn cells that lasts as long as it is used."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="wbc-edge-speed-") as name:
        cells = images.drawn()
        for number in range(DRAWN_IMAGES):
            path = Path(name) / f"cell{number:03d}.jpg"
            path.write_bytes(cells[number % len(cells)])
        yield Path(name)
