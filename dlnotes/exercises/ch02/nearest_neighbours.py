"""Exercises of ch02/06_nearest_neighbours."""
