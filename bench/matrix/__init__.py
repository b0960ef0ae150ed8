"""Networks by formats by runtimes."""
