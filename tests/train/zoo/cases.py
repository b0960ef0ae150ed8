"""How each network of the registry is tested: one case for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wbc_edge import synthetic

LABELS = sorted(synthetic.LABELS)[:4]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network: parameters at full width, how small it can be built, and steps of training.

    A deep network after two steps is still so near to chance that how far int8 is from it depends
    on the processor that has trained it.
    """

    parameters: int
    classes: int = 8
    small: dict[str, Any] = field(default_factory=dict)
    side: int = 64
    steps: int = 2


CASES = {
    "mobilenet": Case(parameters=1_839_128, small={"alpha": 0.25}),
    "mobilenet_v2": Case(parameters=2_268_232, small={"alpha": 0.35}),
    "mobilenet_v3_small": Case(parameters=943_736, small={"alpha": 0.35}),
    "dm_fnet": Case(parameters=2_831_689, classes=5, small={"alpha": 0.35, "width": 32}),
    "mobilenet_mha": Case(
        parameters=3_417_368, small={"alpha": 0.25, "heads": 2, "key_size": 16, "noise": 0.0}
    ),
    "xception_mha": Case(
        parameters=25_083_952,
        small={"alpha": 0.25, "heads": 2, "key_size": 16, "noise": 0.0},
        side=71,
    ),
    "resnet24": Case(parameters=1_462_148, classes=4, small={"alpha": 0.5}),
    "resnet50": Case(parameters=24_163_652, classes=4, small={"alpha": 0.5}, side=32, steps=20),
    "efficientnet_b0": Case(parameters=4_059_819, small={"alpha": 0.5}),
    "inception_v3": Case(parameters=21_819_176, side=75),
    "tiny_resnet": Case(parameters=274_336),
}
