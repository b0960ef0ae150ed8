"""Studies of the whole toolkit at the workstation: `python -m bench ...`."""
