"""What the views are made with: blur, correlation and histograms over a batch.

Pictures have shape (N, 3, H, W), grey levels as float32 from 0 to 255; what differs from picture to
picture comes as a tensor of N values, or an array of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from wbc_edge.light import BACKGROUND
from wbc_edge.nucleus import MAP_SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


def beside(values: NDArray[Any], like: Tensor) -> Tensor:
    """Values on another tensor's device: real numbers as of its kind, whole numbers as they are."""
    tensor = torch.as_tensor(values)
    kind = like.dtype if tensor.is_floating_point() else tensor.dtype
    return tensor.to(like.device, kind, non_blocking=True)


def column(values: NDArray[np.float64], like: Tensor) -> Tensor:
    """One value per picture, (N,) or (N, channels), as it is multiplied with pictures."""
    tensor = beside(values, like)
    return tensor.reshape(*tensor.shape, *(1,) * (like.ndim - tensor.ndim))


def mixed(pictures: Tensor, matrix: NDArray[np.float64]) -> Tensor:
    """Channels mixed by a matrix (3, 3) for all, or (N, 3, 3), one for each."""
    return torch.einsum("...oc,...cyx->...oyx", beside(matrix, pictures), pictures)


def correlated(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Each picture correlated with its own kernel (N, h, w), mirrored at the border."""
    count, channels, height, width = pictures.shape
    above, aside = kernels.shape[1] // 2, kernels.shape[2] // 2
    padded = functional.pad(pictures, (aside, aside, above, above), mode="reflect")
    repeated = kernels.repeat_interleave(channels, 0).unsqueeze(1)
    done = functional.conv2d(
        padded.reshape(1, count * channels, *padded.shape[2:]), repeated, groups=count * channels
    )
    return done.reshape(count, channels, height, width)


def blurred(pictures: Tensor, sigmas: NDArray[np.float64]) -> Tensor:
    """A Gaussian blur of each picture by its own standard deviation in pixels."""
    reach = min(int(3 * sigmas.max()) + 1, min(pictures.shape[2:]) - 1)
    places = torch.arange(-reach, reach + 1, device=pictures.device, dtype=pictures.dtype)
    kernels = torch.exp(-0.5 * (places / beside(sigmas, pictures)[:, None]) ** 2)
    kernels = kernels / kernels.sum(1, keepdim=True)
    return correlated(correlated(pictures, kernels[:, None, :]), kernels[:, :, None])


def background(pictures: Tensor) -> Tensor:
    """The bright end of each channel, (N, 3), as `wbc_edge.framing.background` takes it."""
    step = max(1, max(pictures.shape[2:]) // MAP_SIDE)
    return bright(pictures[:, :, ::step, ::step].flatten(2))


def bright(levels: Tensor) -> Tensor:
    """The background's percentile of levels (N, 3, places), interpolated linearly: (N, 3)."""
    ordered = levels.sort(-1).values
    position = BACKGROUND / 100 * (levels.shape[-1] - 1)
    rank = int(position)
    below, above = ordered[..., rank], ordered[..., min(rank + 1, levels.shape[-1] - 1)]
    return below + (position - rank) * (above - below)


def levels(pictures: Tensor) -> Tensor:
    """Whole grey levels, as a camera gives them."""
    return pictures.clamp(0, 255).round()
