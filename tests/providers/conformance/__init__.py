"""What every provider promises, asked of each one that the registry holds.

A provider brings `tests/providers/NAME/specimen.py`; nothing else is needed to be asked.
"""
