"""`wbc-edge models`: those that come with the package."""

from wbc_edge.commands import console, options


def models(json: options.JSON = False) -> None:
    """List the shipped models.

    With size, measured accuracy, and what they learnt from.
    """
    from wbc_edge.inspection import models_text, shipped_models

    console.require_output()
    found = shipped_models()
    print(console.as_json(found) if json else models_text(found))
