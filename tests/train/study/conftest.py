"""Drawn fields with marks, as the Chula set has them, and a network to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.train import tiny
from train.fit import fit
from train.run import Run
from train.sources.fields import CHULA_CLASSES
from wbc_edge import synthetic

SIDE = 720
KINDS = ("lymphocyte", "neutrophil")


@pytest.fixture(scope="session")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten slides of one field with two cells each; one field has a third that nobody has marked."""
    root = tmp_path_factory.mktemp("slides") / "chula"
    for part in ("images", "labels"):
        (root / "fields" / "train" / part).mkdir(parents=True)
    index = ["file,group"]
    for number in range(10):
        slide = f"S-{number}"
        kinds = (*KINDS, "monocyte") if number == 0 else KINDS
        pixels, places = synthetic.draw_smear(kinds, seed=number, size=SIDE)
        Image.fromarray(pixels).save(root / "fields" / "train" / "images" / f"{slide}_1.png")
        marks = [
            f"{CHULA_CLASSES.index(kind)} {x / SIDE} {y / SIDE} 0.15 0.15"
            for kind, (x, y) in zip(KINDS, places, strict=False)
        ]
        table = root / "fields" / "train" / "labels" / f"{slide}_1.txt"
        table.write_text("\n".join(marks))
        for kind in KINDS:
            crop = root / "crops" / kind / f"{slide}.png"
            crop.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(synthetic.draw(kind, seed=number, size=64)).save(crop)
            index.append(f"{kind}/{slide}.png,{slide}")
    (root / "index.csv").write_text("\n".join(index))
    return root


@pytest.fixture(scope="session")
def run(drawn_cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small network after an epoch; the tiny MobileNet answers alike whatever it is shown."""
    config = tiny.config(drawn_cells, network="tiny_resnet", options={}, epochs=1)
    return fit(config, tmp_path_factory.mktemp("run") / "net", report=lambda _: None)
