"""Every runtime that is installed, on every tiny model that it reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.paths import DATA, FLOAT, INT8, NCHW
from wbc_edge import runtimes
from wbc_edge.errors import ModelError, RuntimeUnavailable, UsageError
from wbc_edge.runtimes import ENGINES, Engine

MODELS = sorted(path.name for path in DATA.glob("tiny-*") if path.suffix != ".npy")
CASES = [
    pytest.param(engine, name, id=f"{engine.name}-{name}")
    for engine in ENGINES
    for name in MODELS
    if name.endswith(engine.formats)
]


def opened(engine: Engine, path: Path, threads: int = 1) -> runtimes.Session:
    try:
        runtimes.load_engine(engine)
    except RuntimeUnavailable as error:
        pytest.skip(str(error))
    return runtimes.open_session(path, runtime=engine.name, threads=threads)


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    """Eleven pictures of changing colours, (11, 32, 32, 3) uint8; as in `make_models.py`."""
    n, y, x, c = np.ogrid[:11, :32, :32, :3]
    return (n * (23 + 31 * c) + y * (3 - c) + x * (c + 1)).astype(np.uint8)


@pytest.fixture
def expected() -> NDArray[np.float32]:
    """What the network said of them where it was made, (11, 8) float32."""
    return np.load(DATA / "tiny-logits.npy")


# TensorFlow's Keras and Matplotlib keep settings of their own; what is for devices keeps nothing.
@pytest.mark.parametrize(
    "engine",
    [engine for engine in ENGINES if engine.name != "tensorflow"],
    ids=lambda engine: engine.name,
)
def test_no_runtime_keeps_or_tells_anything_of_its_use(engine: Engine, tmp_path: Path) -> None:
    name = next(name for name in MODELS if name.endswith(engine.formats))
    opened(engine, DATA / name)  # or skip
    program = (
        "from pathlib import Path; from wbc_edge import runtimes;"
        f"runtimes.open_session(Path({str(DATA / name)!r}), runtime={engine.name!r})"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, **home})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_every_runtime_answers_as_the_network_that_was_exported(
    engine: Engine, name: str, pixels: NDArray[np.uint8], expected: NDArray[np.float32]
) -> None:
    session = opened(engine, DATA / name)
    logits = session.run(pixels)
    assert logits.shape == (11, 8)
    assert logits.dtype == np.float32
    step = session.output.scale or 1e-4
    assert np.abs(logits - expected).max() < 4 * step


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_a_batch_is_its_pictures_one_by_one(
    engine: Engine, name: str, pixels: NDArray[np.uint8]
) -> None:
    session = opened(engine, DATA / name)
    single = np.concatenate([session.run(pixels[n : n + 1]) for n in range(len(pixels))])
    assert np.abs(session.run(pixels) - single).max() < 1e-5


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_a_session_says_what_it_is(engine: Engine, name: str) -> None:
    session = opened(engine, DATA / name, threads=2)
    assert session.runtime == engine.name
    assert session.threads == 2
    assert session.version[0].isdigit()
    assert session.output.shape[-1] == 8
    dtype = name.split("-")[1].split(".")[0]
    assert session.input.dtype == ("float32" if dtype == "nchw" else dtype)
    if session.input.dtype == "int8":
        assert (session.input.scale, session.input.zero_point) == (1, -128)


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_pixels_that_do_not_fit_are_refused_with_both_sizes(engine: Engine, name: str) -> None:
    session = opened(engine, DATA / name)
    for wrong in (np.zeros((1, 31, 32, 3), np.uint8), np.zeros((1, 32, 32, 3), np.float32)):
        with pytest.raises(ModelError, match="takes 32 x 32 uint8 RGB pixels, not") as caught:
            session.run(wrong)  # type: ignore[arg-type]
        assert caught.value.code == "shape_mismatch"


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_damaged_model_is_a_model_error(engine: Engine, tmp_path: Path) -> None:
    if engine.name in ("tflite-runtime", "tensorflow"):
        pytest.skip(f"{engine.name} does not verify a file before it follows its offsets")
    whole = (INT8 if "tflite" in engine.formats else NCHW).read_bytes()
    path = tmp_path / f"model.{engine.formats[-1]}"
    for content in (whole[: len(whole) // 3], whole[:64] + b"\xff" * 400 + whole[464:]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="is not a model that can be run") as caught:
            opened(engine, path)
        assert caught.value.code == "model_corrupt"
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("fault", ["name", "scale"])
def test_a_model_that_tells_nonsense_of_its_tensors_is_a_model_error(
    engine: Engine, fault: str, tmp_path: Path
) -> None:
    if "tflite" not in engine.formats:
        pytest.skip("the file is a TFLite one")
    if fault == "scale" and engine.name != "openvino":
        pytest.skip("others multiply by it")
    whole = INT8.read_bytes()
    at, value = {"name": (4363, 255), "scale": (4340, 239)}[fault]
    path = tmp_path / "model.tflite"
    path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
    try:
        opened(engine, path)
    except ModelError as error:
        assert error.code == "model_corrupt"  # noqa: PT017 - what a runtime makes of it is its own
    else:
        assert engine.name == "openvino"


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_missing_runtime_says_what_to_install(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])

    monkeypatch.setattr(runtimes, "import_module", absent)
    monkeypatch.setattr(runtimes, "is_installed", lambda _: False)
    with pytest.raises(RuntimeUnavailable) as caught:
        runtimes.load_engine(engine)
    assert f'pip install "{engine.install}"' in str(caught.value)
    assert caught.value.exit_code == 4
    status = {status.name: status for status in runtimes.available()}[engine.name]
    assert (status.installed, status.usable, status.extra) == (False, False, engine.install)


def test_auto_takes_the_first_installed_runtime_of_the_format(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []
    monkeypatch.setattr(runtimes, "is_installed", lambda engine: engine.name != "litert")
    monkeypatch.setattr(
        runtimes, "import_module", lambda _: type("Adaptor", (), {"connect": _record(tried)})
    )
    runtimes.open_session(INT8)
    runtimes.open_session(NCHW)
    assert tried == ["tflite-runtime", "onnxruntime"]


def _record(tried: list[str]) -> object:
    return staticmethod(lambda engine, *_: tried.append(engine.name))


def test_auto_goes_on_where_a_runtime_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(engine: Engine, *_: object) -> str:
        if engine.name == "litert":
            raise RuntimeUnavailable("needs a newer system")
        return engine.name

    adaptor = type("Adaptor", (), {"connect": staticmethod(connect)})
    monkeypatch.setattr(runtimes, "is_installed", lambda _: True)
    monkeypatch.setattr(runtimes, "import_module", lambda _: adaptor)
    assert runtimes.open_session(INT8) == "tflite-runtime"
    with pytest.raises(RuntimeUnavailable, match="a newer system"):
        runtimes.open_session(INT8, runtime="litert")


@pytest.mark.parametrize(("cpu", "extra"), [("armv7l", "[tflite-runtime]"), ("x86_64", "")])
def test_the_advice_is_what_this_processor_has_wheels_for(
    cpu: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError(name="ai_edge_litert")

    monkeypatch.setattr(runtimes, "machine", lambda: cpu)
    monkeypatch.setattr(runtimes, "import_module", missing)
    with pytest.raises(RuntimeUnavailable) as raised:
        runtimes.load_engine(ENGINES[0])
    assert f'pip install "wbc-edge{extra}"' in str(raised.value)


def test_numpy_2_is_named_as_what_tflite_runtime_cannot_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtimes, "is_installed", lambda _: True)
    monkeypatch.setattr(np, "__version__", "2.1.0")
    engine = next(engine for engine in ENGINES if engine.name == "tflite-runtime")
    with pytest.raises(RuntimeUnavailable, match=r"needs numpy below 2, here is 2\.1\.0"):
        runtimes.load_engine(engine)


def test_wrong_choices_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="no runtime 'tpu'; choose auto, litert"):
        runtimes.open_session(INT8, runtime="tpu")
    with pytest.raises(UsageError, match=r"onnxruntime does not read .*, which is tflite"):
        runtimes.open_session(INT8, runtime="onnxruntime")
    with pytest.raises(UsageError, match="between 1 and 128, not 0"):
        runtimes.open_session(INT8, threads=0)


@pytest.mark.parametrize("where", ["in its place", "in another folder"])
def test_a_file_of_the_same_name_and_time_is_another(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path("model.tflite")
    for name in ("int8", "float32"):
        if where == "in another folder":
            (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path if where == "in its place" else tmp_path / name)
        shutil.copy(DATA / f"tiny-{name}.tflite", path)
        os.utime(path, (0, 0))
        assert opened(ENGINES[0], path).output.dtype == name


def test_opening_a_model_writes_nothing(tmp_path: Path) -> None:
    engine = ENGINES[0]
    opened(engine, INT8)
    model = shutil.copy(FLOAT, tmp_path)
    code = (
        "import sys; from pathlib import Path; from wbc_edge.runtimes import open_session;"
        "open_session(Path(sys.argv[1])); print('said', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "said\n")
