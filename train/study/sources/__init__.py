"""The study of unseen sources: recipes trained without one of their sources and tested on it.

`hold_out` lists the rows, `perform` carries them out, and `table` writes it all down.
"""
