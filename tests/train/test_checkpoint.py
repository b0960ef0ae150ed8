from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from train import checkpoint
from train.zoo import NETWORKS
from wbc_edge.errors import UsageError


def _network(**changes: object) -> keras.Model:
    how = {"input_size": (32, 32), "classes": 3, "weights": None, "alpha": 0.25} | changes
    network = NETWORKS["mobilenet"](**how)
    network.compile("adam", "mse")
    network.optimizer.build(network.trainable_variables)
    return network


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return _network()


@pytest.fixture
def stored(network: keras.Model, tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.keras"
    checkpoint.save(network, path, epochs=3)
    return path


def test_it_tells_how_far_the_training_came(stored: Path) -> None:
    assert checkpoint.finished(stored) == 3
    assert checkpoint.finished(stored.with_name("none.keras")) == 0


def test_weights_are_taken_over(network: keras.Model, stored: Path) -> None:
    other = _network()
    checkpoint.restore(other, stored)
    for mine, theirs in zip(other.weights, network.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_one_of_another_network_is_named(stored: Path) -> None:
    with pytest.raises(UsageError, match=r"checkpoint\.keras: cannot be loaded \("):
        checkpoint.restore(_network(alpha=0.5), stored)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_one_that_is_cut_off_is_named(share: float, network: keras.Model, stored: Path) -> None:
    content = stored.read_bytes()
    stored.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UsageError, match=r"checkpoint\.keras: does not say how far"):
        checkpoint.finished(stored)
    with pytest.raises(UsageError, match=r"checkpoint\.keras: cannot be loaded \("):
        checkpoint.restore(network, stored)


@pytest.mark.parametrize(("place", "byte"), [(8, 1), (10, 99)], ids=["encrypted", "packed oddly"])
def test_one_whose_record_is_damaged_is_named(place: int, byte: int, stored: Path) -> None:
    content = bytearray(stored.read_bytes())
    # In the archive's directory, where it tells of the number of epochs.
    content[content.rindex(b"finished_epochs") - 46 + place] = byte
    stored.write_bytes(content)
    with pytest.raises(UsageError, match=r"checkpoint\.keras: does not say how far"):
        checkpoint.finished(stored)
