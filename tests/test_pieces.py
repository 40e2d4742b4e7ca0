"""Linear pieces: formulas against enumeration, enumeration against samples, maps against the network."""

import numpy as np
import pytest

from dlnotes import arrangements, layers, pieces
from dlnotes.arrangements import flat_pieces
from dlnotes.cpl import CPL, add, compose, line, maximum, scale

RELU = line(0, 0)


def arrangement(rng, N, m):
    return rng.normal(size=(N, m)), rng.normal(size=N)


def network(rng, *sizes):
    """Parameters with biases that are not 0."""
    params = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:], strict=True):
        params += [(rng.normal(size=(fan_out, fan_in)), rng.normal(size=fan_out)), ()]
    return tuple(params[:-1])


def output(x, params):
    return layers.chain(*layers.mlp(len(params[::2]), layers.relu))(x, params)[0]


# ---------------------------------------------------------------- r(N, m)


@pytest.mark.parametrize(
    ("N", "m", "count"),
    [
        (2, 1, 3),
        (3, 2, 7),
        (4, 2, 11),
        (5, 2, 16),
        (4, 1, 5),
        (4, 3, 15),
        (5, 3, 26),
        (20, 2, 211),
        (0, 3, 1),
    ],
)
def test_the_formula_gives_the_numbers_of_the_book(N, m, count):
    assert flat_pieces(N, m) == arrangements.flat_pieces_recursion(N, m) == count


def test_formula_and_recursion_agree_and_few_planes_cut_everything():
    for N in range(30):
        for m in range(12):
            assert flat_pieces(N, m) == arrangements.flat_pieces_recursion(N, m)
            assert (flat_pieces(N, m) == 2**N) == (N <= m)


@pytest.mark.parametrize("function", [flat_pieces, arrangements.flat_pieces_recursion])
@pytest.mark.parametrize(("N", "m", "name"), [(-1, 2, "N"), (2, 1.0, "m"), (True, 2, "N")])
def test_counts_that_are_no_whole_numbers_are_refused(function, N, m, name):
    with pytest.raises(ValueError, match=f"^{name}: got .*, want a whole number >= 0"):
        function(N, m)


# ---------------------------------------------------------------- arrangements


@pytest.mark.parametrize(("N", "m"), [(1, 1), (5, 1), (1, 2), (6, 2), (5, 3), (3, 3), (5, 4), (3, 5)])
def test_random_planes_are_in_general_position(N, m):
    signs, points = arrangements.regions(*arrangement(np.random.default_rng(N), N, m))
    assert signs.shape == (flat_pieces(N, m), N) and points.shape == (len(signs), m)
    assert len(np.unique(signs, axis=0)) == len(signs)


@pytest.mark.parametrize(("N", "m"), [(6, 2), (5, 3)])
def test_the_points_lie_in_their_regions(N, m):
    W, b = arrangement(np.random.default_rng(7), N, m)
    signs, points = arrangements.regions(W, b)
    np.testing.assert_array_equal(np.sign(points @ W.T + b), signs)


def test_no_region_is_missing_on_a_dense_sample():
    rng = np.random.default_rng(3)
    W, b = rng.integers(-2, 3, size=(7, 2)) + np.array([0, 0.5]), rng.integers(-2, 3, size=7)
    signs, _ = arrangements.regions(W, b)
    s = rng.uniform(-9, 9, size=(200_000, 2)) @ W.T + b
    seen = np.unique(np.sign(s[(s != 0).all(axis=1)]), axis=0)
    assert {tuple(row) for row in seen} <= {tuple(row) for row in signs}


GRID = np.repeat(np.eye(2), 9, axis=0)


@pytest.mark.parametrize(
    ("W", "b", "count"),
    [
        (np.ones((20, 2)), np.arange(20), 21),  # parallel
        (GRID, np.tile(np.arange(9), 2), 100),
        (np.array([[1, 0], [0, 1], [1, 1], [1, -1]]), np.zeros(4), 8),  # through one point
        (np.array([[1, 0], [2, 0], [-3, 0]]), np.array([1, 2, -3]), 2),  # three times the same
        (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), np.zeros(4), 14),
        (np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), np.array([0, 0, 0, -1]), 15),
        (np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]]), np.zeros(3), 6),  # through one line
        (np.array([[0.1, 0.2], [0.3, 0.6], [0.1, 0.2]]), np.array([1.0, 3.0, 2.0]), 4),  # nearly parallel
    ],
)
def test_special_positions_are_counted_exactly(W, b, count):
    signs, points = arrangements.regions(W, b)
    assert len(signs) == len(points) == count


