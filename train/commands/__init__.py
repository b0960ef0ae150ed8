"""The commands of `python -m train`, one module each: parse, call, print."""
