from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train import tiny
from train.augment import Augmentation
from train.commands.settings import named
from train.config import Config, Mixing, Optimizer, Stage, from_table, load
from train.document import nested
from wbc_edge.errors import UsageError

LEAST = {"sources": ["folder:cells@0.5"], "labels": ["monocyte", "basophil"]}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    config = tiny.config(
        tmp_path,
        stages=(Stage(epochs=2, freeze="all", rate=3.0),),
        optimizer=Optimizer(name="sgd", average=0.99),
        mixing=Mixing(cutmix=0.5),
        augmentation=Augmentation(hed=0.3),
    )
    config.save(tmp_path / "config.json")
    assert load(tmp_path / "config.json") == config


def test_a_configuration_that_is_saved_is_whole_or_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, text: str, **_: object) -> None:
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    file = tmp_path / "config.json"
    tiny.config(tmp_path).save(file)
    before = file.read_bytes()
    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(KeyboardInterrupt):
        tiny.config(tmp_path, epochs=9).save(file)
    assert file.read_bytes() == before


def test_settings_that_differ_are_named(tmp_path: Path) -> None:
    one = tiny.config(tmp_path, options={"blocks": (1, 2)})
    other = replace(
        one,
        options={"blocks": [1, 2], "alpha": 0.5},
        optimizer=Optimizer(average=0.9),
        seed=3,
    )
    assert not one.differences(replace(one, options={"blocks": [1, 2]}))
    assert one.differences(other) == ["options.alpha", "optimizer.average", "seed"]


def test_a_run_from_before_the_recipe_grew_is_loaded(tmp_path: Path) -> None:
    old = {
        **LEAST,
        "input": {"height": 128, "width": 128, "framing": {"method": "cell", "scale": 2.2}},
        "augmentation": {"scale": 1.3, "noise": 0.2},
        "learning_rate": 1,
        "weights": None,
    }
    (tmp_path / "config.json").write_text(json.dumps(old))
    config = load(tmp_path / "config.json")
    assert (config.learning_rate, config.weights, config.optimizer) == (1.0, None, Optimizer())


