"""Exercises of ch02/01_linear_neuron."""
