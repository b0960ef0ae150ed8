"""`python -m export`: from a trained network to checked model files."""

from __future__ import annotations

import os

# Before any import of TensorFlow: it announces its processor features on every start otherwise.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from export.cli import main

if __name__ == "__main__":
    main()
