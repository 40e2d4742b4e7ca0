"""Chapter 5, convolution: its exercises, a module for each page."""

PAGES = (
    "convolution",
    "filters_as_convolutions",
    "convolution_arithmetic",
    "transposed_and_dilated_convolution",
    "backprop_through_convolution",
    "pooling_and_lenet",
    "landmark_architectures_to_vgg",
    "landmark_architectures_from_googlenet",
    "convolution_variants",
    "seeing_what_cnns_learn",
)