def test_toml_says_the_same_and_names_what_is_absent(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(
        """
        sources = ["folder:cells@0.5"]
        labels = ["monocyte", "basophil"]
        weights = "none"
        input.height = 96
        optimizer = { name = "sgd", accumulate = 4 }
        [[stages]]
        epochs = 2
        freeze = "all"
        """
    )
    config = load(tmp_path / "run.toml")
    assert config.weights is None
    assert (config.input.height, config.input.width) == (96, Config.input.width)
    assert config.optimizer == Optimizer(name="sgd", accumulate=4)
    assert config.stages == (Stage(epochs=2, freeze="all"),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"epoch": 3}, "no such setting 'epoch'; there are attributes, augmentation"),
        ({"optimizer": {"nam": "sgd"}}, "no such setting 'optimizer.nam'"),
        ({"epochs": "three"}, "'epochs' has to be a whole number, not 'three'"),
        ({"epochs": 0}, "'epochs' has to be 1 or more"),
        ({"labels": "monocyte"}, "'labels' has to be a list"),
        ({"labels": None}, "'labels' has to be a list"),
        ({"labels": ["monocyte"]}, "'labels' has to be two or more names, each once"),
        ({"labels": ["monocyte", "basophil", "monocyte"]}, "'labels' has to be two or more"),
        ({"labels": ["monocyte", ""]}, "'labels' has to be two or more names"),
        ({"labels": ["monocyte", "no cell"]}, "'labels' has to be other names than no cell and"),
        ({"stages": [{"freeze": "all"}]}, r"'stages\[0\].epochs' is missing"),
        ({"precision": "float8"}, "'precision' has to be one of float32"),
        ({"augmentation": {"haze": -1}}, "'haze' has to be 0 or more"),
        ({"input": {"height": 0}}, "input.height"),
        ({"input": {"mean": [127, 127, 127]}}, r"'input.mean' has to be \(0.0, 0.0, 0.0\), as for"),
        ({"input": {"layout": "NCHW"}}, "'input.layout' has to be NHWC, as for all"),
        ({"optimizer": {"average": 1.0}}, "'optimizer.average' has to be 0 or more and below 1"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        from_table({**LEAST, **changes})


@pytest.mark.parametrize(
    ("folds", "fold", "name"), [(None, 2, "fold"), (5, 0, "fold"), (5, 6, "fold"), (1, 1, "folds")]
)
def test_a_fold_is_one_of_those_there_are(folds: int | None, fold: int, name: str) -> None:
    with pytest.raises(UsageError, match=f"the setting '{name}' has to be"):
        from_table({**LEAST, "folds": folds, "fold": fold})


def test_an_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(UsageError, match=r"run\.json: Expecting"):
        load(tmp_path / "run.json")
    (tmp_path / "run.json").write_text('{"labels": []}')
    with pytest.raises(UsageError, match=r"run\.json: the setting 'sources' is missing"):
        load(tmp_path / "run.json")


def test_stages_come_first_and_end_with_the_epochs() -> None:
    stages = [{"epochs": 2, "freeze": "all", "rate": 5.0}, {"epochs": 3, "freeze": "norms"}]
    course = from_table({**LEAST, "epochs": 9, "freeze": "first:4", "stages": stages}).course()
    assert [(s.epochs, s.freeze, s.rate) for s in course] == [
        (2, "all", 5.0),
        (3, "norms", 1.0),
        (4, "first:4", 1.0),
    ]
    short = from_table({**LEAST, "epochs": 3, "stages": stages}).course()
    assert [stage.epochs for stage in short] == [2, 1]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("run.json", "[" * 100_000, "more than 50 tables or lists within one another"),
        ("run.json", '{"options": ' + "[" * 50 + "1" + "]" * 50 + "}", "more than 50 tables"),
        ("run.toml", "options = " + "[" * 100_000, "more than 50 tables"),
        ("run.toml", ".".join("a" * 5000) + " = 1", "more than 50 tables"),
        ("run.json", '{"seed": ' + "1" * 5000 + "}", "a number of more digits than are read"),
        ("run.toml", "seed = 0x" + "f" * 5000, "a number of more digits than are read"),
        ("run.toml", "options.since = 2026-07-01", "a date or a time, which no setting is"),
    ],
)
def test_a_file_that_nothing_could_go_through_is_refused(
    name: str, text: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=rf"{name}: {reason}"):
        load(tmp_path / name)


def test_as_many_tables_and_lists_as_are_read_are_written(tmp_path: Path) -> None:
    options = nested(".".join("a" * 48), 1)
    config = from_table({**LEAST, "options": options})
    config.save(tmp_path / "config.json")
    assert load(tmp_path / "config.json").options == options
    with pytest.raises(UsageError, match=r"the setting 'a\.a.* stands in more than 50 tables"):
        nested(".".join("a" * 51), 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("options=" + "[" * 100_000, "--set options: more than 50 tables or lists"),
        ("seed=" + "1" * 5000, "--set seed: a number of more digits than are read"),
        ("x" * 100_000, "--set x.* x*: expected NAME=VALUE"),
    ],
)
def test_a_setting_that_is_not_read_is_named(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as told:
        named("--set", text)
    assert len(str(told.value)) < 300


def test_of_what_is_long_an_error_quotes_the_ends() -> None:
    for changes in (
        {"learning_rate": 10**400},
        {"epochs": 10**400},
        {"epochs": "three " * 10_000},
        {"precision": "float" * 10_000},
        {"optimizer": ["sgd"] * 10_000},
        {"epoch" * 10_000: 3},
    ):
        with pytest.raises(UsageError, match=r"(not|setting) .* \.\.\. ") as told:
            from_table({**LEAST, **changes})
        assert len(str(told.value)) < 600


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan")])
def test_a_number_that_no_arithmetic_is_done_with_is_none(number: float) -> None:
    with pytest.raises(UsageError, match="'learning_rate' has to be a number, not"):
        from_table({**LEAST, "learning_rate": number})


def test_settings_have_the_hash_that_they_have_when_read_from_a_file(tmp_path: Path) -> None:
    made = replace(from_table(LEAST), augmentation=Augmentation(crop=0, haze=0))
    made.save(tmp_path / "config.json")
    assert load(tmp_path / "config.json").sha256 == made.sha256
    assert made.sha256 != from_table(LEAST).sha256
