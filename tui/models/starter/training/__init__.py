"""Builds the built-in model: ``python -m tui.models.starter.training`` (needs the ``train`` extra).

Not part of the installed package. ``tui/models/starter/data/MODEL_CARD.md`` lists the sources and
the measurements.
"""
