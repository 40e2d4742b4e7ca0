"""Convolution and pooling: layers on images (n, c, h, w), in reading order.

output_size, transposed_size, receptive_field      the arithmetic of sizes
conv2d, conv1d, conv_transpose2d, conv_transpose1d, depthwise_separable
max_pool2d, mean_pool2d, lp_pool2d, global_mean_pool2d, global_max_pool2d
pad                                                zero, periodic, reflection, symmetric
locally_connected2d, tiled_conv2d                  less sharing
as_matrix                                          Toeplitz, circulant, doubly block circulant

Convolution is cross-correlation, as everywhere in the field: no kernel is flipped.
"""

from dlnotes.convolution.arithmetic import output_size, receptive_field, transposed_size
from dlnotes.convolution.correlation import (
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    depthwise_separable,
)
from dlnotes.convolution.local import locally_connected2d, tiled_conv2d
from dlnotes.convolution.matrix import as_matrix
from dlnotes.convolution.padding import pad
from dlnotes.convolution.pooling import (
    global_max_pool2d,
    global_mean_pool2d,
    lp_pool2d,
    max_pool2d,
    mean_pool2d,
)

__all__ = [
    "as_matrix",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "depthwise_separable",
    "global_max_pool2d",
    "global_mean_pool2d",
    "locally_connected2d",
    "lp_pool2d",
    "max_pool2d",
    "mean_pool2d",
    "output_size",
    "pad",
    "receptive_field",
    "tiled_conv2d",
    "transposed_size",
]
