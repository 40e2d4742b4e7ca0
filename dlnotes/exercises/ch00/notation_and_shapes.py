"""Exercises of ch00/02_notation_and_shapes."""
