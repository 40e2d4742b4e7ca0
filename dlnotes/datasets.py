"""Data: `x, y = dataset(rng, n)` draws a toy set; `x, labels = digits()` loads a real one.  Rows are samples.

The toy sets are points (n, 2) in the plane with integer labels 0 and 1 that alternate row by row, so that
any n gives classes of equal size (within one).  `noise` is the standard deviation of the Gaussian noise that
is added to every coordinate once the label is decided.
"""

import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path

import numpy as np

from dlnotes import arguments

# ---------------------------------------------------------------- toy sets


def xor(rng, n, *, noise=0.1):
    """The corners of the unit square, labeled with the exclusive or of their coordinates.

    x (n, 2), labels (n,) in {0, 1}.  n = 4 and noise = 0 give the four points of DLNN 4.5, in its order.
    """
    _refuse(n, noise)
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    which = np.arange(n) % 4
    return corners[which] + noise * rng.normal(size=(n, 2)), np.array([0, 1, 1, 0])[which]


def line(rng, n, *, slope=2.0, intercept=1.0, noise=0.3):
    """A noisy line for regression: y = intercept + slope x + noise, x uniform in [-1, 1].

    x (n, 1), y (n,).      DLNN (4.1), (4.3); the book prints the noise in the model g, it belongs to y
    """
    _refuse(n, noise)
    x = rng.uniform(-1, 1, size=(n, 1))
    return x, intercept + slope * x[:, 0] + noise * rng.normal(size=n)


def blobs(rng, n, *, distance=3.0, noise=1.0):
    """Two round Gaussian classes, `distance` between their means, on the diagonal through the origin.

    x (n, 2), labels (n,) in {0, 1}.  They overlap: the best possible error is Phi(-distance / (2 noise)).
    """
    _refuse(n, noise)
    labels = np.arange(n) % 2
    toward = np.array([1.0, 1.0]) / np.sqrt(2)  # from class 0 to class 1, of length 1
    return np.outer(labels - 0.5, distance * toward) + noise * rng.normal(size=(n, 2)), labels


def separable(rng, n, *, margin=0.2):
    """Two classes on either side of a line through the origin, and nothing within `margin` of the line.

    x (n, 2), labels (n,) in {0, 1}; margin in (0, 1).  The line's normal is w_hat = (0.6, 0.8), of length 1:
    with y = 2 labels - 1 every sample has y w_hat^T x >= margin, which is what the perceptron convergence
    theorem asks for (DLNN (4.24)), and ||x||^2 <= 2, so the theorem's bound is at most 2 / margin^2 updates.
    """
    _refuse(n)
    if not 0 < margin < 1:
        raise ValueError(f"margin: got {margin}, want a number between 0 and 1")
    labels = np.arange(n) % 2
    normal, along = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    height = rng.uniform(margin, 1, size=n) * (2 * labels - 1)
    return np.outer(height, normal) + np.outer(rng.uniform(-1, 1, size=n), along), labels


def moons(rng, n, *, noise=0.1):
    """Two interleaved half circles of radius 1: x (n, 2), labels (n,) in {0, 1}."""
    _refuse(n, noise)
    labels = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, size=n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    x = np.where(labels[:, None], [1.0, 0.5] - upper, upper)
    return x + noise * rng.normal(size=(n, 2)), labels


def rings(rng, n, *, noise=0.0):
    """A ball (label 1, radius up to 2.5) inside a ring (label 0, radius 3.5 to 5).

    x (n, 2), labels (n,) in {0, 1}.  From the TensorFlow playground; Strang VII.1, Problems 11-13
    """
    _refuse(n, noise)
    labels = np.arange(n) % 2
    radius = np.where(labels, rng.uniform(0, 2.5, size=n), rng.uniform(3.5, 5, size=n))
    return _polar(radius, rng.uniform(0, 2 * np.pi, size=n)) + noise * rng.normal(size=(n, 2)), labels


def quadrants(rng, n, *, noise=0.0):
    """Points of the square [-5, 5]^2, at least 0.3 from the axes; label 1 where their signs agree.

    x (n, 2), labels (n,) in {0, 1}.  From the TensorFlow playground; Strang VII.1, Problem 14
    """
    _refuse(n, noise)
    labels = np.arange(n) % 2
    size = rng.uniform(0.3, 5, size=(n, 2))
    sign = rng.choice([-1, 1], size=n)
    x = size * np.column_stack([sign, np.where(labels, sign, -sign)])
    return x + noise * rng.normal(size=(n, 2)), labels


def spirals(rng, n, *, noise=0.0):
    """Two arms that leave the origin in opposite directions and turn 1.75 times, out to radius 5.

    x (n, 2), labels (n,) in {0, 1}.  Without noise both arms hold the origin itself, so that no classifier
    gets more than n - 1 samples right: 249 of 250.  The playground again; Strang VII.1, Problems 15-16
    """
    _refuse(n, noise)
    labels = np.arange(n) % 2
    along = (np.arange(n) // 2) / max(1, (n - 1) // 2)  # 0 at the origin, 1 at the arm's end
    x = _polar(5 * along, 2 * np.pi * 1.75 * along + np.pi * labels)
    return x + noise * rng.normal(size=(n, 2)), labels


def _polar(radius, angle):
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _refuse(n, noise=0.0):
    arguments.counts(n=n)
    if not noise >= 0:
        raise ValueError(f"noise: got {noise}, want a number >= 0")


# ---------------------------------------------------------------- real sets


def digits():
    """1,797 handwritten digits of 8x8 pixels (UCI): x (1797, 64) in [0, 1], labels (1797,) in 0 ... 9."""
    from sklearn.datasets import load_digits

    x, labels = load_digits(return_X_y=True)
    return x / 16, labels


def iris():
    """Three species of iris, 50 flowers each: x (150, 4) in centimeters, labels (150,) in 0, 1, 2."""
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True)


