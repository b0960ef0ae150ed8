from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from train import record
from train.evaluation.cells import Cells, take
from train.evaluation.doubts import doubts
from train.evaluation.subject import Knowledge
from train.run import Run
from train.sources import Source
from train.sources.sample import Sample
from train.split import combined


def _cells(source: str = "pbc", part: str = "test", original: str | None = None) -> Cells:
    samples = tuple(
        Sample(key=f"{n}", path=Path(f"{n}.png"), label="ig", group=f"{n}", original=original)
        for n in range(4)
    )
    return Cells(
        source=source,
        path=Path(source),
        part=part,
        samples=samples,
        other=0,
        conflicts=0,
        split_sha256="5" * 64,
    )


def test_a_run_counts_the_cells_that_it_knows_and_their_copies() -> None:
    knowledge = Knowledge(
        sources=("pbc", "bccd"),
        cells={"pbc": frozenset({"1", "3"}), "bccd": frozenset()},
        originals=frozenset({"bccd/BloodImage_00007"}),
    )
    (sentence,) = doubts([_cells()], "first", knowledge)
    assert "trained or chosen on 2 of these 4 cells" in sentence
    reencoded = Knowledge(sources=("pbc",), cells={}, originals=frozenset({"pbc/1", "pbc/2"}))
    assert "2 of these 4 cells" in doubts([_cells("pbc_jpeg")], "first", reencoded)[0]
    copies = _cells("kaggle", original="bccd/BloodImage_00007")
    assert "4 of these 4 cells" in doubts([copies], "first", knowledge)[0]
    assert doubts([_cells("chula")], "first", knowledge) == ()


def test_a_run_knows_its_cells_in_a_folder_of_another_name(run: Run, tmp_path: Path) -> None:
    moved = shutil.copytree(run.config.sources[0].path, tmp_path / "moved")
    known = record.read(run.split_file)["drawn"]
    knowledge = Knowledge(sources=("drawn",), cells={"drawn": known.seen}, digests=known.digests)
    whole, tested = (
        take([Source(reader="folder", path=moved)], part=part) for part in ("all", "test")
    )
    (sentence,) = doubts(whole, "first", knowledge)
    assert f"moved: first was trained or chosen on {len(known.seen)} of these 96" in sentence
    assert doubts(tested, "first", knowledge) == ()


def test_a_run_may_know_what_a_model_file_taught_it() -> None:
    knowledge = Knowledge(
        sources=("mine", "pbc"), cells={"mine": frozenset({"9"}), "pbc": frozenset()}
    )
    (sentence,) = doubts([_cells()], "first", knowledge)
    assert "has learnt from a model file that was trained on cells of this source" in sentence
    assert doubts([_cells("mine")], "first", knowledge) == ()


def test_a_hash_of_its_own_sources_proves_what_further_ones_of_a_start_do_not() -> None:
    mine = _cells("mine")
    knowledge = Knowledge(
        sources=("mine", "pbc"), split_sha256=combined({"mine": mine.split_sha256})
    )
    assert doubts([mine], "model", knowledge) == ()


def test_a_network_in_training_may_yet_be_another() -> None:
    knowledge = Knowledge(sources=("pbc",), cells={}, finished=False)
    (sentence,) = doubts([_cells("chula")], "first", knowledge)
    assert "training of first is not finished" in sentence


def test_a_card_with_the_hash_of_this_split_leaves_no_doubt(run: Run) -> None:
    cells = Cells(
        source="drawn",
        path=Path("drawn"),
        part="test",
        samples=_cells().samples,
        other=0,
        conflicts=0,
        split_sha256=run.splits["drawn"].sha256,
    )
    knowledge = Knowledge(sources=("drawn",), split_sha256=run.split_sha256)
    assert doubts([cells], "model", knowledge) == ()


@pytest.mark.parametrize(
    ("cells", "knowledge", "sentence"),
    [
        (_cells(), Knowledge(), "does not say what it was trained on"),
        (_cells(), Knowledge(sources=("pbc",)), "no hash of its split"),
        (_cells(), Knowledge(sources=("pbc",), split_sha256="0" * 64), "hash in its card differs"),
        (
            _cells(),
            Knowledge(sources=("pbc", "chula"), split_sha256="0" * 64),
            "not among the data given: chula.",
        ),
        (
            _cells(part="all"),
            Knowledge(sources=("pbc",), split_sha256="0" * 64),
            "these are its part 'all'",
        ),
        (
            _cells("kaggle", original="bccd/BloodImage_00007"),
            Knowledge(sources=("bccd",), split_sha256="0" * 64),
            "4 of these 4 cells are copies of pictures in bccd",
        ),
        (
            _cells("pbc_jpeg"),
            Knowledge(sources=("pbc",), split_sha256="0" * 64),
            "4 of these 4 cells are copies of pictures in pbc,",
        ),
        (
            _cells("pbc", original="pbc/IG_1"),
            Knowledge(sources=("pbc_jpeg",), split_sha256="0" * 64),
            "4 of these 4 cells are copies of pictures in pbc_jpeg,",
        ),
    ],
)
def test_a_model_file_is_doubted_where_its_card_proves_nothing(
    cells: Cells, knowledge: Knowledge, sentence: str
) -> None:
    (found,) = doubts([cells], "model", knowledge)
    assert sentence in " ".join(found.split())


def test_a_model_from_other_sources_is_not_doubted() -> None:
    knowledge = Knowledge(sources=("chula",), split_sha256="0" * 64)
    assert doubts([_cells()], "model", knowledge) == ()
