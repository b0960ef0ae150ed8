"""Training where torch has an accelerator: views are made beside the network, a batch at a time.

A processor makes some hundred views a second and core (`train.augment`), an accelerator trains on
tens of thousands. `ready` tells whether there is one, `feed.AcceleratorFeed` takes the place of
`train.feed.Feed`.
"""

from __future__ import annotations

import keras


def ready() -> bool:
    """Whether Keras trains on torch and torch sees an accelerator."""
    if keras.backend.backend() != "torch":
        return False
    import torch

    return torch.cuda.is_available()
