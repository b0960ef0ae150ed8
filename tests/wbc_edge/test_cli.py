"""The commands as a user runs them: exit code and what is on each stream."""

from __future__ import annotations

import csv
import inspect
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from tests.paths import INT8
from wbc_edge import __version__, bundle, cli, fields, output
from wbc_edge import card as cards
from wbc_edge.commands import bench, options
from wbc_edge.image import Limits
from wbc_edge.measure import device, formats, intervals, probe, regressions, throughput
from wbc_edge.measure.latency import RATIO_LEVEL, Plan
from wbc_edge.runtimes import ENGINES, NAMES

from .conftest import environment, installed

pytestmark = pytest.mark.skipif(
    not any(installed(engine) for engine in ENGINES if "tflite" in engine.formats),
    reason="no TFLite runtime is installed",
)
COMMAND = (sys.executable, "-m", "wbc_edge")


def run(*arguments: Any, stdin: bytes = b"", cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(),
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path, encoded: Callable[..., bytes]) -> Path:
    """Three pictures in natural order, and beside them the tiny int8 model."""
    shutil.copy(INT8, tmp_path / "model.tflite")
    for name, grey in (("cell1.png", 20), ("cell2.png", 120), ("cell10.png", 240)):
        (tmp_path / name).write_bytes(encoded(np.full((30, 40, 3), grey, np.uint8)))
    return tmp_path


def test_a_folder_becomes_a_table(folder: Path) -> None:
    code, out, err = run("classify", ".", "-m", "model.tflite", cwd=folder)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "class        confidence  image"
    assert [line[25:] for line in lines[1:]] == ["./cell1.png", "./cell2.png", "./cell10.png"]
    assert len({line.index("%") for line in lines[1:]}) == 1


def test_json_lines_come_in_input_order(folder: Path) -> None:
    code, out, err = run(
        "classify", "cell10.png", "cell*.png", "-m", "model.tflite", "-f", "jsonl", cwd=folder
    )
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [row["path"] for row in rows] == ["cell10.png", "cell1.png", "cell2.png", "cell10.png"]
    assert rows[0] == rows[3]


def test_bytes_on_standard_input_are_a_picture_called_dash(folder: Path) -> None:
    content = (folder / "cell1.png").read_bytes()
    code, out, _ = run(
        "classify", "-", "-m", "model.tflite", "-f", "jsonl", stdin=content, cwd=folder
    )
    assert code == 0
    assert json.loads(out)["path"] == "-"
    code, out, _ = run("classify", "-", "-m", "model.tflite", "-f", "jsonl", cwd=folder)
    assert (code, json.loads(out)["error"]["code"]) == (1, "empty")


