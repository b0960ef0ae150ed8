"""The recipe is pure Keras: it trains on any backend that is installed besides TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.train.zoo.cases import CASES

TRAIN = """
import sys
from pathlib import Path
import keras
from tests.train import tiny
from train.config import Attributes, Loss, Mixing, Optimizer, Stage
from train.fit import fit

names = [path.relative_to(sys.argv[1]) for path in sorted(Path(sys.argv[1]).rglob("*.png"))]
shades = Path(sys.argv[2]).with_suffix(".csv")
shades.write_text("file,shade\\n" + "".join(f"{name},{i % 2}\\n" for i, name in enumerate(names)))
config = tiny.config(
    Path(sys.argv[1]),
    steps=2,
    optimizer=Optimizer(average=0.9, accumulate=2, l2=1e-4),
    mixing=Mixing(mixup=0.2),
    loss=Loss(name="focal", class_weights=0.5),
    stages=(Stage(epochs=1, freeze="all"),),
    attributes=Attributes(path=str(shades), weight=0.3),
)
run = fit(config, Path(sys.argv[2]), report=lambda _: None)
print(keras.backend.backend(), len(run.history()))
"""


BESIDE = """
from train import accelerator
from train.config import Teacher

accelerator.ready = lambda: True
taught = tiny.config(
    Path(sys.argv[1]),
    epochs=1,
    steps=2,
    optimizer=Optimizer(average=0.9),
    mixing=Mixing(mixup=0.2),
    attributes=config.attributes,
    teacher=Teacher(runs=(sys.argv[2],)),
)
run = fit(taught, Path(sys.argv[2]).with_name("taught"), report=lambda _: None)
print("beside", len(run.history()))
"""

ZOO = """
import keras
import numpy as np

from tests.train.zoo.cases import CASES, LABELS
from train.zoo import NETWORKS
from wbc_edge import synthetic

for name, build in NETWORKS.items():
    case = CASES[name]
    size = (case.side, case.side)
    views = np.stack([synthetic.draw(LABELS[i % 4], seed=i, size=case.side) for i in range(8)])
    keras.utils.set_random_seed(0)
    options = case.small | {"dropout": 0.0}
    model = build(input_size=size, classes=len(LABELS), weights=None, **options)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-4), loss)
    losses = [float(model.train_on_batch(views, np.arange(8) % 4)) for _ in range(8)]
    assert min(losses[1:]) < losses[0], (name, losses)
    print(name)
    keras.utils.clear_session()
print(keras.backend.backend())
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_the_recipe_trains_on_another_backend(
    backend: str, drawn_cells: Path, tmp_path: Path
) -> None:
    assert _trained(TRAIN, backend, drawn_cells, tmp_path) == [backend, "2"]


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_every_network_learns_on_another_backend(
    backend: str, drawn_cells: Path, tmp_path: Path
) -> None:
    assert _trained(ZOO, backend, drawn_cells, tmp_path) == [*CASES, backend]


def test_views_and_a_teacher_s_answers_are_made_beside_the_network(
    drawn_cells: Path, tmp_path: Path
) -> None:
    printed = _trained(TRAIN + BESIDE, "torch", drawn_cells, tmp_path)
    assert printed == ["torch", "2", "beside", "1"]


def _trained(script: str, backend: str, cells: Path, folder: Path) -> list[str]:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", script, str(cells), str(folder / "run")],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()
