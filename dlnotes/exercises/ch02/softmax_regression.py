"""Exercises of ch02/04_softmax_regression."""
