from __future__ import annotations

from pathlib import Path

import pytest
from optuna.trial import FixedTrial

from tests.train import tiny
from train.augment import Augmentation
from train.tune import space

VALUES = {
    "learning_rate": 2e-3,
    "batch_size": 32,
    "unfreeze": 0.25,
    "dropout": 0.4,
    "weight_decay": 0.01,
    "augmentation": 2.0,
    "label_smoothing": 0.1,
    "balance": 0.3,
    "mixup": 0.2,
    "warm_up": 1.5,
    "optimizer": "sgd",
}


def test_every_knob_changes_its_setting_and_no_other() -> None:
    base = tiny.config(Path("cells"))
    drawn = space.draw(FixedTrial(VALUES), base, space.KNOBS)
    assert set(VALUES) == set(space.KNOBS)
    assert (drawn.learning_rate, drawn.batch_size, drawn.freeze) == (2e-3, 32, "first:0.750")
    assert drawn.options == {"alpha": 0.25, "dropout": 0.4}
    assert (drawn.mixing.mixup, drawn.optimizer.name, drawn.warm_up) == (0.2, "sgd", 1.5)
    assert (drawn.epochs, drawn.sources, drawn.labels) == (base.epochs, base.sources, base.labels)


@pytest.mark.parametrize("factor", [0.0, 1.0, 2.0])
def test_the_strength_of_augmentation_scales_all_kinds(factor: float) -> None:
    base = tiny.config(Path("cells"), augmentation=Augmentation(plain=0.25))
    drawn = space.draw(FixedTrial({"augmentation": factor}), base, ["augmentation"]).augmentation
    assert drawn.stain == pytest.approx(factor * 0.12)
    assert drawn.scale == pytest.approx(1.3**factor)
    assert drawn.colour == min(1.0, factor * 0.8)
    # A share of the views, not a strength.
    assert drawn.plain == 0.25
    if factor == 1:
        assert drawn == base.augmentation