def test_bad_inputs_are_rows_and_the_exit_code_is_1(folder: Path) -> None:
    (folder / "text.jpg").write_text("text")
    code, out, err = run(
        "classify",
        "gone.png",
        "cell1.png",
        "text.jpg",
        "-m",
        "model.tflite",
        "-f",
        "csv",
        cwd=folder,
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 1
    assert [row["error_code"] for row in rows] == ["not_found", "", "not_an_image"]
    assert err == "wbc-edge: 2 of 3 inputs could not be answered; their rows say why\n"


def test_rows_are_written_to_a_file(folder: Path) -> None:
    code, out, err = run("classify", ".", "-m", "model.tflite", "-o", "rows.csv", cwd=folder)
    assert (code, out, err) == (0, "", "")
    assert (folder / "rows.csv").read_bytes().count(b"\r\n") == 4


def test_limits_and_threshold_are_those_given(folder: Path) -> None:
    arguments = ("classify", "cell1.png", "-m", "model.tflite", "-f", "jsonl")
    _, out, _ = run(*arguments, "--max-pixels", 100, cwd=folder)
    assert json.loads(out)["error"]["code"] == "too_many_pixels"
    _, out, _ = run(*arguments, "--max-bytes", 20, cwd=folder)
    assert json.loads(out)["error"]["code"] == "too_many_bytes"
    _, out, _ = run(*arguments, "--threshold", 1, "--top-k", 2, cwd=folder)
    assert json.loads(out)["abstained"] is True
    assert len(json.loads(out)["probabilities"]) == 2


def test_an_answer_is_chosen_among_the_classes_asked_for(folder: Path) -> None:
    chosen = ("classify", "cell1.png", "-m", "model.tflite", "--classes", "ig, basophil,platelet")
    _, out, _ = run(*chosen, "-f", "jsonl", cwd=folder)
    answer = json.loads(out)
    assert list(answer["probabilities"]) == ["basophil", "ig", "platelet"]
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    _, out, _ = run(*chosen, "-f", "csv", cwd=folder)
    assert out.splitlines()[0].endswith("notes,basophil,ig,platelet")
    _, out, _ = run(*chosen, "-f", "table", "--top-k", 5, cwd=folder)
    assert len(out.splitlines()) == 4


def test_answers_are_explained_and_errors_passed_over(folder: Path) -> None:
    code, out, _ = run(
        "classify", "gone.png", "cell1.png", "-m", "model.tflite", "--explain", "why", cwd=folder
    )
    assert (code, len(out.splitlines())) == (1, 5)
    assert out.splitlines()[-1].strip() == "heat map: cell1.heat.png"
    assert [path.name for path in (folder / "why").iterdir()] == ["cell1.heat.png"]
    content = (folder / "cell1.png").read_bytes()
    run("classify", "-", "-m", "model.tflite", "--explain", "why", stdin=content, cwd=folder)
    assert (folder / "why" / "stdin.heat.png").is_file()
    code, _, err = run("classify", "why", "-m", "model.tflite", cwd=folder)
    assert (code, "why: there are no images in this folder" in err) == (2, True)


def test_pictures_unlike_any_cell_are_no_cells_unless_asked(folder: Path) -> None:
    cards.write(folder / "model.tflite", replace(cards.read(folder / "model.tflite"), outlier=1e6))
    code, out, _ = run("classify", "cell1.png", "-m", "model.tflite", cwd=folder)
    assert code == 0
    assert out.splitlines()[1].startswith("no cell ")
    _, out, _ = run("classify", "cell1.png", "-m", "model.tflite", "--any-image", cwd=folder)
    assert "no cell" not in out


def test_fields_are_counted_told_and_drawn(folder: Path) -> None:
    from PIL import Image

    from wbc_edge import synthetic

    slide = folder / "slide"
    slide.mkdir()
    for seed in range(2):
        pixels, _ = synthetic.draw_smear(["neutrophil", "lymphocyte", "platelet"], seed=seed)
        Image.fromarray(pixels).save(slide / f"field{seed}.png")
    (slide / "field9.png").write_bytes(b"")
    asked = ("count", slide, "--output", folder / "cells.csv", "--draw", slide, "--json")
    code, out, err = run(*asked)
    assert code == 1
    assert err == f"wbc-edge: {slide / 'field9.png'}: the file is empty\n"
    found = json.loads(out)
    assert (found["fields"], found["unread"], found["leukocytes"]) == (3, 1, 4)
    assert {name for name, told in found["classes"].items() if told["cells"]} == {
        "neutrophil",
        "lymphocyte",
    }
    rows = list(csv.DictReader((folder / "cells.csv").read_text().splitlines()))
    assert [row["error_code"] for row in rows if not row["label"]] == ["empty"]
    assert sorted(path.name for path in slide.glob("*.cells.png")) == [
        "field0.cells.png",
        "field1.cells.png",
    ]
    # What has been drawn is no field, and is not replaced.
    (slide / "field9.png").unlink()
    code, out, err = run("count", slide, "--draw", slide)
    assert (code, err) == (0, "")
    assert "in 2 fields;" in out
    assert len(list(slide.glob("*.cells.png"))) == 4


def test_rows_of_cells_have_the_form_that_is_asked_for(folder: Path) -> None:
    asked = ("count", "cell1.png", "--format", "jsonl")
    code, out, _ = run(*asked, "--output", "cells.txt", cwd=folder)
    assert code == 0
    assert "all classified" in out
    assert json.loads((folder / "cells.txt").read_text())["path"] == "cell1.png"
    for others in ((), ("--output", "-"), ("--output", "/dev/stdout"), ("--output", "/dev/fd/1")):
        code, out, err = run(*asked, *others, cwd=folder)
        assert (code, out) == (2, "")
        assert "--output" in err


@pytest.mark.parametrize("output", ["cells.txt", "cells", "", "nowhere/cells.csv"])
def test_rows_of_cells_have_a_place_and_a_form(output: str, folder: Path) -> None:
    code, out, err = run("count", folder / "cell1.png", "--output", output, cwd=folder)
    assert (code, out) == (2, "")
    assert err.startswith("wbc-edge: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("classify",), "Missing argument 'PATH...'"),
        (("classify", "a.png", "--explain", "why", "--workers", "2"), "leave out --workers"),
        (("classify", "empty"), "empty: there are no images in this folder"),
        (("classify", "*.gif"), "*.gif: no image matches"),
        (("classify", "cell1.png", "--format", "xml"), "is not one of 'table', 'jsonl', 'csv'"),
        (("classify", "cell1.png", "--top-k", "0"), "0 is not in the range x>=1"),
        (("classify", "cell1.png", "--threads", "x"), "'x' is not a valid int"),
        (("classify", "cell1.png", "--threshold", "2"), "is not in the range 0<=x<=1"),
        (("classify", "cell1.png", "-m", "model.tflite", "--classes", "cat"), "'cat'; "),
        (("classify", "cell1.png", "-o", "gone/x", "-m", "model.tflite"), "cannot write gone/x"),
        (("classify", "cell1.png", "-m", "model.tflite", "--runtime", "onnxruntime"), "not read"),
        (("nonsense",), "No such command 'nonsense'"),
    ],
)
def test_wrong_usage_is_said_and_exits_2(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    (folder / "empty").mkdir()
    code, out, err = run(*arguments, cwd=folder)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [None, b"", b"no model", b"\0\0\0\0TFL3" + b"\xff" * 99])
