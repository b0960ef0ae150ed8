"""Spaces of colour for batches of pictures (N, 3, H, W), and the codec that works in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from train.accelerator.filters import beside, column, mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

# sRGB with the white of D65 (IEC 61966-2-1), to CIE XYZ divided by that white.
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
) / np.array([[0.950456], [1.0], [1.088754]])
_LAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_DARK = np.array([[16.0, 0.0, 0.0]])
_KNEE = 0.008856


def to_lab(rgb: Tensor) -> Tensor:
    """sRGB from 0 to 255 to CIE L*a*b*."""
    share = rgb / 255
    linear = torch.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92)
    xyz = mixed(linear, _TO_XYZ).clamp_min(0)
    root = torch.where(xyz > _KNEE, xyz ** (1 / 3), 7.787 * xyz + 16 / 116)
    return mixed(root, _LAB) - column(_DARK, rgb)


def from_lab(lab: Tensor) -> Tensor:
    """CIE L*a*b* to sRGB from 0 to 255, cut to that range."""
    root = mixed(lab + column(_DARK, lab), np.linalg.inv(_LAB))
    xyz = torch.where(root > _KNEE ** (1 / 3), root**3, (root - 16 / 116) / 7.787)
    linear = mixed(xyz, np.linalg.inv(_TO_XYZ)).clamp(0, 1)
    curved = 1.055 * linear.clamp_min(1e-8) ** (1 / 2.4) - 0.055
    return 255 * torch.where(linear > 0.0031308, curved, 12.92 * linear)


def to_hsv(rgb: Tensor) -> Tensor:
    """RGB to hue in turns, saturation from 0 to 1, and value as bright as RGB."""
    value, largest = rgb.max(1)
    chroma = value - rgb.min(1).values
    red, green, blue = rgb.unbind(1)
    safe = chroma.clamp_min(1e-6)
    sixths = torch.stack(
        [((green - blue) / safe) % 6, (blue - red) / safe + 2, (red - green) / safe + 4], 1
    )
    hue = sixths.gather(1, largest.unsqueeze(1)).squeeze(1) / 6
    return torch.stack([hue, chroma / value.clamp_min(1e-6), value], 1)


def from_hsv(hsv: Tensor) -> Tensor:
    """The way back."""
    hue, saturation, value = hsv.unbind(1)
    sectors = torch.tensor([5.0, 3.0, 1.0], device=hsv.device)[:, None, None]
    place = (sectors + 6 * hue.unsqueeze(1)) % 6
    share = torch.minimum(place, 4 - place).clamp(0, 1)
    return value.unsqueeze(1) * (1 - saturation.unsqueeze(1) * share)


# ITU-R BT.601, full range, as JFIF has it.
_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
_CHROMA = np.full((8, 8), 99)
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
# The orthonormal cosine transform of 8 values, a row per frequency.
_COSINES = np.cos((2 * np.arange(8) + 1) * np.arange(8)[:, np.newaxis] * np.pi / 16) / 2
_COSINES[0] /= np.sqrt(2)


def compressed(pictures: Tensor, qualities: NDArray[np.int64]) -> Tensor:
    """What JPEG leaves of each picture at its quality, chroma halved, with the example tables.

    ITU-T T.81, annexes A.3 and K.1, and the qualities of the Independent JPEG Group.
    """
    height, width = pictures.shape[2:]
    padded = functional.pad(pictures, (0, -width % 16, 0, -height % 16), mode="replicate")
    ycc = mixed(padded, _TO_YCC)
    luma = _quantised(ycc[:, :1] - 128, _LUMA, qualities) + 128
    halved = functional.avg_pool2d(ycc[:, 1:], 2)
    chroma = functional.interpolate(
        _quantised(halved, _CHROMA, qualities), scale_factor=2, mode="bilinear", align_corners=False
    )
    back = mixed(torch.cat([luma, chroma], 1), np.linalg.inv(_TO_YCC))
    return back[:, :, :height, :width]


def _quantised(planes: Tensor, table: NDArray[np.int64], qualities: NDArray[np.int64]) -> Tensor:
    """Planes (N, C, H, W) of blocks of 8 × 8 whose cosine coefficients are rounded to steps."""
    scale = np.where(qualities < 50, 5000 / qualities, 200 - 2 * qualities)
    steps = np.clip(np.floor((table * scale[:, None, None] + 50) / 100), 1, 255)
    size = beside(steps[:, None, None, :, None, :], planes)
    count, channels, height, width = planes.shape
    blocks = planes.reshape(count, channels, height // 8, 8, width // 8, 8)
    cosines = beside(_COSINES, planes)
    found = torch.einsum("ky,ncayjx,lx->ncakjl", cosines, blocks, cosines)
    rounded = torch.round(found / size) * size
    back = torch.einsum("ky,ncakjl,lx->ncayjx", cosines, rounded, cosines)
    return back.reshape(planes.shape)
