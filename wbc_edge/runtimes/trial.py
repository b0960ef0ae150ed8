"""A model that no checksum vouches for, run once in a process of its own.

A runtime follows what a file says, and one that is damaged inside, or made to be, can end the
process that runs it (see `wbc_edge.runtimes.tflite`).
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wbc_edge import child
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import tuned

if TYPE_CHECKING:
    from wbc_edge.card import Card

TIMEOUT_S = 120

_TRIAL = "from wbc_edge.runtimes.trial import main; main(*sys.argv[1:])"

_BEGUN = b"begun"
"""What the child says when all that is left is the model: what ends it before is not its fault."""


def check(path: Path, card: Card | None = None, *, runtime: str = "auto") -> None:
    """Makes sure that a model can be opened and run without an end to the process.

    Nothing is tried where its card has told, by a checksum, that the network is as it was written
    (early cards have none), nor where no Python can be started, as within a program that has it
    inside. What is an error there, is one here as well: it is left to who opens the model.

    Raises:
        ModelError: it ended the process (model_corrupt), or did not answer within `TIMEOUT_S`
            seconds (unsupported_model).
    """
    if card is not None and card.network_crc32 is not None:
        return
    if not sys.executable or getattr(sys, "frozen", False):
        return
    import subprocess

    try:
        tried = subprocess.run(
            child.command(_TRIAL, str(path), runtime),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except OSError:
        return
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"{path} did not answer within {TIMEOUT_S} s", code="unsupported_model"
        ) from None
    if tried.returncode and tried.stdout.startswith(_BEGUN):
        raise ModelError(
            f"{path} is damaged, or not for this machine: it ends the process that runs it "
            f"({_named(tried.returncode)})",
            code="model_corrupt",
        )


def main(path: str, runtime: str) -> None:
    """The child: runs the model on a black picture. What Python can tell is not its matter."""
    os.write(1, _BEGUN)
    with suppress(Exception):
        session, _ = tuned.open_best(Path(path), runtime=runtime, threads=None)
        height, width = (size or 32 for size in session.input.sides)
        session.run(np.zeros((1, height, width, 3), np.uint8))
    os._exit(0)  # how a runtime takes its leave is not the model's matter, either


def _named(code: int) -> str:
    """What is said of a process's end by its exit code: a signal's name, where it was one."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
