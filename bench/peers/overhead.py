"""What the toolkit adds around the interpreter, held against a loop written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from bench.ratios import Figure, interleaved, ratio, seconds
from wbc_edge import image
from wbc_edge.classifier import Classifier
from wbc_edge.errors import UsageError
from wbc_edge.measure import images
from wbc_edge.measure.contenders import Stages

TARGET = 1.15
REPEATS = 4
"""Passes over the drawn cells in a round."""


def check_pixels(model: Path) -> None:
    """Make sure that a model takes pixels as they are, as the loop gives them.

    Raises:
        UsageError: it does not.
    """
    if Interpreter(model_path=str(model)).get_input_details()[0]["dtype"] != np.uint8:
        raise UsageError(f"{model} does not take uint8 pixels, which this study gives")


def overhead(model: Path, *, rounds: int) -> Figure:
    """Prepare, invoke and answer over a minimal LiteRT loop on the same pictures, in ms an image.

    The loop frames and resizes by the same function (else the network would see other pictures) and
    then does the least that gives a label: set the tensor, invoke, get the tensor, softmax.

    Raises:
        ModelError, RuntimeUnavailable: the model cannot be opened by LiteRT.
    """
    classifier = Classifier(model, runtime="litert", threads=1)
    stages = Stages(classifier)
    pictures = [stages.decode(data) for data in images.drawn()] * REPEATS
    labels, spec = classifier.labels, classifier.card.input
    interpreter = Interpreter(model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = given["quantization"]

    def ours() -> None:
        for picture in pictures:
            stages.answer(stages.invoke(stages.prepare(picture)))

    def loop() -> None:
        for picture in pictures:
            pixels = image.prepare(picture, spec)[np.newaxis]
            interpreter.set_tensor(taken["index"], pixels)
            interpreter.invoke()
            logits = interpreter.get_tensor(given["index"])[0].astype(np.float32)
            logits = (logits - zero) * scale if scale else logits
            powers = np.exp(logits - logits.max())
            labels[int((powers / powers.sum()).argmax())]

    each = len(pictures) / 1000
    taken_ours, taken_loop = interleaved(
        lambda: seconds(ours) / each, lambda: seconds(loop) / each, rounds=rounds
    )
    return ratio(
        "classify around the interpreter, over a LiteRT loop by hand",
        taken_ours,
        taken_loop,
        unit="ms",
        target=TARGET,
        sense="at most",
    )
