"""What a user would pick instead, side by side with the toolkit in one run."""
