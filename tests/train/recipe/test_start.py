from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.train import tiny
from train.commands.settings import configured
from train.config import from_table, layout
from train.fit import begin
from train.recipe import start
from wbc_edge import card
from wbc_edge.bundle import SHIPPED_DIRECTORY
from wbc_edge.errors import UsageError


def test_a_network_of_other_classes_or_views_is_not_gone_on_from(
    drawn_cells: Path, tmp_path: Path
) -> None:
    ours = tiny.config(drawn_cells)
    known = ours.labels
    for name, changes, sentence in (
        ("order", {"labels": known[::-1]}, f"its classes in another order: {known[-1]}"),
        ("more", {"labels": (*known, "blast")}, "knows the class 'blast' besides"),
        ("fewer", {"labels": known[1:]}, f"does not know the class '{known[0]}'"),
        ("light", {"input": replace(ours.input, light="white")}, "sees cells with light white"),
    ):
        earlier = begin(tiny.config(drawn_cells, **changes), tmp_path / name)
        with pytest.raises(UsageError, match=f"{name}: this network to go on from .*{sentence}"):
            start.find(str(earlier.folder)).check(ours)


def test_a_network_is_gone_on_from_at_another_scale(drawn_cells: Path, tmp_path: Path) -> None:
    ours = tiny.config(drawn_cells)
    closer = replace(ours.input, framing=replace(ours.input.framing, scale=1.8))
    wider = start.of_run(begin(ours, tmp_path / "wider"))
    wider.check(replace(ours, input=closer))
    centred = replace(ours.input, framing=replace(ours.input.framing, method="centre"))
    with pytest.raises(UsageError, match="sees cells with framing"):
        wider.check(replace(ours, input=centred))


def test_a_shipped_model_brings_its_classes_network_and_view(drawn_cells: Path) -> None:
    flags = {"sources": [str(drawn_cells)], "start": "nano-float16", "input": {"height": 48}}
    config = configured(None, (), flags)
    known = card.read(SHIPPED_DIRECTORY / "nano-float16.tflite")
    assert config.labels == known.labels
    assert config.architecture == known.architecture
    assert config.input == replace(known.input, height=48)
    assert config.start == "nano-float16"


def test_a_run_gone_on_from_says_what_flags_leave_out(drawn_cells: Path, tmp_path: Path) -> None:
    ours = tiny.config(drawn_cells)
    earlier = begin(ours, tmp_path / "earlier")
    flags = {"sources": [str(drawn_cells)], "start": str(earlier.folder)}
    config = configured(None, ["options.dropout=0.5"], flags)
    assert config.options == {**ours.options, "dropout": 0.5}
    assert (config.labels, config.input) == (ours.labels, ours.input)


def test_a_stored_run_needs_nothing_of_what_it_went_on_from(
    drawn_cells: Path, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone")
    run = begin(tiny.config(drawn_cells, start=gone), tmp_path / "run")
    assert configured(run.config_file, (), {"epochs": 3}).start == gone
    with pytest.raises(UsageError, match="gone: no training run here"):
        configured(None, (), {"sources": [str(drawn_cells)], "start": gone})


def test_a_recipe_that_says_what_it_needs_is_read_without_what_it_goes_on_from() -> None:
    recipe = Path(__file__).parents[3] / "train" / "shipped" / "nano-faults.toml"
    config = configured(recipe, (), {})
    assert (config.start, config.options) == ("runs/nano-close", {})


def test_a_network_that_is_named_has_its_own_options(drawn_cells: Path) -> None:
    flags = {"sources": [str(drawn_cells)], "start": "edge-float16", "network": "tiny_resnet"}
    assert configured(None, (), flags).options == {}


def test_what_is_no_literal_in_an_architecture_is_a_text() -> None:
    assert layout("x a={[]:1} b=wide c=0.5") == ("x", {"a": "{[]:1}", "b": "wide", "c": 0.5})


@pytest.mark.parametrize(
    "table",
    [
        {"network": "mobilenet", "options": {"alpha": 0.75}},
        {"network": "tiny_resnet", "options": {"widths": [8, 24], "dropout": 0.1}},
        {"network": "dm_fnet"},
        {"network": "mobilenet", "options": {"name": "a b"}},
    ],
)
def test_an_architecture_in_words_is_read_back(table: dict[str, object]) -> None:
    config = from_table({"sources": [], "labels": ["a", "b"], **table})
    assert layout(config.architecture) == (config.network, config.options)
