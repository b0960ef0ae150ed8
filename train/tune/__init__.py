"""Search for better settings of a run (`python -m train tune`)."""