def test_a_model_that_cannot_be_used_is_said_and_exits_4(
    folder: Path, content: bytes | None
) -> None:
    if content is not None:
        (folder / "bad.tflite").write_bytes(content)
    for command in (("classify", "cell1.png", "-m", "bad.tflite"), ("info", "bad.tflite")):
        if content and content.startswith(b"\0") and command[0] == "info":
            continue  # it goes as far as the runtime, which some end the process over
        code, out, err = run(*command, cwd=folder)
        assert (code, out) == (4, "")
        assert err.startswith("wbc-edge: ")
        assert err.count("\n") == 1


def test_a_reader_that_stops_is_no_error(folder: Path) -> None:
    paths = ["cell1.png"] * 3000
    with subprocess.Popen(
        [*COMMAND, "classify", *paths, "-m", "model.tflite", "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(),
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"class")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


BRIEF = ["--rounds", "8", "--warmup", "0", "--cold", "0", "--folder", "0"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["classify", "--help"], 0),
        (["doctor"], 0),
        (["count", "gone.png", "-m", "model.tflite"], 1),
        (["info", "gone.tflite"], 4),
        (["bench", "-m", "nano", "-m", "edge", *BRIEF, "--max-latency-ratio", "0.01"], 3),
    ],
)
@pytest.mark.parametrize("buffered", [True, False])
def test_nor_is_one_that_never_came(
    folder: Path, asked: list[str], code: int, buffered: bool
) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*COMMAND, *asked],
            stdout=write,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment() | ({} if buffered else {"PYTHONUNBUFFERED": "1"}),
        )
    finally:
        os.close(write)
    # TensorFlow, where it is a runtime that doctor asks, has a lot to say.
    assert (done.returncode, b"Broken" in done.stderr) == (code, False)


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_an_interruption_ends_at_once_and_quietly(folder: Path, name: str, code: int) -> None:
    how = getattr(signal, name)
    with subprocess.Popen(
        [*COMMAND, "classify", *["cell1.png"] * 20000, "-m", "model.tflite", "-o", "rows.txt"],
        stderr=subprocess.PIPE,
        cwd=folder,
        # What runs in the background of a shell, or by nohup, passes on that it ignores the signal.
        preexec_fn=lambda: signal.signal(how, signal.SIG_DFL),
        env=environment(),
    ) as process:
        deadline = time.monotonic() + 20
        while not any(path.stat().st_size for path in folder.glob("*.partial")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(how)
        assert process.stderr
        assert process.stderr.read() == b"wbc-edge: the rows so far are in rows.txt.partial\n"
        assert process.wait() == code
    assert not [*folder.glob("rows.txt"), *folder.glob(".*.partial")]
    assert (folder / "rows.txt.partial").read_text().count("cell1.png") > 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_rows_that_cannot_be_written_are_no_fault_of_the_inputs(folder: Path) -> None:
    code, _, told = run(
        "classify", "cell1.png", "-m", "model.tflite", "-o", "/dev/full", cwd=folder
    )
    assert (code, told) == (2, "wbc-edge: cannot write /dev/full: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "asked",
    [
        ("classify", "cell1.png", "-m", "model.tflite"),
        ("classify", "cell1.png", "-m", "model.tflite", "-f", "csv"),
        ("models",),
        ("info", "model.tflite"),
        ("count", "gone.png", "-m", "model.tflite"),
        ("--help",),
        ("--version",),
    ],
)
def test_a_standard_output_that_is_full_is_said_once(folder: Path, asked: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *asked], stdout=full, stderr=subprocess.PIPE, cwd=folder, env=environment()
        )
    assert done.returncode == 2
    assert done.stderr.decode().count("No space left on device") == 1


