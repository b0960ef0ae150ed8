"""What came of one published network: its figures beside those of what every row has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from train.evaluation.costly import Costly
from train.study.outcome import Trained, training
from wbc_edge.measure.intervals import Estimate

if TYPE_CHECKING:
    from train.run import Run


@dataclass(frozen=True, kw_only=True)
class Small:
    """The network as a full int8 TFLite file.

    Attributes:
        bytes: size of the file.
        top1: accuracy on the test cells, with its 95 % interval.
        float_operators: operators that are not integer, as text; "none" is what is wanted.
    """

    bytes: int
    top1: Estimate
    float_operators: str


@dataclass(frozen=True, kw_only=True)
class Outcome(Trained):
    """The figures of one finished row of the published systems.

    Attributes:
        start: where the initial weights came from: `ImageNet` or `random`.
        budget: as it was declared.
        test: number of test cells.
        independent: number of test cells that are not copies of one another.
        top1: accuracy on the test cells, with its 95 % interval over independent ones.
        macro_f1: the same of the mean F1 of the classes.
        small: as int8, or None where it was not converted.
        costly: the originals whose cells have the most wrong answers.
    """

    start: str
    budget: str
    test: int
    independent: int
    top1: Estimate
    macro_f1: Estimate
    small: Small | None
    costly: tuple[Costly, ...] = ()


def gather(run: Run, *, budget: str, small: Small | None) -> Outcome:
    """The figures of a finished run, on the test cells of its first source."""
    tested = run.metrics[f"{run.config.sources[0].name}/test"]
    return Outcome(
        **asdict(training(run)),
        start="random" if run.config.weights is None else "ImageNet",
        budget=budget,
        test=tested["count"],
        independent=tested["independent"],
        top1=Estimate(**tested["top1"]),
        macro_f1=Estimate(**tested["macro_f1"]),
        small=small,
        costly=tuple(Costly(**found) for found in tested.get("costly", ())),
    )
