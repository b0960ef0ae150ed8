from __future__ import annotations

import cv2
import numpy as np
import pytest

from wbc_edge import synthetic

torch = pytest.importorskip("torch", reason="`make test-backends` installs it")

from train.accelerator import colour  # noqa: E402

CELL = synthetic.draw("eosinophil", seed=3, size=96)
BATCH = torch.as_tensor(CELL[np.newaxis]).permute(0, 3, 1, 2).float()


def _picture(made: object) -> np.ndarray:
    return made[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(
    ("to", "back", "code", "units"),
    [
        (colour.to_lab, colour.from_lab, cv2.COLOR_RGB2LAB, 1),
        (colour.to_hsv, colour.from_hsv, cv2.COLOR_RGB2HSV, np.array([360, 1, 1 / 255])),
    ],
)
def test_a_space_is_the_common_one_and_leads_back(to, back, code, units) -> None:
    expected = cv2.cvtColor(CELL.astype(np.float32) / 255, code)
    np.testing.assert_allclose(_picture(to(BATCH)) * units, expected, atol=0.5)
    np.testing.assert_allclose(_picture(back(to(BATCH))), CELL, atol=0.01)


@pytest.mark.parametrize("quality", [35, 60, 90])
def test_the_codec_loses_what_a_jpeg_loses(quality: int) -> None:
    code = cv2.imencode(".jpg", CELL[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    jpeg = cv2.imdecode(code, cv2.IMREAD_COLOR)[..., ::-1].astype(float)
    made = _picture(colour.compressed(BATCH, np.array([quality])))
    lost = np.abs(jpeg - CELL).mean()
    assert np.abs(made - CELL).mean() == pytest.approx(lost, rel=0.15)
    assert np.abs(made - jpeg).mean() < 0.6 * lost


def test_the_codec_takes_sides_that_are_no_multiple_of_its_blocks() -> None:
    odd = BATCH[:, :, :50, :41]
    made = colour.compressed(odd, np.array([90]))
    assert made.shape == odd.shape
    assert (made - odd).abs().mean() < 3
