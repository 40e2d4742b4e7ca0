"""Toy sets, bundled sets, the split, and what `mnist` does with good, bad and absent files."""

import gzip
import hashlib
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest

from dlnotes import datasets
from dlnotes.datasets import (
    blobs,
    breast_cancer,
    digits,
    iris,
    line,
    mnist,
    moons,
    quadrants,
    rings,
    separable,
    spirals,
    split,
    xor,
)

RNG = np.random.default_rng
NOISY = [xor, blobs, moons, rings, quadrants, spirals]
TOYS = [*NOISY, separable]


# ---------------------------------------------------------------- toy sets


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 250, np.int64(11)])
def test_a_toy_set_has_n_points_and_classes_of_equal_size(toy, n):
    x, labels = toy(RNG(0), n)
    assert x.shape == (n, 2) and x.dtype == np.float64 and np.isfinite(x).all()
    assert labels.shape == (n,) and labels.dtype.kind == "i"
    ones = labels.sum()
    assert set(labels) <= {0, 1} and abs(n - 2 * ones) <= 1


@pytest.mark.parametrize("toy", [*TOYS, line])
def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(toy):
    first, again, other = toy(RNG(1), 50), toy(RNG(1), 50), toy(RNG(2), 50)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    if toy is not spirals:  # without noise nothing in them is random
        assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("toy", NOISY)
def test_noise_moves_every_point_by_its_standard_deviation_and_no_label(toy):
    still, labels = toy(RNG(1), 2000, noise=0)
    moved, same = toy(RNG(1), 2000, noise=0.5)
    np.testing.assert_array_equal(labels, same)
    assert abs((moved - still).std() - 0.5) < 0.02


def test_xor_without_noise_is_the_table_of_the_book():
    x, labels = xor(RNG(0), 4, noise=0)
    np.testing.assert_array_equal(x, [[0, 0], [1, 0], [0, 1], [1, 1]])
    np.testing.assert_array_equal(labels, [0, 1, 1, 0])


def test_blobs_are_as_far_apart_as_asked():
    x, labels = blobs(RNG(0), 20_000, distance=5, noise=0.5)
    means = [x[labels == k].mean(axis=0) for k in (0, 1)]
    assert abs(np.linalg.norm(means[1] - means[0]) - 5) < 0.05
    assert abs((x[labels == 0] - means[0]).std() - 0.5) < 0.02


@pytest.mark.parametrize("margin", [0.01, 0.3, 0.9])
def test_separable_points_keep_the_margin_from_the_line_with_the_documented_normal(margin):
    x, labels = separable(RNG(0), 500, margin=margin)
    distance = (2 * labels - 1) * (x @ [0.6, 0.8])
    assert margin <= distance.min() < margin + 0.02
    assert (x**2).sum(axis=1).max() <= 2


