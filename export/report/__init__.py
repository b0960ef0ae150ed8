"""What an export leaves beside its files: `export.json` for programs, `export.html` for people."""
