"""Learners that are not layered networks.  Most answer with a `Fit`: (w, converged, message, history)."""

from dlnotes.learners.fit import Fit, with_bias
from dlnotes.learners.perceptron import perceptron, perceptron_batch, perceptron_bound, pocket

__all__ = [
    "Fit",
    "perceptron",
    "perceptron_batch",
    "perceptron_bound",
    "pocket",
    "with_bias",
]
