"""Workstation: a trained Keras network to checked TFLite and ONNX bundles (`python -m export`)."""
