from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from wbc_edge import framing, synthetic

torch = pytest.importorskip("torch", reason="`make test-backends` installs it")

from train.accelerator import filters  # noqa: E402

CELLS = np.stack([synthetic.draw("neutrophil", seed=seed, size=64) for seed in range(3)])
BATCH = torch.as_tensor(CELLS).permute(0, 3, 1, 2).float()


def test_each_picture_is_blurred_by_its_own_deviation() -> None:
    sigmas = np.array([0.4, 1.5, 3.2])
    made = filters.blurred(BATCH, sigmas).permute(0, 2, 3, 1).numpy()
    expected = np.stack(
        [cv2.GaussianBlur(cell, (0, 0), sigma) for cell, sigma in zip(CELLS, sigmas, strict=True)]
    )
    assert np.abs(made - expected).max() < 1.5


def test_each_picture_is_correlated_with_its_own_kernel() -> None:
    kernels = np.random.default_rng(0).normal(0, 0.2, (3, 5, 5)).astype(np.float32)
    made = filters.correlated(BATCH, torch.as_tensor(kernels)).permute(0, 2, 3, 1).numpy()
    expected = np.stack(
        [
            cv2.filter2D(cell.astype(np.float32), -1, kernel)
            for cell, kernel in zip(CELLS, kernels, strict=True)
        ]
    )
    np.testing.assert_allclose(made, expected, atol=1e-2)


def test_the_background_is_the_device_s() -> None:
    expected = np.stack([framing.bright(Image.fromarray(cell)) for cell in CELLS])
    np.testing.assert_allclose(filters.bright(BATCH.flatten(2)).numpy(), expected, atol=1e-3)
    expected = np.stack([framing.background(cell) for cell in CELLS])
    np.testing.assert_array_equal(filters.background(BATCH).floor().numpy(), expected)


def test_channels_are_mixed_by_one_matrix_or_by_one_each() -> None:
    matrices = np.random.default_rng(0).normal(0, 1, (3, 3, 3))
    each = filters.mixed(BATCH, matrices)
    for number, matrix in enumerate(matrices):
        torch.testing.assert_close(filters.mixed(BATCH, matrix)[number], each[number])
        expected = CELLS[number].astype(float) @ matrix.T
        np.testing.assert_allclose(each[number].permute(1, 2, 0).numpy(), expected, atol=1e-2)
