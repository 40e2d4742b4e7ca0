"""Learners that are not layered networks.

Those that work step by step answer with a `Fit`: (w, converged, message, history).
"""

from dlnotes.learners.fit import Fit, with_bias
from dlnotes.learners.linear import least_squares, least_squares_descent
from dlnotes.learners.logistic import logistic_descent, logistic_irls
from dlnotes.learners.neighbors import knn_classify, knn_regress, nearest_neighbors
from dlnotes.learners.perceptrons import perceptron, perceptron_batch, perceptron_bound, pocket
from dlnotes.learners.softmax import softmax_regression
from dlnotes.learners.svm import svm_qp, svm_subgradient

__all__ = [
    "Fit",
    "knn_classify",
    "knn_regress",
    "least_squares",
    "least_squares_descent",
    "logistic_descent",
    "logistic_irls",
    "nearest_neighbors",
    "perceptron",
    "perceptron_batch",
    "perceptron_bound",
    "pocket",
    "softmax_regression",
    "svm_qp",
    "svm_subgradient",
    "with_bias",
]
