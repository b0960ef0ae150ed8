"""`python -m export.report`: the pictures of an export as files, for documents that show them."""

from __future__ import annotations

from export.report.cli import main

if __name__ == "__main__":
    main()
