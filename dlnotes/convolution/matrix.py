"""Linear layers as what they are: matrices."""

import math

import numpy as np

from dlnotes import arguments


def as_matrix(layer, shape):
    """The matrix (outputs, inputs) of a linear map of images; column i is what becomes of unit image i.

    `as_matrix(partial(conv1d, params=(W, zeros)), (1, 8))` is a Toeplitz matrix.  That of `conv2d` has
    Toeplitz blocks in a Toeplitz arrangement; behind periodic padding both are circulant, it is *doubly block
    circulant*, and not circulant itself.  shape is that of one sample, without the n.  A map that is not
    linear, which has a bias, say, is refused.

    GBC 9.1; Strang VII.2; DLNN E.5.1
    """
    if not isinstance(shape, tuple):
        raise ValueError(f"shape: got {shape!r}, want that of one sample, (c, h, w) say")
    arguments.counts(**{f"shape[{axis}]": size for axis, size in enumerate(shape)})
    size = math.prod(shape)
    generic = np.cos(np.arange(1.0, size + 1))
    x = np.vstack([np.eye(size), np.zeros(size), generic, -generic])  # each entry has both signs
    y = layer(x.reshape(-1, *shape))[0].reshape(len(x), -1)
    A, constant = y[:size].T, y[size]
    if constant.any():
        raise ValueError(
            f"layer: got {abs(constant).max():.3g} for an image of zeros, want 0: has it a bias?"
        )
    off = abs(y[size:] - x[size:] @ A.T).max()
    if not off <= 1e-5 * abs(A).max() * abs(generic).sum():  # NaN is not
        raise ValueError(f"layer: got an output {off:.3g} off A x, want a linear map")
    return A
