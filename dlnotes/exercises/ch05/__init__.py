"""Chapter 5, convolution: its exercises, a module for each page."""

PAGES = (
    "convolution",
    "convolution_arithmetic",
    "transposed_and_dilated_convolution",
)
