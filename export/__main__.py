"""`python -m export`: from a trained network to checked model files."""

from __future__ import annotations

import logging

# The converter recommends its second argument, with which it writes broken files.
logging.getLogger("absl").setLevel(logging.ERROR)

from export.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
