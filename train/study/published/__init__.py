"""The study of the published systems: each network on its system's cells by its system's protocol.

`entries` declares the rows, made of what `entry` has, `perform` carries them out, `outcome` is what
came of one, and `table` writes it all down.
"""
