"""What makes a training step: one concept a file, each with the registry of its kinds."""
