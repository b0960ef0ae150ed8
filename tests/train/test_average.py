from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.train import command, tiny
from train import checkpoint
from train.average import average
from train.fit import begin, fit
from train.run import Run
from train.zoo.build import configured
from wbc_edge.errors import UsageError


@pytest.fixture(scope="module")
def pair(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run, and one that goes on from it."""
    folder = tmp_path_factory.mktemp("runs")
    first = fit(tiny.config(drawn_cells, epochs=1), folder / "first", report=lambda _: None)
    config = tiny.config(drawn_cells, epochs=1, start=str(first.folder), learning_rate=0.01)
    return first, fit(config, folder / "second", report=lambda _: None)


def test_an_average_is_a_finished_run_of_the_mean_weights(
    pair: tuple[Run, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [run.folder for run in pair]
    out = tmp_path / "both"
    code = command.run(monkeypatch, "average", *folders, "--scale", "1.9", "--out", out)
    assert code == 0
    both = Run(out)
    both.check_finished()
    one, two, mean = (run.best().get_weights() for run in (*pair, both))
    for a, b, found in zip(one, two, mean, strict=True):
        np.testing.assert_allclose(found, (a + b) / 2, rtol=1e-5, atol=1e-7)
    assert any((a != b).any() for a, b in zip(one, two, strict=True))
    assert both.config.mean_of == tuple(map(str, folders))
    assert both.config.learns_from == both.config.mean_of
    assert both.config.input.framing.scale == 1.9
    assert both.metrics["drawn/test"]["count"] > 0
    assert both.split_sha256 == pair[0].split_sha256


def test_one_run_at_another_scale_is_the_same_network(
    pair: tuple[Run, Run], tmp_path: Path
) -> None:
    near = average(pair[:1], tmp_path / "near", scale=1.6, report=lambda _: None)
    assert near.config.input.framing.scale == 1.6
    for one, found in zip(pair[0].best().get_weights(), near.best().get_weights(), strict=True):
        np.testing.assert_array_equal(one, found)
    with pytest.raises(UsageError, match="or another scale"):
        average(pair[:1], tmp_path / "same", scale=pair[0].config.input.framing.scale)


def test_one_run_in_more_pixels_is_the_same_network(
    pair: tuple[Run, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "large"
    side = pair[0].config.input.height + 16
    code = command.run(monkeypatch, "average", pair[0].folder, "--size", side, "--out", out)
    assert code == 0
    large = Run(out)
    large.check_finished()
    assert (large.config.input.height, large.config.input.width) == (side, side)
    assert large.config.input.framing == pair[0].config.input.framing
    assert large.best().input_shape == (None, side, side, 3)
    for one, found in zip(pair[0].best().get_weights(), large.best().get_weights(), strict=True):
        np.testing.assert_array_equal(one, found)
    with pytest.raises(UsageError, match="or another scale or size"):
        average(pair[:1], tmp_path / "same", size=pair[0].config.input.height)


def test_a_network_whose_weights_fit_one_size_alone_is_refused(
    drawn_cells: Path, tmp_path: Path
) -> None:
    config = tiny.config(drawn_cells, network="resnet50", options={"alpha": 0.125})
    flat = begin(config, tmp_path / "flat")
    checkpoint.save(configured(config), flat.best_file)
    flat.metrics_file.write_text("{}")
    with pytest.raises(UsageError, match="has other weights at 96 × 96 pixels"):
        average([flat], tmp_path / "large", size=96, report=lambda _: None)
    assert not (tmp_path / "large").exists()


def test_an_average_is_not_trained(pair: tuple[Run, Run], tmp_path: Path) -> None:
    both = average(pair, tmp_path / "both", report=lambda _: None)
    before = both.best_file.read_bytes()
    with pytest.raises(UsageError, match="both: is the mean of other runs"):
        fit(both.config, both.folder, resume=True, report=lambda _: None)
    assert both.best_file.read_bytes() == before


def test_what_cannot_be_averaged_is_refused(
    pair: tuple[Run, Run], drawn_cells: Path, tmp_path: Path
) -> None:
    def finished(name: str, **changes: object) -> Run:
        """A run that has come to its end, as far as its settings go."""
        run = begin(tiny.config(drawn_cells, **changes), tmp_path / name)
        run.metrics_file.write_text("{}")
        return run

    first, second = pair
    centred = replace(first.config.input, light="white")
    far = replace(first.config.input, framing=replace(first.config.input.framing, scale=3.0))
    wide = fit(
        tiny.config(drawn_cells, epochs=1, steps=1, options={"alpha": 0.5}),
        tmp_path / "wide",
        report=lambda _: None,
    )
    for runs, sentence in (
        ([first], "needs two runs"),
        ([begin(tiny.config(drawn_cells), tmp_path / "begun"), second], "not finished"),
        ([finished("order", labels=first.config.labels[::-1]), second], "another order"),
        ([finished("light", input=centred), second], "sees cells with light white"),
        ([finished("parts", seed=3), second], "parted otherwise"),
        ([wide, second], "other layers"),
        ([finished("far", input=far), second], r"far: sees cells otherwise \(framing"),
    ):
        with pytest.raises(UsageError, match=sentence):
            average(runs, tmp_path / "out", report=lambda _: None)
        assert not (tmp_path / "out").exists()
