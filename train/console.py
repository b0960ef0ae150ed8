"""How the commands of the workstation speak and end: those of `train`, `export` and `bench`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from train import quiet
from wbc_edge.errors import UsageError, WbcEdgeError
from wbc_edge.signals import exit_on_signals
from wbc_edge.text import encodable

TYPER: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    # Help is plain: what stands in square brackets would be taken for markup, and left out.
    "rich_markup_mode": None,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
"""Settings of a command line, as `typer.Typer` takes them."""

Report = Callable[[str], None]
"""Receives one line per event of long work."""


BACKENDS = ("torch", "jax")
"""What Keras can run on that may not be there."""

INTERRUPTED = 130
"""The exit code of a command that was told to stop from the keyboard."""


def run_command(command: Callable[[], object]) -> None:
    """Calls a command; one of the project's errors ends it with one line and its exit code."""
    quiet.tensorflow()
    exit_on_signals()
    interrupted = _noted_interrupts()
    try:
        if "" in sys.argv[1:]:  # a path of no name would be the folder that one is in
            raise UsageError("an argument is empty: is a variable of the shell not set?")
        command()
    except WbcEdgeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # a folder that cannot be made, a disk that is full
        if error.strerror is None:
            raise
        what = f"{error.filename}: " if error.filename else ""
        print(f"error: {encodable(what)}{error.strerror}", file=sys.stderr)
        sys.exit(UsageError.exit_code)
    except (KeyboardInterrupt, SystemExit) as ended:  # Typer makes the one into the other
        if isinstance(ended, SystemExit) and ended.code != INTERRUPTED:
            raise
        _stop()
    except Exception as error:
        # TensorFlow may raise an error of its own where an interruption meets it.
        if interrupted():
            _stop()
        if not (isinstance(error, ModuleNotFoundError) and error.name in BACKENDS):
            raise
        print(
            f"error: Keras is to run on {error.name} (KERAS_BACKEND), which is not installed; "
            "pip install -e '.[accelerator]' has torch",
            file=sys.stderr,
        )
        sys.exit(UsageError.exit_code)


def _noted_interrupts() -> Callable[[], bool]:
    """What tells whether an interruption from the keyboard has come, which ends work as ever.

    Native code that it reaches may put an error of its own in its place.
    """
    told: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        told.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    return lambda: bool(told)


def _stop() -> NoReturn:
    print("stopped", file=sys.stderr)
    sys.exit(INTERRUPTED)
