from __future__ import annotations

from pathlib import Path

from train.run import Run


def test_a_run_tells_every_machine_once_in_order(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.machines() == []
    for name in ("a card", "a processor", "a card"):
        run.write_machine(name)
    assert Run(tmp_path).machines() == ["a card", "a processor"]
