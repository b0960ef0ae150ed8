from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from train.zoo import NETWORKS, backbone
from wbc_edge.errors import UsageError

SIZE = (32, 32)


def _backbone(model: keras.Model) -> keras.Model:
    (found,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return found


def test_weights_of_a_backbone_are_loaded_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "backbone.weights.h5"
    first = NETWORKS["mobilenet"](input_size=SIZE, classes=3, weights=None, alpha=0.25)
    _backbone(first).save_weights(file)
    for name in ("mobilenet", "mobilenet_mha"):
        second = NETWORKS[name](input_size=(64, 64), classes=5, weights=str(file), alpha=0.25)
        pairs = zip(_backbone(second).get_weights(), _backbone(first).get_weights(), strict=True)
        for mine, theirs in pairs:
            np.testing.assert_array_equal(mine, theirs)


def test_a_tapped_backbone_reads_the_file_of_the_whole_one(tmp_path: Path) -> None:
    file = tmp_path / "backbone.weights.h5"
    whole = NETWORKS["mobilenet_v2"](input_size=SIZE, classes=3, weights=None, alpha=0.35)
    _backbone(whole).save_weights(file)
    tapped = NETWORKS["dm_fnet"](
        input_size=SIZE, classes=3, weights=str(file), alpha=0.35, width=16
    )
    for layer in (layer for layer in _backbone(tapped).layers if layer.weights):
        for mine, theirs in zip(
            layer.get_weights(), _backbone(whole).get_layer(layer.name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


def test_weights_for_blue_first_pixels_are_turned_to_red_first(tmp_path: Path) -> None:
    file = tmp_path / "backbone.weights.h5"
    given = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(*SIZE, 3))
    given.save_weights(file)
    model = NETWORKS["resnet24"](input_size=SIZE, classes=4, weights=str(file))
    pixels = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3), np.uint8)
    centred = keras.applications.resnet.preprocess_input(pixels.astype(np.float32))
    stage = keras.Model(given.input, given.get_layer("conv3_block4_out").output)
    mine = _backbone(model)(model.get_layer("scaling")(pixels), training=False)
    theirs = stage(centred, training=False)
    np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-3 * float(np.max(theirs)))


def test_weights_that_cannot_be_had_are_named(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.h5: no such weights file"):
        NETWORKS["mobilenet"](input_size=SIZE, classes=3, weights="nowhere.h5")
    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)
    with pytest.raises(UsageError, match=r"other\.weights\.h5: holds no weights of this MobileNet"):
        NETWORKS["mobilenet"](input_size=SIZE, classes=3, weights=str(other))

    def unreachable(**_: object) -> keras.Model:
        raise Exception("URL fetch failure on https://example.org: None -- offline")

    with pytest.raises(UsageError, match="cannot be downloaded; give a weights file"):
        backbone.load(unreachable, input_size=SIZE, weights="imagenet")


def test_a_stored_network_is_loaded_by_a_process_that_only_imports_the_zoo(tmp_path: Path) -> None:
    model = NETWORKS["mobilenet_mha"](
        input_size=(64, 64), classes=3, weights=None, alpha=0.25, heads=2, key_size=4
    )
    model.save(tmp_path / "net.keras")
    code = (
        "import sys, keras, train.zoo; "
        "print(keras.saving.load_model(sys.argv[1]).get_layer('attention').heads)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "net.keras")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "2", done.stderr


@pytest.mark.parametrize(
    ("network", "file", "options"),
    [
        ("mobilenet", "mobilenet_0.75_notop.weights.h5", {}),
        ("mobilenet_mha", "mobilenet_0.75_notop.weights.h5", {}),
        ("mobilenet_v2", "mobilenetv2_0.35_notop.weights.h5", {"alpha": 0.35}),
        ("dm_fnet", "mobilenetv2_1.0_notop_bn_folded.weights.h5", {}),
    ],
)
def test_the_given_imagenet_weights_fit(
    shared_data: Path, network: str, file: str, options: dict[str, float]
) -> None:
    weights = shared_data.parent / "weights" / file
    if not weights.is_file():
        pytest.skip("no ImageNet weights on this machine")
    model = NETWORKS[network](input_size=(64, 64), classes=8, weights=str(weights), **options)
    assert np.isfinite(np.asarray(model(np.zeros((1, 64, 64, 3), np.uint8)))).all()