def test_every_order_of_the_planes_gives_the_same_regions():
    W, b = np.array([[1, 0], [0, 1], [1, 1], [1, 1], [-2, -2]]), np.array([0, 0, 0, 1, 0])
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(5)
        signs, _ = arrangements.regions(W[order], b[order])
        back = np.unique(signs[:, np.argsort(order)], axis=0)
        np.testing.assert_array_equal(back, np.unique(arrangements.regions(W, b)[0], axis=0))


def test_what_is_no_arrangement_is_refused():
    with pytest.raises(ValueError, match="W: got only zeros in row 1, want a hyperplane"):
        arrangements.regions(np.array([[1.0, 0], [0, 0]]), np.zeros(2))
    with pytest.raises(ValueError, match=r"b: got shape \(3,\), want \(2,\)"):
        arrangements.regions(np.eye(2), np.zeros(3))
    with pytest.raises(ValueError, match="W: got inf"):
        arrangements.regions(np.array([[np.inf, 0]]), np.zeros(1))


# ---------------------------------------------------------------- networks


@pytest.mark.parametrize("sizes", [(2, 5, 1), (2, 4, 4, 3), (3, 6, 5, 4, 2)])
def test_the_local_map_is_the_network_and_its_slope(sizes):
    rng = np.random.default_rng(4)
    params = network(rng, *sizes)
    x = rng.normal(size=(30, sizes[0]))
    for row, y in zip(x, output(x, params), strict=True):
        W_x, b_x = pieces.local_map(row, params)
        np.testing.assert_allclose(W_x @ row + b_x, y, atol=1e-12)
        near = row + 1e-6 * rng.normal(size=(8, sizes[0]))
        same = (pieces.masks(near, params) == pieces.masks(row[None], params)).all(axis=1)
        np.testing.assert_allclose((near @ W_x.T + b_x)[same], output(near, params)[same], atol=1e-12)
        assert same.any()


def test_masks_are_those_of_the_hidden_units_in_their_order():
    params = (np.array([[1.0], [-1]]), np.zeros(2)), (), (np.array([[1.0, -2]]), np.array([-1.0])), (), (
        np.ones((1, 1)), np.zeros(1),
    )  # fmt: skip
    got = pieces.masks(np.array([[2.0], [0.5], [-1], [0]]), params)
    np.testing.assert_array_equal(got, [[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]])


def area(corners):
    x, y = corners.T
    return 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


@pytest.mark.parametrize("sizes", [(2, 6, 1), (2, 5, 5, 1), (2, 4, 4, 4, 1)])
def test_the_polygons_of_a_network_fill_the_square_and_are_what_a_dense_sample_finds(sizes):
    rng = np.random.default_rng(1)
    params = network(rng, *sizes)
    found = pieces.polygons(params, -2, 2)
    np.testing.assert_allclose(sum(area(one.corners) for one in found), 16)
    assert len({one.mask.tobytes() for one in found}) == len(found)
    large = {one.mask.tobytes() for one in found if area(one.corners) > 1e-2}
    sampled = {row.tobytes() for row in pieces.masks(rng.uniform(-2, 2, size=(50_000, 2)), params)}
    assert large <= sampled <= {one.mask.tobytes() for one in found}


def test_the_map_of_a_polygon_is_the_local_map_in_its_middle():
    params = network(np.random.default_rng(2), 2, 5, 4, 2)
    for one in pieces.polygons(params, -2, 2):
        middle = one.corners.mean(axis=0)
        W_x, b_x = pieces.local_map(middle, params)
        np.testing.assert_allclose(one.W, W_x, atol=1e-12)
        np.testing.assert_allclose(one.b, b_x, atol=1e-12)
        np.testing.assert_array_equal(one.mask, pieces.masks(middle[None], params)[0])


