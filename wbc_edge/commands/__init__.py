"""The commands of `wbc-edge`, one module each: they call, and print what comes of it.

None of them begins with `from __future__ import annotations`: Typer evaluates annotations again for
each command, which takes longer on texts than all of the parsing. What a command needs is imported
when it runs, so that none waits for what another needs.
"""
