"""`python -m bench peers`: latency, cold start, memory and accuracy as ratios to ours.

Every peer is a short script in a process of its own (`worker.py`), on the same network and the same
prepared test cells; rounds are interleaved. A peer on as many threads as ours that wins in anything
is named.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from bench.peers import files
from bench.peers.overhead import check_pixels, overhead
from bench.peers.process import Peer, Warm, cold_starts, warm
from bench.peers.report import Result, Study, markdown, table, wins
from bench.ratios import Figure, ratio
from train.split import independent
from train.study import page
from wbc_edge.errors import ModelError, UsageError
from wbc_edge.files import check_writable
from wbc_edge.files import replace as replace_file
from wbc_edge.measure import compare, device
from wbc_edge.measure.intervals import median_ratio
from wbc_edge.measure.latency import RATIO_LEVEL
from wbc_edge.measure.tune import tune as tune_runtime
from wbc_edge.runtimes import tuned

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = ("int8.tflite", "float32.tflite", "int8.onnx", "float32.onnx")
"""The files of ours that it takes."""
THREADED = ("litert", "onnxruntime", "openvino")
"""The kinds that take part once more on as many threads as ours is tuned to."""
OURS = ("wbc-edge", "wbc-edge auto")
"""The kinds of worker that are this project; the first is what the others are held against."""
TUNED_TARGET = 1.1


def command(
    run: Annotated[Path, typer.Argument(help="The training run.")],
    exported: Annotated[Path, typer.Argument(help="The folder that it was exported to.")],
    tflite_python: Annotated[
        Path | None, typer.Option(help="A Python that has tflite-runtime, in its own environment.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="The source whose test cells are answered.  [default: the judging one]"),
    ] = None,
    cells: Annotated[int, typer.Option(min=1, help="Test cells, at most.")] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds of timing.")] = 15,
    cold: Annotated[int, typer.Option(min=1, help="Starts of each peer.")] = 3,
    tune: Annotated[
        bool, typer.Option(help="Tune --runtime auto first, for this study alone.")
    ] = True,
    out: Annotated[Path, typer.Option(help="Folder for peers.json and peers.md.")] = Path("out"),
) -> None:
    """What a user would pick instead, on the same network and images."""
    from export.calibration import calibration
    from export.parity import judge
    from train.run import Run

    out.mkdir(parents=True, exist_ok=True)
    data, page_file = out / "peers.json", out / "peers.md"
    for path in (data, page_file):
        check_writable(path)
    before = device.read()
    loaded = Run(run)
    source = source or judge(loaded)
    if source not in loaded.splits:
        raise UsageError(f"--source {source}: the run has {', '.join(loaded.splits)}")
    ours = our_files(exported)
    pixels, targets = loaded.part(source, "test")
    groups = independent(loaded.splits[source].parts["test"])
    # Equal distances: the cells lie class after class.
    chosen = np.unique(np.linspace(0, len(pixels) - 1, min(cells, len(pixels))).astype(int))
    with tempfile.TemporaryDirectory(prefix="wbc-edge-peers-") as name:
        folder = Path(name)
        if tune:
            os.environ[tuned.VARIABLE] = str(folder / "tuning.json")
            typer.echo(tune_runtime().to_text(), err=True)
        peers, left_out = entrants(
            ours, loaded.best_file, calibration(loaded, size=100).pixels, folder, tflite_python
        )
        result = study(
            peers,
            pixels[chosen],
            [loaded.config.labels[target] for target in targets[chosen]],
            loaded.config.labels,
            groups=[groups[number] for number in chosen],
            folder=folder,
            rounds=rounds,
            cold_rounds=cold,
            before=before,
        )
    asked = {"--tflite-python": tflite_python, "--source": source, "--cells": cells}
    asked |= {"--rounds": rounds, "--cold": cold}
    result = replace(
        result,
        command=page.spelled("python -m bench peers", [run, exported], asked)
        + ("" if tune else " --no-tune"),
        left_out={**result.left_out, **left_out},
    )
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    replace_file(data, text + "\n")
    replace_file(page_file, markdown(result))
    typer.echo(table(result))


def our_files(exported: Path) -> dict[str, Path]:
    """Format -> our file of it, for each of `FORMATS`.

    Raises UsageError where one is missing, one of several, or takes no uint8 pixels.
    """
    found = {form: _one(exported, form) for form in FORMATS}
    check_pixels(found["int8.tflite"])
    return found


def entrants(
    ours: Mapping[str, Path],
    keras_file: Path,
    calibration: NDArray[np.uint8],
    folder: Path,
    tflite_python: Path | None,
) -> tuple[list[Peer], dict[str, str]]:
    """Everybody who can take part, with what `our_files` gives, and who cannot and why."""
    int8 = ours["int8.tflite"]
    chosen = tuned.choice(int8)
    threads = 1 if chosen is None else chosen.threads
    peers = [
        Peer(name="wbc-edge", kind=OURS[0], model=int8),
        Peer(name="wbc-edge, as tuned", kind=OURS[1], model=int8, threads=threads),
        Peer(name="LiteRT script", kind="litert", model=int8),
        Peer(name="LiteRT script, float32", kind="litert", model=ours["float32.tflite"]),
        Peer(name="tf.lite script", kind="tf.lite", model=int8),
        Peer(name="ONNX Runtime script", kind="onnxruntime", model=ours["int8.onnx"]),
        Peer(name="ONNX Runtime script, float32", kind="onnxruntime", model=ours["float32.onnx"]),
        Peer(name="OpenVINO script", kind="openvino", model=ours["int8.onnx"]),
        Peer(name="OpenVINO script, float32", kind="openvino", model=ours["float32.onnx"]),
        Peer(name="Keras predict", kind="keras predict", model=keras_file),
        Peer(name="Keras call", kind="keras call", model=keras_file),
    ]
    left_out = {}
    makers = (
        ("ai-edge-quantizer int8, LiteRT", "litert", files.by_ai_edge_quantizer, keras_file),
        (
            "ONNX Runtime's default int8",
            "onnxruntime",
            files.by_onnxruntime,
            ours["float32.onnx"],
        ),
    )
    for name, kind, make, float_file in makers:
        target = folder / f"other.{'tflite' if kind == 'litert' else 'onnx'}"
        try:
            peers.append(Peer(name=name, kind=kind, model=make(float_file, calibration, target)))
        # Another maker's tool may fail in any way; that is a result, not a fault of the study.
        except Exception as error:
            left_out[name] = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    peers += on_threads(peers, threads)
    if tflite_python is not None:
        peers.append(
            Peer(
                name="tflite-runtime script",
                kind="tflite-runtime",
                model=int8,
                python=str(tflite_python),
            )
        )
    else:
        left_out["tflite-runtime script"] = "no --tflite-python was given"
    return peers, left_out


def on_threads(peers: Sequence[Peer], threads: int) -> list[Peer]:
    """The peers of THREADED kinds again, on several threads; none where ours is tuned to one."""
    if threads == 1:
        return []
    return [
        replace(peer, name=f"{peer.name}, {threads} threads", threads=threads)
        for peer in peers
        if peer.kind in THREADED
    ]


def study(
    peers: Sequence[Peer],
    pixels: NDArray[np.uint8],
    truth: Sequence[str],
    labels: Sequence[str],
    *,
    groups: Sequence[str],
    folder: Path,
    rounds: int,
    cold_rounds: int,
    before: device.Reading,
) -> Study:
    """Measure all peers; the first is ours.

    Args:
        pixels: (N, height, width, 3) prepared cells.
        truth: their labels.
        groups: what each was made from, a slide or a field: cells that share it count as one.
        folder: for files that are passed to the processes.
        before: the state of the machine before any work of the study.

    Raises:
        ModelError: our own process failed.
    """
    cells = folder / "pixels.npy"
    np.save(cells, pixels)
    left_out: dict[str, str] = {}
    cold = cold_starts(peers, cells, cold_rounds, left_out)
    found = warm(peers, cells, rounds, left_out)
    ours = peers[0]
    if ours.name not in found:
        raise ModelError(f"ours does not run: {left_out[ours.name]}", code="probe_failed")
    results = tuple(
        _result(peer, ours, found, cold, truth, labels, groups)
        for peer in peers
        if peer.name in found
    )
    return Study(
        device=device.describe(),
        before=before,
        after=device.read(),
        cells=len(pixels),
        rounds=rounds,
        results=results,
        figures=(overhead(ours.model, rounds=rounds), *_tuned(peers, found)),
        left_out=left_out,
        wins=tuple(wins(results)),
    )


def _tuned(peers: Sequence[Peer], found: dict[str, Warm]) -> Iterator[Figure]:
    """Ours as tuned over the fastest of the others on as many threads, where it took part."""
    own = next((peer for peer in peers if peer.kind == OURS[1] and peer.name in found), None)
    if own is None:
        return
    others = [
        peer.name
        for peer in peers
        if peer.name in found and peer.kind not in OURS and peer.threads == own.threads
    ]
    if others:
        fastest = min(others, key=lambda name: float(np.median(found[name].times)))
        yield ratio(
            f"as tuned over the fastest peer, threads {own.threads} each ({fastest})",
            np.array(found[own.name].times),
            np.array(found[fastest].times),
            unit="ms",
            target=TUNED_TARGET,
            sense="at most",
        )


def _result(
    peer: Peer,
    ours: Peer,
    found: dict[str, Warm],
    cold: dict[str, float],
    truth: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str],
) -> Result:
    theirs, own = found[peer.name], found[ours.name]
    beside = compare.compare(theirs.answers, own.answers, truth, labels, groups=groups)
    return Result(
        name=peer.name,
        ours=peer.kind in OURS,
        threads=peer.threads,
        file=peer.model.name,
        size=peer.model.stat().st_size,
        latency=float(np.median(theirs.times)),
        latency_ratio=median_ratio(theirs.times, own.times, level=RATIO_LEVEL),
        cold=cold[peer.name],
        cold_ratio=cold[peer.name] / cold[ours.name],
        peak=theirs.peak,
        peak_ratio=theirs.peak / own.peak if theirs.peak and own.peak else None,
        top1=beside.candidate_right / beside.count,
        agreement=beside.agreement.value,
        difference=beside.difference,
        verdict=beside.verdict.outcome,
    )


def _one(folder: Path, form: str) -> Path:
    found = sorted(folder.glob(f"*-{form}"))
    if len(found) != 1:
        there = ", ".join(path.name for path in found) or "none"
        raise UsageError(f"{folder}: one file *-{form} is needed, and there is {there}")
    return found[0]
