"""Exercises of ch02/03_logistic_regression."""