def test_polygons_of_a_fold_along_an_edge_or_of_a_dead_unit_are_not_cut():
    W, b = np.array([[1.0, 0], [0, 0], [0, 0]]), np.array([1.0, 0, 3])
    (one,) = pieces.polygons(((W, b), ()), -1, 1)
    np.testing.assert_array_equal(one.mask, [True, False, True])


def test_one_layer_has_as_many_polygons_as_its_arrangement_has_regions():
    W, b = np.array([[1.0, 0], [0, 1], [1, 1], [1, -1]]), np.array([0.0, 0, 0, 0.5])
    assert len(pieces.polygons(((W, b), ()), -9, 9)) == len(arrangements.regions(W, b)[0])


# ---------------------------------------------------------------- one variable


def random_cpl(rng, kinks):
    return CPL(np.sort(rng.normal(size=kinks)), rng.normal(size=kinks + 1), rng.normal())


@pytest.mark.parametrize("seed", range(20))
def test_sum_maximum_and_composition_are_piecewise_linear_and_right(seed):
    rng = np.random.default_rng(seed)
    f, g = random_cpl(rng, rng.integers(0, 5)), random_cpl(rng, rng.integers(0, 5))
    x = rng.normal(size=400) * 3
    made = {
        "sum": (add(f, g), f(x) + g(x)),
        "scaled": (scale(f, -2.5), -2.5 * f(x)),
        "maximum": (maximum(f, g), np.maximum(f(x), g(x))),
        "composition": (compose(f, g), f(g(x))),
    }
    for name, (got, want) in made.items():
        np.testing.assert_allclose(got(x), want, atol=1e-9, err_msg=name)
        assert len(got.slopes) == len(got.kinks) + 1 and (np.diff(got.kinks) > 0).all()
    assert len(made["sum"][0].kinks) <= len(f.kinks) + len(g.kinks)
    assert len(made["composition"][0].kinks) <= len(g.kinks) + len(f.kinks) * len(g.slopes)


def test_a_kink_that_cancels_is_none():
    bend = maximum(line(1, 0), RELU)
    assert len(bend.kinks) == 1
    assert len(add(bend, scale(bend, -1)).kinks) == 0
    assert len(add(bend, scale(maximum(line(-1, 0), RELU), -1)).kinks) == 0  # relu(x) - relu(-x) = x


def test_two_small_layers_make_seven_pieces():
    params = (
        (np.array([[1.0], [1]]), np.array([0.0, -1])), (),
        (np.array([[2.0, -4], [-2, 4]]), np.array([-1, 0.5])), (),
        (np.ones((1, 2)), np.zeros(1)),
    )  # fmt: skip
    (f,) = pieces.functions(params)
    np.testing.assert_array_equal(f.kinks, [0, 0.25, 0.5, 1, 1.5, 1.75])
    np.testing.assert_array_equal(f.slopes, [0, -2, 0, 2, -2, 0, 2])


@pytest.mark.parametrize("sizes", [(1, 7, 1), (1, 4, 4, 2), (1, 5, 5, 5, 1)])
def test_the_functions_of_a_network_are_its_outputs_and_bend_where_a_mask_changes(sizes):
    rng = np.random.default_rng(5)
    params = network(rng, *sizes)
    x = np.linspace(-4, 4, 20_001)
    found = pieces.functions(params)
    np.testing.assert_allclose(np.stack([f(x) for f in found], axis=1), output(x[:, None], params), atol=1e-9)
    changes = np.any(np.diff(pieces.masks(x[:, None], params), axis=0), axis=1)
    for f in found:
        kinks = f.kinks[np.abs(f.kinks) < 4]
        assert changes[np.searchsorted(x, kinks) - 1].all()


