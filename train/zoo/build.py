"""A network of the zoo by its name and options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from train.config import Config, architecture
from train.zoo import NETWORKS
from wbc_edge.errors import UsageError


def build(
    network: str,
    options: Mapping[str, Any],
    *,
    input_size: tuple[int, int],
    classes: int,
    weights: str | None,
) -> keras.Model:
    """Calls the builder that the registry names; see `train.zoo`.

    Raises:
        UsageError: the network does not come in this size or with these options.
    """
    try:
        return NETWORKS[network](input_size=input_size, classes=classes, weights=weights, **options)
    except (ValueError, OverflowError) as error:
        # Keras says so of sizes and widths that a network does not come in.
        reason = " ".join(str(error).split())
        name = architecture(network, options)
        raise UsageError(f"the network {name} cannot be built: {reason}") from error


def configured(config: Config, *, weights: str | None = None) -> keras.Model:
    """The network of a run, for its views and classes.

    Raises:
        UsageError: as `build`.
    """
    return build(
        config.network,
        config.options,
        input_size=(config.input.height, config.input.width),
        classes=len(config.labels),
        weights=weights,
    )
