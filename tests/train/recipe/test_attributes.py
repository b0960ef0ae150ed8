from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.train import tiny
from train.config import Attributes
from train.recipe.attributes import gather, widened
from train.run import Run
from train.sources.sample import Sample
from wbc_edge.errors import UsageError


def _run(cells: Path, folder: Path, table: str | None, **how: Any) -> Run:
    run = Run(folder)
    folder.mkdir()
    if table is not None:
        how["path"] = str(folder / "table.csv")
        Path(how["path"]).write_text(table)
    tiny.config(cells, attributes=Attributes(weight=0.3, **how)).save(run.config_file)
    return run


def _table(cells: list[Sample], *values: str) -> str:
    rows = [f"{cell.key},{each}" for cell, each in zip(cells, values, strict=True)]
    return "\n".join(["file,shade,lobes,number", *rows, ""])


@pytest.fixture
def parts(drawn_cells: Path, tmp_path: Path) -> dict[str, list[Sample]]:
    return _run(drawn_cells, tmp_path / "parts", None).splits["drawn"].parts


def test_the_values_are_those_of_the_training_cells(
    drawn_cells: Path, tmp_path: Path, parts: dict[str, list[Sample]]
) -> None:
    cells = [*parts["train"][:4], parts["test"][0]]
    table = _table(cells, "pale,3,", "dark,,", "dark,3,", "pale,,", "green,2,")
    run = _run(drawn_cells, tmp_path / "run", table)
    learnt = gather(run)
    # Lobes have one value among the training cells, and green is a test cell's.
    assert learnt.values == {"shade": ["dark", "pale"]}
    assert learnt.sizes == (2,)
    assert str(learnt) == "learnt beside the classes: shade (2 values)"
    targets = learnt.targets["drawn"]
    assert targets.shape == (len(parts["train"]), 2)
    assert targets[:4].tolist() == [[0, 1], [1, 0], [1, 0], [0, 1]]
    assert not targets[4:].any()


def test_what_names_single_cells_is_no_attribute(
    drawn_cells: Path, tmp_path: Path, parts: dict[str, list[Sample]]
) -> None:
    table = _table(parts["train"][:4], "pale,,1", "dark,,2", "dark,,3", "pale,,4")
    with pytest.raises(UsageError, match="'number' takes 4 values on 4 training cells"):
        gather(_run(drawn_cells, tmp_path / "all", table))
    named = gather(_run(drawn_cells, tmp_path / "named", table, names=("shade",)))
    assert list(named.values) == ["shade"]
    with pytest.raises(UsageError, match="nothing is known of 'colour'"):
        gather(_run(drawn_cells, tmp_path / "other", table, names=("colour",)))


@pytest.mark.parametrize(
    ("table", "how", "reason"),
    [
        ("file,shade\nelsewhere.png,dark\n", {}, "names none of the cells"),
        ("file,shade\na,dark\na,pale\n", {}, "says two things of a"),
        ("file,shade\na,dark\n", {"source": "b"}, "no source 'b'; there are drawn"),
        (None, {}, "no attribute has two values"),
    ],
)
def test_what_teaches_nothing_is_refused(
    drawn_cells: Path, tmp_path: Path, table: str | None, how: dict[str, str], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        gather(_run(drawn_cells, tmp_path / "run", table, **how))


def test_a_run_goes_on_with_the_attributes_that_it_began_with(
    drawn_cells: Path, tmp_path: Path, parts: dict[str, list[Sample]]
) -> None:
    cells = parts["train"][:4]
    run = _run(drawn_cells, tmp_path / "run", _table(cells, "a,,", "b,,", "b,,", "a,,"))
    gather(run)
    gather(run)
    table = Path(str(run.config.attributes.path))
    table.write_text(_table(cells, "a,,", "b,,", "a,,", "b,,"))
    with pytest.raises(UsageError, match="attributes of its cells have changed"):
        gather(run)


def test_attributes_can_be_learnt_by_what_tells_the_classes() -> None:
    keras.utils.set_random_seed(0)
    pixels = keras.Input((4,))
    network = keras.Model(pixels, keras.layers.Dense(3)(pixels))
    both = widened(network, 2)
    assert both.output_shape == (None, 5)
    views = np.eye(4, dtype=np.float32)
    np.testing.assert_allclose(both(views)[:, :3], network(views))
    known = np.eye(2, dtype=np.float32)[[0, 1, 0, 1]]

    def cost(targets: Any, logits: Any) -> Any:
        return keras.losses.categorical_crossentropy(targets, logits[:, 3:], from_logits=True)

    both.compile(keras.optimizers.Adam(0.1), cost)
    losses = [float(both.train_on_batch(views, known)) for _ in range(20)]
    assert losses[-1] < 0.5 * losses[0]


def test_a_network_that_ends_in_no_dense_layer_cannot_tell_attributes() -> None:
    pixels = keras.Input((8, 8, 3))
    maps = keras.layers.Conv2D(2, 1)(pixels)
    network = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(maps), name="late")
    with pytest.raises(UsageError, match="'late' ends in no dense layer"):
        widened(network, 3)
