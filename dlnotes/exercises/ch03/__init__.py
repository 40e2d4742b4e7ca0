"""Chapter 3, backpropagation: its exercises, a module for each page."""

PAGES = (
    "xor",
    "multilayer_perceptron",
    "deep_networks",
    "computational_graphs",
    "forward_mode_and_adjoints",
    "jacobians_and_hessians",
    "activation_functions",
    "more_hidden_units",
    "universal_approximation",
    "counting_linear_pieces",
    "output_units",
)