def test_moons_lie_on_two_half_circles():
    x, labels = moons(RNG(0), 300, noise=0)
    upper, lower = x[labels == 0], x[labels == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5


def test_rings_are_a_ball_of_ones_in_a_ring_of_zeros():
    x, labels = rings(RNG(0), 500)
    radius = np.hypot(*x.T)
    assert radius[labels == 1].max() <= 2.5 and 3.5 <= radius[labels == 0].min() and radius.max() <= 5


def test_quadrants_are_labeled_by_the_sign_of_the_product():
    x, labels = quadrants(RNG(0), 500)
    np.testing.assert_array_equal(labels, x.prod(axis=1) > 0)
    assert 0.3 <= np.abs(x).min() and np.abs(x).max() <= 5
    assert len(np.unique(np.sign(x), axis=0)) == 4


def test_the_arms_of_the_noise_free_spirals_share_exactly_the_origin():
    x, labels = spirals(RNG(0), 250)
    np.testing.assert_array_equal(x[:2], 0)
    assert list(labels[:2]) == [0, 1]
    assert len(np.unique(x, axis=0)) == 249
    np.testing.assert_allclose(x[0::2], -x[1::2], atol=1e-12)
    assert np.hypot(*x.T).max() == pytest.approx(5)


def test_a_line_is_recovered_by_least_squares():
    x, y = line(RNG(0), 5000, slope=-1.5, intercept=0.5, noise=0.2)
    assert x.shape == (5000, 1) and y.shape == (5000,)
    slope, intercept = np.polyfit(x[:, 0], y, 1)
    assert abs(slope + 1.5) < 0.02 and abs(intercept - 0.5) < 0.02
    np.testing.assert_allclose(np.std(y - slope * x[:, 0] - intercept), 0.2, rtol=0.05)


@pytest.mark.parametrize("toy", [*TOYS, line])
@pytest.mark.parametrize("n", [0, -3, 2.5, "7", True])
def test_a_number_of_samples_that_is_none_is_refused(toy, n):
    with pytest.raises(ValueError, match=f"^n: got {n}, want a whole number >= 1"):
        toy(RNG(0), n)


@pytest.mark.parametrize("toy", [*NOISY, line])
@pytest.mark.parametrize("noise", [-0.1, float("nan")])
def test_negative_noise_is_refused(toy, noise):
    with pytest.raises(ValueError, match="^noise: got"):
        toy(RNG(0), 5, noise=noise)


@pytest.mark.parametrize("margin", [0, 1, -1, float("nan")])
def test_a_margin_that_leaves_no_room_is_refused(margin):
    with pytest.raises(ValueError, match="^margin: got"):
        separable(RNG(0), 5, margin=margin)


# ---------------------------------------------------------------- real sets and the split


def test_digits_are_1797_pictures_between_0_and_1():
    x, labels = digits()
    assert x.shape == (1797, 64) and x.dtype == np.float64 and (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(np.bincount(labels), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])


def test_iris_is_fifty_flowers_of_each_species():
    x, labels = iris()
    assert x.shape == (150, 4)
    np.testing.assert_array_equal(np.bincount(labels), [50, 50, 50])


def test_breast_cancer_has_212_malignant_and_357_benign_tumors():
    x, labels = breast_cancer()
    assert x.shape == (569, 30)
    np.testing.assert_array_equal(np.bincount(labels), [212, 357])


def test_split_deals_every_row_to_one_side_and_keeps_rows_together():
    x, y = np.arange(40).reshape(20, 2), np.arange(20)
    (x_train, y_train), (x_test, y_test) = split(RNG(0), x, y, test=0.25)
    assert len(x_train) == 15 and len(x_test) == 5
    np.testing.assert_array_equal(np.sort(np.concatenate([y_train, y_test])), y)
    for part, targets in ((x_train, y_train), (x_test, y_test)):
        np.testing.assert_array_equal(part[:, 0], 2 * targets)
    assert not np.array_equal(split(RNG(1), x, y)[1][1], y_test)


@pytest.mark.parametrize("test", [0, 1, -0.5, 0.001, 1.5, float("nan")])
def test_a_split_with_an_empty_side_is_refused(test):
    with pytest.raises(ValueError, match="^test: got"):
        split(RNG(0), np.ones((20, 2)), np.ones(20), test=test)


def test_a_split_of_unequal_rows_is_refused():
    with pytest.raises(ValueError, match="^y: got 19 rows"):
        split(RNG(0), np.ones((20, 2)), np.ones(19))


def test_importing_the_datasets_loads_nothing_heavy():
    heavy = {"sklearn", "scipy", "pooch", "tqdm", "requests", "platformdirs", "torch", "matplotlib"}
    code = "import sys, dlnotes.datasets, dlnotes.learners; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in loaded and not heavy & set(loaded)


# ---------------------------------------------------------------- MNIST


@pytest.mark.skipif("DLNOTES_DATA" not in os.environ, reason="DLNOTES_DATA is not set: no real MNIST here")
def test_the_real_mnist_test_split_has_its_known_counts():
    x, labels = mnist("test")
    assert x.shape == (10_000, 1, 28, 28) and x.dtype == np.float32 and (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(
        np.bincount(labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    )
    assert list(labels[:5]) == [7, 2, 1, 0, 4]


IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx(array):
    """An array as the bytes of an IDX file."""
    return np.array([0x800 + array.ndim, *array.shape], ">u4").tobytes() + array.tobytes()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A world in which MNIST has 12 test images, the cache is empty, and no mirror answers."""
    arrays = {
        IMAGES: RNG(0).integers(0, 256, size=(12, 28, 28), dtype=np.uint8),
        LABELS: RNG(1).integers(0, 10, size=12, dtype=np.uint8),
    }
    files = {name: idx(array) for name, array in arrays.items()}
    packed = {name: gzip.compress(data, mtime=0) for name, data in files.items()}
    digest = {name: tuple(hashlib.sha256(d[name]).hexdigest() for d in (files, packed)) for name in files}
    monkeypatch.setitem(datasets._MNIST, "test", {name: array.shape for name, array in arrays.items()})
    monkeypatch.setattr(datasets, "_SHA256", digest)
    monkeypatch.setattr(datasets, "MIRROR", "http://127.0.0.1:9/")  # the discard port: nobody listens
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setenv("DLNOTES_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "mnist").mkdir(parents=True)

    class Small:
        data, cache = tmp_path / "data" / "mnist", tmp_path / "cache" / "dlnotes" / "mnist"

        def put(self, folder, contents):
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in contents.items():
                (folder / name).write_bytes(content)

        def check(self):
            x, labels = mnist("test")
            np.testing.assert_array_equal(np.round(x[:, 0] * 255), arrays[IMAGES])
            np.testing.assert_array_equal(labels, arrays[LABELS])
            assert x.dtype == np.float32 and labels.dtype.kind == "i"

    world = Small()
    world.files, world.packed = files, {name + ".gz": data for name, data in packed.items()}
    return world


@pytest.fixture
def mirror(small, monkeypatch):
    """A mirror on this machine: `answers` maps a file to its bytes, or to (bytes, promised length)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            small.asked.append(self.path[1:])
            answer = small.answers.get(self.path[1:])
            if answer is None:
                return self.send_error(404)
            body, length = answer if isinstance(answer, tuple) else (answer, len(answer))
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    small.asked, small.answers = [], dict(small.packed)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    monkeypatch.setattr(datasets, "MIRROR", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.delenv("DLNOTES_DATA")
    yield small
    server.shutdown()
    thread.join()
    server.server_close()


def cached(small):
    return sorted(path.name for path in small.cache.iterdir()) if small.cache.exists() else []


@pytest.mark.parametrize("form", ["files", "packed"])
@pytest.mark.parametrize("folder", [".", ".."])
def test_plain_and_packed_files_are_read_from_the_data_folder_and_its_subfolder(small, form, folder):
    small.put(small.data / folder, getattr(small, form))
    small.check()


def test_files_packed_by_another_program_are_read(small):
    small.put(small.data, {name + ".gz": gzip.compress(data, 1) for name, data in small.files.items()})
    small.check()


def test_files_of_the_cache_are_read_without_asking_the_mirror(mirror):
    mirror.put(mirror.cache, mirror.packed)
    mirror.check()
    assert mirror.asked == []


def test_absent_files_are_downloaded_once(mirror):
    mirror.check()
    mirror.check()
    assert sorted(mirror.asked) == cached(mirror) == sorted(mirror.packed)


def test_a_damaged_file_of_the_cache_is_replaced(mirror):
    mirror.put(mirror.cache, {IMAGES + ".gz": b"half a fi", LABELS + ".gz": mirror.packed[LABELS + ".gz"]})
    mirror.check()
    assert mirror.asked == [IMAGES + ".gz"]


def test_offline_and_absent_is_a_file_not_found_error_that_says_what_to_do(small):
    with pytest.raises(FileNotFoundError) as refusal:
        mnist()
    for part in (
        IMAGES + ".gz",
        str(small.data.parent),
        str(small.cache),
        "http://127.0.0.1:9/",
        "DLNOTES_DATA",
    ):
        assert part in str(refusal.value)
    assert cached(small) == []


def test_offline_a_damaged_file_of_the_cache_is_a_value_error_with_its_name(small):
    small.put(small.cache, {IMAGES + ".gz": b"half a fi"})
    with pytest.raises(ValueError) as refusal:
        mnist()
    assert str(refusal.value).startswith(f"{small.cache / IMAGES}.gz: got damaged data")


def test_a_mirror_without_the_file_is_a_file_not_found_error(mirror):
    mirror.answers.clear()
    with pytest.raises(FileNotFoundError, match="404"):
        mnist()
    assert cached(mirror) == []


def test_a_download_that_breaks_off_leaves_nothing_behind(mirror):
    whole = mirror.packed[IMAGES + ".gz"]
    mirror.answers[IMAGES + ".gz"] = whole[:100], len(whole)
    with pytest.raises(FileNotFoundError, match="download failed"):
        mnist()
    assert cached(mirror) == []
    mirror.answers[IMAGES + ".gz"] = whole
    mirror.check()


def test_a_download_with_a_wrong_checksum_is_a_value_error_and_leaves_nothing_behind(mirror):
    mirror.answers[LABELS + ".gz"] = gzip.compress(b"something else")
    with pytest.raises(ValueError, match=LABELS):
        mnist()
    assert cached(mirror) == [IMAGES + ".gz"]


@pytest.mark.parametrize("blow", [KeyboardInterrupt, partial(OSError, 28, "No space left on device")])
def test_an_interrupt_or_a_full_disk_leaves_no_half_file(mirror, monkeypatch, blow):
    def strike(*arguments, **options):
        assert len(cached(mirror)) == 1  # the temporary file
        raise blow()

    monkeypatch.setattr("pooch.core.shutil.move", strike)
    with pytest.raises((KeyboardInterrupt, FileNotFoundError)) as struck:
        mnist()
    assert blow is KeyboardInterrupt or "No space left" in str(struck.value)
    assert cached(mirror) == []


def test_a_cache_that_cannot_be_written_says_what_to_do(mirror):
    mirror.cache.parent.parent.mkdir(parents=True)
    mirror.cache.parent.write_bytes(b"a file where the folder should be")
    with pytest.raises(FileNotFoundError, match="set the environment variable DLNOTES_DATA"):
        mnist()


def tamper(data, place, value):
    return data[:place] + bytes([value]) + data[place + 1 :]


DAMAGES = {
    "truncated": (LABELS, lambda f: f[LABELS][:-1], "got 19 bytes, want 20"),
    "trailing byte": (IMAGES, lambda f: f[IMAGES] + b"\0", "got 9425 bytes, want 9424"),
    "header only": (IMAGES, lambda f: f[IMAGES][:16], "got 16 bytes"),
    "empty": (LABELS, lambda f: b"", "got magic number none, want 00000801"),
    "half a header": (IMAGES, lambda f: f[IMAGES][:6], "got 6 bytes"),
    "images for labels": (LABELS, lambda f: f[IMAGES], "got magic number 00000803, want 00000801"),
    "no IDX file": (IMAGES, lambda f: b"<!doctype html>", "got magic number"),
    "more labels than images": (LABELS, lambda f: idx(np.zeros(60, np.uint8)), "got 68 bytes, want 20"),
    "wrong count": (LABELS, lambda f: tamper(f[LABELS], 7, 11), r"got sizes \(11,\), want \(12,\)"),
    "label above 9": (LABELS, lambda f: tamper(f[LABELS], 10, 10), "got other bytes"),
    "one pixel": (IMAGES, lambda f: tamper(f[IMAGES], 99, f[IMAGES][99] ^ 1), "got other bytes"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_mislabeled_file_is_a_value_error_that_names_the_file_and_the_damage(
    small, damage, packed
):
    name, make, complaint = DAMAGES[damage]
    small.put(small.data, small.files | {name: make(small.files)})
    if packed:
        (small.data / name).unlink()
        small.put(small.data, {name + ".gz": gzip.compress(make(small.files))})
    path = small.data / (name + ".gz" * packed)
    with pytest.raises(ValueError, match=complaint) as refusal:
        mnist()
    assert str(refusal.value).startswith(f"{path}: got ")


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d[:-9],
        lambda d: d[:40],
        lambda d: tamper(d, len(d) // 2, d[len(d) // 2] ^ 255),
        lambda d: b"no gzip",
    ],
    ids=["no end", "short", "changed", "no gzip"],
)
def test_a_damaged_gz_file_is_a_value_error_that_names_it(small, damage):
    small.put(small.data, small.packed | {IMAGES + ".gz": damage(small.packed[IMAGES + ".gz"])})
    with pytest.raises(ValueError, match=r"damaged data .* want an intact \.gz file") as refusal:
        mnist()
    assert str(Path(small.data, IMAGES + ".gz")) in str(refusal.value)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match='^split: got \'validation\', want "train" or "test"'):
        mnist("validation")
