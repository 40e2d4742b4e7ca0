"""Chapter 9, normalization: its exercises, a module for each page."""

PAGES = (
    "batch_normalization",  # in the order of the book, one name a line
    "layer_and_weight_normalization",
    "self_normalization",
)
