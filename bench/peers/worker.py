"""One peer in a process of its own: the script that its user would write, and a stopwatch.

    python worker.py KIND MODEL PIXELS.npy THREADS

It opens the model, answers the first picture and prints a line of JSON: its own peak of memory.
Then it does what lines on standard input ask: "time N" times one inference, pixels to
probabilities, for each of the first N pictures or as many as half a second allows; "answer FILE"
writes the probabilities of all to a .npy file. It imports nothing of this project but for the kinds
that are its own and Keras's, whose networks may hold its layers, so that any environment can run
the others.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

LEAST, ROUND_MS = 3, 500

Run = Callable[[np.ndarray], np.ndarray]
"""(1, height, width, 3) uint8 pixels -> (1, classes) probabilities."""


def main(kind: str, model: str, pixels_file: str, threads: str) -> None:
    """Serve standard input until it ends."""
    pixels = np.load(pixels_file, mmap_mode="r")
    answer = OPENERS[kind](model, int(threads))
    answer(pixels[:1].copy())
    say({"peak": peak()})
    for line in sys.stdin:
        order, _, argument = line.strip().partition(" ")
        if order == "time":
            say({"ms": round_of(answer, pixels, int(argument))})
        elif order == "answer":
            answers = [answer(pixels[n : n + 1].copy())[0] for n in range(len(pixels))]
            np.save(argument, np.array(answers))
            say({"peak": peak()})


def round_of(answer: Run, pixels: np.ndarray, count: int) -> list[float]:
    """The times of a round: at least three, however slow they are."""
    taken: list[float] = []
    for number in range(min(count, len(pixels))):
        if len(taken) >= LEAST and sum(taken) > ROUND_MS:
            break
        taken.append(timed(answer, pixels[number : number + 1].copy()))
    return taken


def timed(answer: Run, pixels: np.ndarray) -> float:
    """Milliseconds of one answer."""
    start = time.perf_counter()
    answer(pixels)
    return 1000 * (time.perf_counter() - start)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(1, classes) logits -> probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def peak() -> int | None:
    """Largest resident memory in bytes, where Linux tells."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line[:6] == "VmHWM:")
    except (OSError, StopIteration):
        return None


def say(content: dict[str, Any]) -> None:
    """One line of JSON to the parent."""
    print(json.dumps(content), flush=True)


# ---- the peers: each opens a model as its documentation shows ----------------------------------


def _ours(model: str, threads: int) -> Run:
    from wbc_edge import Classifier

    classifier = Classifier(model, runtime="litert", threads=threads)
    return classifier.predict


def _ours_auto(model: str, threads: int) -> Run:
    from wbc_edge import Classifier

    del threads  # as tuned
    return Classifier(model).predict


def _interpreter(interpreter_class: Any, model: str, threads: int) -> Run:
    interpreter = interpreter_class(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    (in_scale, in_zero), (scale, zero) = taken["quantization"], given["quantization"]

    def answer(pixels: np.ndarray) -> np.ndarray:
        if taken["dtype"] != np.uint8:
            real = pixels.astype(np.float32)
            pixels = real if not in_scale else np.round(real / in_scale + in_zero)
            pixels = pixels.astype(taken["dtype"])
        interpreter.set_tensor(taken["index"], pixels)
        interpreter.invoke()
        logits = interpreter.get_tensor(given["index"]).astype(np.float32)
        return softmax((logits - zero) * scale if scale else logits)

    return answer


def _litert(model: str, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    return _interpreter(Interpreter, model, threads)


def _tflite_runtime(model: str, threads: int) -> Run:
    from tflite_runtime.interpreter import Interpreter

    return _interpreter(Interpreter, model, threads)


def _tf_lite(model: str, threads: int) -> Run:
    import tensorflow as tf

    return _interpreter(tf.lite.Interpreter, model, threads)


def _onnxruntime(model: str, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: softmax(session.run(None, {name: pixels})[0])


def _openvino(model: str, threads: int) -> Run:
    import openvino

    compiled = openvino.Core().compile_model(
        model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    )
    return lambda pixels: softmax(compiled(pixels)[0])


def _keras_predict(model: str, threads: int) -> Run:
    network = _keras(model, threads)
    return lambda pixels: softmax(network.predict(pixels, verbose=0))


def _keras_call(model: str, threads: int) -> Run:
    network = _keras(model, threads)
    return lambda pixels: softmax(np.asarray(network(pixels, training=False)))


def _keras(model: str, threads: int) -> Any:
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    with suppress(ImportError):  # it registers the layers of this project's networks
        import_module("train.zoo")
    return keras.saving.load_model(model)


OPENERS: dict[str, Callable[[str, int], Run]] = {
    "wbc-edge": _ours,
    "wbc-edge auto": _ours_auto,
    "litert": _litert,
    "tflite-runtime": _tflite_runtime,
    "tf.lite": _tf_lite,
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "keras predict": _keras_predict,
    "keras call": _keras_call,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
