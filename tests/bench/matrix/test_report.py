from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.matrix import report as matrix
from bench.matrix.conditions import Conditions, NotMade
from bench.matrix.report import Matrix
from bench.matrix.rows import Row
from wbc_edge.errors import UsageError
from wbc_edge.measure.intervals import Estimate


def one(network: str, command: str, size: int = 1) -> Matrix:
    """A network of one row."""
    row = Row(
        **{"network": network, "format": "int8.tflite", "runtime": "litert", "size": size},
        **{"whole": 1.0, "invoke": 0.5, "ratio": Estimate(value=0.5, low=0.4, high=0.6)},
        **{"peak": None, "top1": None, "agreement": None, "difference": None, "verdict": None},
        float_operators=0,
    )
    where = Conditions(network=network, command=command, machine="M", load=None, cautions=())
    return Matrix(rows=(row,), measured=(where,))


def test_an_earlier_matrix_is_renewed_network_by_network(tmp_path: Path) -> None:
    earlier = one("a", "first") + one("b", "first") + one("c", "first")
    missing = NotMade(network="b", format="int8.onnx", why="it lost 3 points")
    renewed = (earlier + Matrix(not_made=(missing,))).renewed(
        one("b", "again", size=2) + one("d", "again")
    )
    assert renewed.networks == ("a", "b", "c", "d")
    assert [row.size for row in renewed.rows] == [1, 2, 1, 1]
    assert renewed.not_made == ()
    matrix.write(renewed, tmp_path, command="again")
    text = (tmp_path / "matrix.md").read_text()
    assert "- Measured earlier, by `first`: a, c." in text
    assert "by `again`:" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": "wbc-edge-peers/1"}', "is no matrix of `python -m bench matrix`"),
        ('{"schema": "wbc-edge-matrix/1", "rows": [{"network": 3}]}', "the setting 'rows[0]."),
    ],
)
def test_what_is_no_matrix_is_refused(
    exported: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "other.json").write_text(text)
    asked = ["matrix", str(exported), "--earlier", str(tmp_path / "other.json")]
    shown = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "out")])
    assert isinstance(shown.exception, UsageError)
    assert f"{tmp_path / 'other.json'}: " in str(shown.exception)
    assert message in str(shown.exception)
    assert not (tmp_path / "out").exists()
