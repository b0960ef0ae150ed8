"""The plots of the reports, a module each; `style` holds what they have in common."""
