"""Workstation: from folders of labelled cells to a trained Keras network (`python -m train`)."""
