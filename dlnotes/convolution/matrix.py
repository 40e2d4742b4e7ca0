"""Linear layers as what they are: matrices."""

import numpy as np


def as_matrix(layer, shape):
    """The matrix (outputs, inputs) of a linear map of images; column i is what becomes of unit image i.

    `as_matrix(partial(conv1d, params=(W, zeros)), (1, 8))` is a Toeplitz matrix; that of `conv2d` is block
    Toeplitz, and behind periodic padding circulant.  shape is that of one sample, without the n.

    GBC 9.1; Strang VII.2; DLNN E.5.1
    """
    size = int(np.prod(shape))
    y, _ = layer(np.eye(size).reshape(size, *shape))
    return y.reshape(size, -1).T
