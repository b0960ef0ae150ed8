"""The plots of the reports, a module each; `train.plotting` holds what they have in common."""
