from __future__ import annotations

from pathlib import Path

import keras
import pytest

from tests.train import tiny
from train.config import Attributes
from train.recipe.attributes import vocabulary, widened
from train.run import Run
from wbc_edge.errors import UsageError


def _run(cells: Path, folder: Path, table: str | None) -> Run:
    run = Run(folder)
    folder.mkdir()
    path = None
    if table is not None:
        path = folder / "table.csv"
        path.write_text(table)
    how = Attributes(path=None if path is None else str(path), weight=0.3)
    tiny.config(cells, attributes=how).save(run.config_file)
    return run


def test_the_values_are_those_of_the_training_cells(drawn_cells: Path, tmp_path: Path) -> None:
    run = _run(drawn_cells, tmp_path / "plain", "file,a\nnone,x\n")
    parts = run.splits["drawn"].parts
    one, other = parts["train"][:2]
    table = "file,shade,lobes\n" + "".join(
        f"{sample.key},{shade},{lobes}\n"
        for sample, shade, lobes in (
            (one, "pale", "3"),
            (other, "dark", ""),
            (parts["test"][0], "green", "3"),
        )
    )
    found = vocabulary(_run(drawn_cells, tmp_path / "run", table))
    assert found is not None
    # Lobes have one value among the training cells, and green is a test cell's.
    assert found.values == {"shade": ["dark", "pale"]}
    assert found.sizes == (2,)
    cells = [one, other, parts["train"][2], parts["test"][0]]
    assert found.targets(cells).tolist() == [[0, 1], [1, 0], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("file,shade\nelsewhere.png,dark\n", "names none of the cells"),
        ("file,shade\na,dark\na,pale\n", "says two things of a"),
        (None, "no attribute has two values"),
    ],
)
def test_what_teaches_nothing_is_refused(
    drawn_cells: Path, tmp_path: Path, table: str | None, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        vocabulary(_run(drawn_cells, tmp_path / "run", table))


def test_a_network_without_pooled_features_cannot_tell_attributes() -> None:
    pixels = keras.Input((8, 8, 3))
    maps = keras.layers.Conv2D(2, 1)(pixels)
    network = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(maps), name="late")
    with pytest.raises(UsageError, match="'late' has no pooled features"):
        widened(network, 3)
