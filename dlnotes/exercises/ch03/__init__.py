"""Chapter 3, backpropagation: its exercises, a module for each page."""

PAGES = (
    "xor",
    "deep_networks",
    "activation_functions",
    "universal_approximation",
)
