"""The study of unseen sources: recipes trained without one of their sources and tested on it.

`hold_outs` lists the rows, `perform` carries them out, `judge` tells what a network makes of a
source's cells, and `table` writes it all down.
"""