def test_json_is_utf8_whatever_the_terminal_speaks(folder: Path) -> None:
    model = shutil.copy(folder / "model.tflite", folder / "mod\xe8le.tflite")
    done = subprocess.run(
        [*COMMAND, "info", model, "--json"],
        capture_output=True,
        env=environment() | {"PYTHONIOENCODING": "latin-1"},
        check=True,
    )
    assert "mod\xe8le" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_an_empty_name_is_refused_everywhere(folder: Path) -> None:
    for asked in (("classify", ""), ("classify", "cell1.png", "-m", ""), ("samples", "")):
        code, out, told = run(*asked, cwd=folder)
        assert (code, out) == (4 if "-m" in asked else 2, "")
        assert "empty name" in told
    assert len(list(folder.iterdir())) == 4


def test_nothing_is_written_over_what_the_same_command_writes(folder: Path) -> None:
    asked = ("classify", "cell1.png", "-m", "model.tflite", "-f", "csv", "-o", "x.html")
    code, _, told = run(*asked, "--gallery", "./x.html", cwd=folder)
    assert (code, told) == (2, "wbc-edge: ./x.html is named twice as a place to write\n")
    assert not (folder / "x.html").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text there")
def test_a_name_that_is_no_utf8_survives(folder: Path) -> None:
    name = os.fsencode(folder) + b"/zelle-\xe9.png"
    shutil.copy(folder / "cell1.png", name)
    for form in ("table", "jsonl", "csv"):
        done = subprocess.run(
            [*COMMAND, "classify", name, "-m", "model.tflite", "-f", form],
            capture_output=True,
            cwd=folder,
            env=environment(),
            check=True,
        )
        assert done.stderr == b""
        if form == "csv":
            assert name in done.stdout
        if form == "jsonl":
            assert os.fsencode(json.loads(done.stdout)["path"]) == name


def test_a_fault_of_ours_is_a_sentence_and_a_traceback_on_demand() -> None:
    code = (
        "import wbc_edge.inspection as i, wbc_edge.cli as c, sys\n"
        "i.inspect = lambda *a, **k: 1 / 0\n"
        "sys.argv = ['wbc-edge', 'info', 'x']; c.main()"
    )
    command = (sys.executable, "-c", code)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("wbc-edge: internal error, ZeroDivisionError: division by zero")
    assert done.stderr.count("\n") == 1
    shown = {**os.environ, "WBC_EDGE_TRACEBACK": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=shown)
    assert "Traceback" in done.stderr


def test_info_says_what_a_model_is(folder: Path) -> None:
    code, out, _ = run("info", "model.tflite", cwd=folder)
    assert code == 0
    assert "scale 1, zero point -128" in out
    code, out, _ = run("info", "model.tflite", "--json", cwd=folder)
    assert json.loads(out)["card"]["name"] == "tiny-tflite-int8"


def test_a_sample_field_can_be_counted(folder: Path) -> None:
    code, out, _ = run("samples", "drawn", "--field", cwd=folder)
    assert (code, out.split()) == (0, [str(Path("drawn/field.png"))])
    code, out, _ = run("count", "drawn", "--json", cwd=folder)
    assert code == 0
    assert {told["cells"] for told in json.loads(out)["classes"].values()} == {1}