def test_the_interpolant_goes_through_its_points_and_is_that_of_numpy():
    rng = np.random.default_rng(6)
    u, v = np.sort(rng.normal(size=9)), rng.normal(size=9)
    params = pieces.relu_interpolant(u, v)
    assert sum(array.size for pair in params for array in pair) == 3 * 8 + 1
    np.testing.assert_allclose(output(u[:, None], params)[:, 0], v, atol=1e-12)
    x = np.linspace(u[0] - 1, u[-1], 500)
    np.testing.assert_allclose(output(x[:, None], params)[:, 0], np.interp(x, u, v), atol=1e-12)
    (f,) = pieces.functions(params)
    np.testing.assert_allclose(f.kinks, u[:-1])
    np.testing.assert_allclose(f.slopes[[0, -1]], [0, (v[-1] - v[-2]) / (u[-1] - u[-2])], atol=1e-9)


@pytest.mark.parametrize("u", [[1.0], [0.0, 0.0], [1.0, 0.0]])
def test_points_that_do_not_increase_are_refused(u):
    with pytest.raises(ValueError, match="^u: got .*, want at least two numbers that increase"):
        pieces.relu_interpolant(np.array(u), np.zeros(len(u)))


@pytest.mark.parametrize("scale", [1e-13, 1e-6, 1e13])
@pytest.mark.parametrize("layer", [0, -1])
def test_the_count_of_pieces_knows_no_scale(scale, layer):
    params = list(network(np.random.default_rng(8), 1, 6, 6, 1))
    (f,) = pieces.functions(params)
    W, b = params[layer]
    params[layer] = scale * W, b * (scale if layer else 1)
    if not layer:  # as if x were measured in another unit
        f = f._replace(kinks=f.kinks / scale)
    (g,) = pieces.functions(params)
    assert len(g.slopes) == len(f.slopes) > 7
    np.testing.assert_allclose(g.kinks, f.kinks, rtol=1e-6)


def test_slopes_that_cancel_up_to_rounding_make_no_piece():
    wiggle = add(scale(maximum(line(1, 0), line(0, 0)), 0.1), scale(maximum(line(0.1, 0), line(0, 0)), -1))
    assert len(wiggle.slopes) == 1


def test_a_relu_may_be_written_as_an_empty_list():
    params = network(np.random.default_rng(4), 2, 5, 4, 2)
    lists = [list(own) for own in params]
    x = np.random.default_rng(5).normal(size=(7, 2))
    np.testing.assert_array_equal(pieces.masks(x, lists), pieces.masks(x, params))
    for one, other in zip(pieces.local_map(x[0], lists), pieces.local_map(x[0], params), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(pieces.polygons(lists)) == len(pieces.polygons(params))


PLANE, LINE = network(np.random.default_rng(4), 2, 5, 1), network(np.random.default_rng(4), 1, 5, 1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pieces.masks(np.array([[1.0, np.nan]]), PLANE), "x: got NaN in 1 of 2 entries"),
        (lambda: pieces.masks(np.ones(2), PLANE), "x: got shape (2,), want (n, 2)"),
        (lambda: pieces.local_map(np.ones((1, 2)), PLANE), "x: got shape (1, 2), want (2,)"),
        (lambda: pieces.local_map(np.ones((1, 1)), LINE), "x: got shape (1, 1), want (1,)"),
        (lambda: pieces.polygons(LINE), "params: got a network of 1 inputs, want 2"),
        (lambda: pieces.functions(PLANE), "params: got a network of 2 inputs, want 1"),
        (lambda: pieces.functions(((),)), "params: got no weights, want those of a network"),
        (lambda: pieces.relu_interpolant(np.uint8([3, 1]), np.ones(2)), "u: got [3. 1.], want"),
        (lambda: pieces.relu_interpolant(np.ones((2, 1)), np.ones(2)), "u: got shape (2, 1), want (r,)"),
    ],
)
def test_what_is_no_input_and_no_network_is_refused_in_words(call, said):
    with pytest.raises(ValueError) as refused:
        call()
    assert said in str(refused.value)


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int64"])
def test_the_interpolant_takes_the_numbers_it_is_given(dtype):
    u, v = np.array([1, 2, 4], dtype), np.array([3, 1, 2], dtype)
    params = pieces.relu_interpolant(u, v)
    wanted = dtype if dtype == "float32" else "float64"
    assert {array.dtype.name for own in params for array in own} == {wanted}
    np.testing.assert_allclose(output(u[:, None].astype(wanted), params)[:, 0], v, rtol=1e-6)
