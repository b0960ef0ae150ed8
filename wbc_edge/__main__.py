"""The command `wbc-edge`, and `python -m wbc_edge`."""

from __future__ import annotations

import gc

from wbc_edge.signals import exit_on_signals


def main() -> None:
    """Run the command line."""
    # Start-up makes many objects and no garbage: looking for some would take a tenth of its time.
    gc.set_threshold(100_000)
    exit_on_signals()
    try:
        from wbc_edge.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        # The process ends and its memory goes with it; to be searched first would take 20 ms.
        gc.freeze()


if __name__ == "__main__":
    main()
