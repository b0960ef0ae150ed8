from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wbc_edge.runtimes.native_log import only_on_failure, without_info_lines


def test_information_is_held_back_and_the_rest_passed_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_info_lines():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"I0000 00:00:1795799017.864978   21239 port.cc:153] oneDNN is on.\n")
        os.write(2, b"WARNING: something else\n")
        os.write(1, b"a result\n")
    os.write(2, b"after\n")
    out, err = capfd.readouterr()
    assert out == "a result\n"
    assert err == "WARNING: something else\nafter\n"


def test_what_goes_wrong_inside_comes_out_and_the_stream_is_restored(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        with without_info_lines():
            os.write(2, b"ERROR: wrong\n")
            raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        fail()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ERROR: wrong\nafter\n"


def test_all_that_is_written_may_be_held_back_unless_it_ends_in_a_failure(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def call(*, fails: bool) -> None:
        with only_on_failure():
            os.write(2, b"INFO: called\nERROR: perhaps\n")
            if fails:
                raise KeyboardInterrupt

    call(fails=False)
    assert capfd.readouterr().err == ""
    with pytest.raises(KeyboardInterrupt):
        call(fails=True)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "INFO: called\nERROR: perhaps\nafter\n"
    with without_info_lines():
        call(fails=False)
    assert capfd.readouterr().err == "ERROR: perhaps\n"


def test_no_file_stays_open() -> None:
    code = (
        "import os; from wbc_edge.runtimes.native_log import without_info_lines\n"
        "before = os.dup(0); os.close(before)\n"
        "for _ in range(50):\n"
        "    with without_info_lines(): pass\n"
        "after = os.dup(0); print(before == after)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_a_process_without_standard_error_is_no_obstacle() -> None:
    code = (
        "import os; os.close(2)\n"
        "from wbc_edge.runtimes.native_log import without_info_lines\n"
        "with without_info_lines(): print('inside')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "inside\n"


def test_any_number_of_lines_is_taken() -> None:
    code = (
        "import os; from wbc_edge.runtimes.native_log import without_info_lines\n"
        "with without_info_lines():\n"
        "    for _ in range(1000): os.write(2, b'W' * 999 + b'\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stderr == (b"W" * 999 + b"\n") * 1000


def test_where_no_file_can_be_made_all_lines_stay(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> None:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("wbc_edge.runtimes.native_log._file", nowhere)
    with without_info_lines():
        os.write(2, b"INFO: seen\n")
    assert capfd.readouterr().err == "INFO: seen\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_within_another_it_changes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with without_info_lines():
        with without_info_lines():
            os.write(2, b"INFO: inner\n")
        os.write(2, b"INFO: outer\nWARNING: outer\n")
        child = os.fork()
        if child == 0:
            os.write(2, b"a child's\n")
            with without_info_lines():
                os.write(2, b"INFO: a child's\nWARNING: a child's\n")
            os._exit(0)
        os.waitpid(child, 0)
        assert capfd.readouterr().err == "a child's\nWARNING: a child's\n"
    assert capfd.readouterr().err == "WARNING: outer\n"
