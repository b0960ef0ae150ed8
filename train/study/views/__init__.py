"""The study of views: what a trained network makes of cells that are shown to it otherwise.

Nothing is trained. A network that was trained without a source (`study sources`) tells which scale
of the cells, and how many looks of which scales, serve it where it has never been.
"""
