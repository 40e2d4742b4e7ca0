"""Chapter 2, single-layer networks: its exercises, a module for each page."""

PAGES = (
    "linear_neuron",
    "perceptron",
    "logistic_regression",
    "softmax_regression",
    "convexity",
    "nearest_neighbours",
    "hinge_loss_and_svm",
)