def test_samples_can_be_classified(folder: Path) -> None:
    code, out, _ = run("samples", "drawn", cwd=folder)
    assert code == 0
    assert len(out.splitlines()) == 8
    code, out, _ = run("classify", "drawn", "-m", "model.tflite", cwd=folder)
    assert code == 0
    assert len(out.splitlines()) == 9


def test_every_command_has_help_with_an_example() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in ("classify", "count", "bench", "models", "info", "doctor", "samples"):
        assert f"\n  {command} " in out
        code, text, _ = run(command, "-h")
        assert code == 0
        assert f"Example: wbc-edge {command}" in text


def test_the_version_is_told() -> None:
    assert run("--version") == (0, f"wbc-edge {__version__}\n", "")


def test_no_command_shows_the_help() -> None:
    code, out, err = run()
    assert code == 2
    assert "Usage: wbc-edge" in out + err


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a shell does")
def test_closed_streams_lose_no_answer(folder: Path) -> None:
    command = f"{sys.executable} -m wbc_edge classify cell1.png -m model.tflite -f csv"

    def shell(ending: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-c", f"{command} {ending}"],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(),
            check=False,
        )

    silent = shell("2>&-")
    assert (silent.returncode, len(silent.stdout.splitlines())) == (0, 2)
    mute = shell(">&-")
    assert (mute.returncode, "standard output is closed" in mute.stderr) == (2, True)
    assert shell("--output rows.csv >&-").returncode == 0
    assert len((folder / "rows.csv").read_text().splitlines()) == 2
    deaf = shell("- <&-")
    assert (deaf.returncode, "standard input is closed" in deaf.stdout) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a shell does")
@pytest.mark.parametrize(
    "command", ["info edge", "models", "doctor", "bench", "bench compare a.json b.json", "count ."]
)
def test_what_cannot_be_printed_is_not_begun(command: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m wbc_edge {command} >&-"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "wbc-edge: standard output is closed\n")


def test_a_map_replaces_no_file_that_is_there(folder: Path) -> None:
    shutil.copy(folder / "cell1.png", folder / "cell1.heat.png")
    before = (folder / "cell1.heat.png").read_bytes()
    run("classify", "cell1.png", "-m", "model.tflite", "--explain", ".", cwd=folder)
    assert (folder / "cell1.heat.png").read_bytes() == before
    assert (folder / "cell1-2.heat.png").is_file()


def _choices(command: Callable[..., object], name: str) -> set[str]:
    """What an option that names a few takes."""
    hint = inspect.signature(command, eval_str=True).parameters[name].annotation
    waiting, found = [hint], set()
    while waiting:
        one = waiting.pop()
        if get_origin(one) is Literal:
            found |= set(get_args(one))
        else:
            waiting += get_args(one)
    return found


def test_choices_on_the_command_line_are_the_registries() -> None:
    assert _choices(cli.classify, "form") == set(output.FORMATS)
    assert _choices(cli.count, "form") == set(fields.FORMATS)
    assert _choices(bench.bench, "form") == set(formats.FORMATS) - {"html"}  # that is for a file
    assert set(formats.SUFFIXES.values()) == set(formats.FORMATS)
    assert set(NAMES) <= set(device.PACKAGES) | {"litert"}  # as `ai-edge-litert`


def test_defaults_on_the_command_line_are_the_librarys() -> None:
    """They are written there again, for what they come from takes long to import."""

    def default(command: Callable[..., object], name: str) -> object:
        return inspect.signature(command).parameters[name].default

    assert get_args(get_args(options.Runtime)[0]) == ("auto", *NAMES)
    limits, plan = Limits(), Plan()
    assert default(cli.classify, "max_bytes") == limits.max_bytes
    assert default(cli.classify, "max_pixels") == limits.max_pixels
    assert default(cli.classify, "model") == bundle.DEFAULT
    assert (default(bench.bench, "rounds"), default(bench.bench, "warmup")) == (
        plan.rounds,
        plan.warmup,
    )
    assert default(bench.bench, "cold") == probe.ROUNDS
    assert default(bench.bench, "folder") == throughput.ROUNDS
    assert intervals.can_tell_apart(probe.ROUNDS, probe.ROUNDS, level=RATIO_LEVEL)
    assert default(bench.compare, "tolerance") == regressions.TOLERANCE
