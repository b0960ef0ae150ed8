"""Batches made where the network trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from train.accelerator.filters import beside
from train.accelerator.views import views, whitened
from train.feed import Feed
from train.recipe.mixing import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class AcceleratorFeed(Feed):
    """As `Feed`, with pictures that lie on the device, and views that are made there.

    Draws are those of `Feed`. Views are drawn from the same distributions, not the same chance; the
    same seed gives them again on the same device.
    """

    @staticmethod
    def held(pictures: NDArray[np.uint8]) -> Tensor:
        """Pictures (N, H, W, 3) on the device, (N, 3, H, W)."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.tensor(np.asarray(pictures), device=device).permute(0, 3, 1, 2).contiguous()

    def _shown(
        self, drawn: NDArray[np.int64], targets: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Tensor, NDArray[np.float32]]:
        """As there; the views are a tensor on the device, all made at once."""
        parts = [self._contexts(drawn)]
        if self._negatives is not None:
            strange = rng.integers(len(self._negatives), size=self._strangers)
            parts.append(self._negatives[beside(strange, self._negatives)])
        made = views(torch.cat(parts), self._size, self._augmentation, rng)
        if self._light == "white":
            made = whitened(made)
        made = made.to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        cells, targets = self._mixed(made[: len(drawn)], targets, rng)
        return torch.cat([cells, made[len(drawn) :]]), targets

    def _contexts(self, drawn: NDArray[np.int64]) -> Tensor:
        """The drawn cells with their surroundings, (B, 3, H, W)."""
        held = self._sources[0].contexts
        contexts = held.new_empty((len(drawn), *held.shape[1:]))
        for number, source in enumerate(self._sources):
            rows = np.flatnonzero(drawn[:, 0] == number)
            contexts[beside(rows, held)] = source.contexts[beside(drawn[rows, 1], held)]
        return contexts

    def _mixed(
        self, cells: Tensor, targets: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[Tensor, NDArray[np.float32]]:
        if not (self._mixing.mixup or self._mixing.cutmix):
            return cells, targets
        blend, shared = mix(cells.cpu().numpy(), targets, self._mixing, rng)
        return torch.as_tensor(blend).to(cells.device), shared
