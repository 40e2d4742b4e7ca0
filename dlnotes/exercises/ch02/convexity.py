"""Exercises of ch02/05_convexity."""
