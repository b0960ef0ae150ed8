"""Keras to the graphs that the formats and the quantisers both start from."""
