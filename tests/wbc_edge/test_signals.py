from __future__ import annotations

import errno
import os

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
