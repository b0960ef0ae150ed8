from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from wbc_edge.signals import has_left


def test_a_reader_that_has_left_is_told_from_a_name_that_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert has_left(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert not has_left(invalid)
    assert not has_left(OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(os, "name", "nt")
    assert has_left(invalid)
    assert not has_left(OSError(errno.EINVAL, "Invalid argument", "a?b"))


SAVING = """
import os, signal
from wbc_edge.signals import exit_on_signals, undisturbed
exit_on_signals()
with undisturbed():
    os.kill(os.getpid(), signal.SIGTERM)
    print("saved", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
print("never")
"""


@pytest.mark.skipif(os.name == "nt", reason="there a signal ends the process")
def test_what_is_being_saved_is_not_ended_and_what_follows_is() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAVING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "saved\n"), done.stderr
