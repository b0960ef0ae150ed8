"""`python -m wbc_edge` is `wbc-edge`."""

from wbc_edge.cli import main

if __name__ == "__main__":
    main()
