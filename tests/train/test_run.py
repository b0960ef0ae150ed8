from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.train import tiny
from train import record
from train.config import Negatives
from train.negatives import GROUPS
from train.run import Run
from wbc_edge.errors import UsageError


def test_a_run_tells_every_machine_once_in_order(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.machines() == []
    for name in ("a card", "a processor", "a card"):
        run.write_machine(name)
    assert Run(tmp_path).machines() == ["a card", "a processor"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "the setting 'machines' is missing"),
        ('{"machines": "a card"}', "'machines' has to be a list, not 'a card'"),
        ('{"machines": [1]}', r"'machines\[0\]' has to be a text, not 1"),
    ],
)
def test_machines_that_are_none_are_named_and_kept(text: str, reason: str, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.machines_file.write_text(text)
    with pytest.raises(UsageError, match=rf"machines\.json: .*{reason}"):
        run.write_machine("a card")
    assert run.machines_file.read_text() == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"epoch,val_accuracy\nnan,0.5\n", "'nan'"),
        (b"epoch,val_accuracy\n1,high\n", "'high'"),
        (b"val_accuracy\n0.5\n", "the column 'epoch' is missing"),
        (b"epoch,loss\n1,0.5\n", "the column 'val_accuracy' is missing"),
        (b"epoch,val_accuracy\n1\n", "a row is longer or shorter"),
        (b"epoch,val_accuracy\n1,0.5,0.5\n", "a row is longer or shorter"),
        (b"epoch,val_accuracy\n1,0.5\xff\n", "can't decode"),
    ],
)
def test_a_history_that_is_none_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.history_file.write_bytes(content)
    with pytest.raises(UsageError, match=rf"history\.csv: is no history \(.*{reason}"):
        run.kept_epoch()


def test_an_epoch_without_a_loss_is_one_all_the_same(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.history_file.write_text("epoch,loss,val_accuracy\n1,nan,0.5\n")
    (row,) = run.history()
    assert (row["epoch"], row["val_accuracy"]) == (1, 0.5)


@pytest.mark.parametrize(
    "stored",
    [
        {"parts": {"train": [[]], "val": [], "test": []}, "conflicts": [], "sha256": ""},
        {"parts": {"train": [], "val": []}, "conflicts": [], "sha256": ""},
        {"parts": [], "conflicts": [], "sha256": ""},
        [],
    ],
)
def test_a_record_of_a_split_that_is_none_is_named(stored: object, tmp_path: Path) -> None:
    file = tmp_path / "split.json"
    for text in (json.dumps({"cells": stored}), "[" * 100_000):
        file.write_text(text)
        with pytest.raises(UsageError, match=r"split\.json: no readable record of the split"):
            record.read(file)


@pytest.mark.parametrize("content", [b"", b"no network", b"PK\3\4" + bytes(40)])
def test_a_network_that_is_none_is_named(content: bytes, tmp_path: Path) -> None:
    run = Run(tmp_path)
    tiny.config(tmp_path).save(run.config_file)
    run.best_file.write_bytes(content)
    with pytest.raises(UsageError, match=r"best\.keras: cannot be loaded \(.*\)$"):
        run.best()


def test_groups_of_negatives_are_texts(tmp_path: Path) -> None:
    picture = tmp_path / "negatives" / "test" / "cells-corners" / "a.png"
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(picture)
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    path = str(tmp_path / "negatives")
    tiny.config(tmp_path, negatives=Negatives(path=path, weight=0.1)).save(run.config_file)
    groups = tmp_path / "negatives" / GROUPS
    groups.write_text('{"test/cells-corners/a.png": "a slide"}')
    assert run.negatives_groups("test") == ["a slide"]
    groups.write_text('{"test/cells-corners/a.png": ["a slide"]}')
    with pytest.raises(UsageError, match=r"groups\.json: .*a\.png' has to be a text, not \['a"):
        run.negatives_groups("test")


def test_negatives_under_a_name_that_none_can_have_are_none(tmp_path: Path) -> None:
    run = Run(tmp_path)
    tiny.config(tmp_path, negatives=Negatives(path="no\0where", weight=0.1)).save(run.config_file)
    with pytest.raises(UsageError, match="holds no pictures"):
        run.negatives("train")
