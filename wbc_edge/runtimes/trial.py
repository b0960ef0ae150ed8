"""A model that no checksum vouches for, run once in a process of its own.

A runtime follows what a file says, and one that is damaged inside, or made to be, can end the
process that runs it (see `wbc_edge.runtimes.tflite`).
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from wbc_edge import child
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import tuned

TIMEOUT_S = 120

_TRIAL = "from wbc_edge.runtimes.trial import main; main(*sys.argv[1:])"


def check(path: Path, *, runtime: str = "auto") -> None:
    """Makes sure that a model can be opened and run without an end to the process.

    What is an error there, is one here as well: it is left to who opens the model. Within a program
    that has Python inside, and no interpreter to start, nothing is tried.

    Raises:
        ModelError: it ended the process (model_corrupt), or did not answer within `TIMEOUT_S`
            seconds (unsupported_model).
    """
    if not sys.executable:
        return
    try:
        code = subprocess.run(
            child.command(_TRIAL, str(path), runtime),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"{path} did not answer within {TIMEOUT_S} s", code="unsupported_model"
        ) from None
    if code:
        raise ModelError(
            f"{path} is damaged, or not for this runtime: it ends the process that runs it "
            f"({_named(code)})",
            code="model_corrupt",
        )


def main(path: str, runtime: str) -> None:
    """The child: runs the model on a black picture. What Python can tell is not its matter."""
    with suppress(Exception):
        session, _ = tuned.open_best(Path(path), runtime=runtime, threads=None)
        # Channels come first or last; the pixels that a session takes have them last.
        sizes = [size for size in session.input.shape[1:] if size is not None and size != 3]
        height, width = [*sizes, 32, 32][:2]
        session.run(np.zeros((1, height, width, 3), np.uint8))


def _named(code: int) -> str:
    """What is said of a process's end by its exit code: a signal's name, where it was one."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
