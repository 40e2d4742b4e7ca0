"""Exercises of ch00/01_how_to_use_this_book."""
