"""What the quantisers of both families have in common, of a family of one activation."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from export.quantise import Layer, Quantiser
from export.quantise.calibrators import Range
from export.quantise.statistics import Extremes, Observe
from wbc_edge.errors import UsageError

CELLS = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)


class Cubes(Quantiser):
    """Its one activation is the cube of the pixels, or of a file the pixels; channels are last."""

    suffix = ".cubes"
    channels = -1
    observed = 0

    layers: tuple[Layer, ...] = ()

    def quantise(
        self,
        ranges: Mapping[str, Range],
        *,
        keep: Collection[str] = (),
        biases: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> bytes:
        raise NotImplementedError

    def _limits(self) -> Extremes:
        return {"cube": (0.0, 1.0)}

    def _observe(self, names: set[str], content: bytes | None = None) -> Observe:
        assert names == {"cube"}
        self.observed += 1
        power = 3 if content is None else 1
        return lambda cell: [("cube", (cell / 255) ** power)]


def test_ranges_are_searched_for_once_and_not_where_all_is_kept() -> None:
    quantiser = Cubes(CELLS)
    assert quantiser.ranges("min-max") == {}
    assert quantiser.observed == 0
    found = {name: quantiser.ranges(name) for name in ("mse", "entropy", "mse")}
    assert quantiser.observed == 1
    assert found["mse"] == {"cube": pytest.approx((0, 1), abs=0.1)}
    assert quantiser.ranges("mse") is found["mse"]
    with pytest.raises(UsageError, match="no calibrator 'half'"):
        quantiser.ranges("half")


def test_means_are_over_cells_and_positions_of_the_network_or_of_a_file() -> None:
    quantiser = Cubes(CELLS[:1])
    network = quantiser.means(["cube"], CELLS)["cube"]
    np.testing.assert_allclose(network, ((CELLS / 255) ** 3).mean((0, 1, 2)))
    file = quantiser.means(["cube"], CELLS, b"file")["cube"]
    np.testing.assert_allclose(file, (CELLS / 255).mean((0, 1, 2)))
