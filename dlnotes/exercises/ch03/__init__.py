"""Chapter 3, backpropagation: its exercises, a module for each page."""

PAGES = (
    "xor",
    "multilayer_perceptron",
    "deep_networks",
    "activation_functions",
    "universal_approximation",
    "counting_linear_pieces",
)