def breast_cancer():
    """212 malignant (label 0) and 357 benign (1) tumors: x (569, 30) of very unlike scales, labels (569,)."""
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


def split(rng, x, y, *, test=0.25):
    """A random part `test` of the rows for testing, the others for training, in random order.

    Returns (x_train, y_train), (x_test, y_test), neither of them empty.
    """
    arguments.same_rows(x=x, y=y)
    held_out = round(test * len(x)) if 0 < test < 1 else 0
    if not 0 < held_out < len(x):
        raise ValueError(f"test: got {test}, want a part that leaves some of {len(x)} rows on both sides")
    rows = rng.permutation(len(x))
    train, test_rows = rows[held_out:], rows[:held_out]
    return (x[train], y[train]), (x[test_rows], y[test_rows])


# ---------------------------------------------------------------- MNIST

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"

_MNIST = {
    "train": {"train-images-idx3-ubyte": (60_000, 28, 28), "train-labels-idx1-ubyte": (60_000,)},
    "test": {"t10k-images-idx3-ubyte": (10_000, 28, 28), "t10k-labels-idx1-ubyte": (10_000,)},
}

_SHA256 = {  # of the file, and of its .gz as the mirror serves it
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}


def mnist(split="test"):
    """Handwritten digits: x (n, 1, 28, 28) float32 in [0, 1], labels (n,) in 0 ... 9.

    n = 10,000 for split "test", 60,000 for "train".  The original IDX files, plain or .gz, are looked for in
    the folder DLNOTES_DATA (an environment variable) and its folder mnist, then in the user's cache, to which
    they are downloaded otherwise (2 or 10 MB, once).  Where that fails: `FileNotFoundError`, with the
    reason and what to do.  A file that is anything but MNIST's own raises a `ValueError` with its name; one
    in the cache only where downloading it again fails.
    """
    if split not in _MNIST:
        raise ValueError(f'split: got {split!r}, want "train" or "test"')
    images, labels = (_read(_locate(name), name, shape) for name, shape in _MNIST[split].items())
    return images[:, None] / np.float32(255), labels.astype(int)


def have_mnist(split="test"):
    """Whether `mnist` would find both files of `split` on this machine, without any download.

    One that is anything but MNIST's own raises a `ValueError` with its name.
    """
    paths = [_search(name) for name in _MNIST[split]]
    if None in paths:
        return False
    for path, (name, shape) in zip(paths, _MNIST[split].items(), strict=True):
        _read(path, name, shape)
    return True


def _search(name):
    """The path of a file of MNIST on this machine, intact or not; None where there is none."""
    folder, packed = os.environ.get("DLNOTES_DATA"), name + ".gz"
    places = [Path(folder, "mnist"), Path(folder)] if folder else []
    paths = [place / one for place in places for one in (name, packed)] + [_cache() / packed]
    return next((path for path in paths if path.is_file()), None)


def _cache():
    import pooch

    return pooch.os_cache("dlnotes") / "mnist"


def _locate(name):
    """The path of a file of MNIST, after downloading it if need be."""
    path, cache, packed = _search(name), _cache(), name + ".gz"
    if path and path.parent != cache:
        return path

    import pooch  # checks what is there; downloads to a temporary file, checks that, and renames it

    try:
        checksum = "sha256:" + _SHA256[name][1]
        return Path(pooch.retrieve(MIRROR + packed, checksum, packed, cache, progressbar=True))
    except OSError as error:
        if path:  # damaged: `_read` will say how
            return path
        folder = os.environ.get("DLNOTES_DATA") or "not set"
        raise FileNotFoundError(
            f"{packed}: not in DLNOTES_DATA ({folder}), not in {cache}, and the"
            f" download failed: {error}.\nDownload it elsewhere, from {MIRROR}{packed}, and set the"
            " environment variable DLNOTES_DATA to the folder that you put it in."
        ) from None


def _read(path, name, shape):
    """The array in an IDX file (a magic number, the sizes, the bytes), if it is this file of MNIST."""

    def refuse(got, want):
        raise ValueError(f"{path}: got {got}, want {want}; delete it to have it downloaded again")

    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            refuse(f"damaged data ({error})", "an intact .gz file")
    header = np.array([0x800 + len(shape), *shape], ">u4").tobytes()
    if data[:4] != header[:4]:
        refuse(
            f"magic number {data[:4].hex() or 'none'}", f"{header[:4].hex()} ({len(shape)}-dimensional IDX)"
        )
    if len(data) != len(header) + math.prod(shape):
        refuse(f"{len(data)} bytes", len(header) + math.prod(shape))
    if data[: len(header)] != header:
        refuse(f"sizes {tuple(np.frombuffer(data[4 : len(header)], '>u4').tolist())}", shape)
    if hashlib.sha256(data).hexdigest() != _SHA256[name][0]:
        refuse("other bytes (sha256)", "those of MNIST")
    return np.frombuffer(data, np.uint8, offset=len(header)).reshape(shape)
