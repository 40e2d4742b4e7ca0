"""Normalization and dropout: what the table of layers in test_layers.py does not hold."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from test_layers import generic

from dlnotes import initialization, verify
from dlnotes.convolution import conv2d
from dlnotes.layers import chain, identity, linear, relu
from dlnotes.losses import cross_entropy
from dlnotes.normalization import (
    RunningMoments,
    alpha_dropout,
    batch_norm,
    batch_norm_by_parts,
    dropout,
    fold,
    frozen_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    neutral,
    pca_whiten,
    reparametrized,
    rms_norm,
    spectral_norm,
    standardize,
    weight_norm,
    zca_whiten,
)
from dlnotes.optimizers import pack, sgd
from dlnotes.training import fit, steps

torch = pytest.importorskip("torch")
F = torch.nn.functional


def stored(seed, c):
    """Moments as after some training."""
    mean, var = generic(seed, (c,), (c,))
    return RunningMoments(mean, np.exp(var))


def torch_whiten(x, kind, eps):
    away = x - x.mean(0)
    variances, U = torch.linalg.eigh(away.T @ away / len(x))
    variances, U = variances.flip(0) + eps, U.flip(1)
    U = U * U.gather(0, U.abs().argmax(0)[None]).sign()
    return away @ ((U / variances.sqrt()) @ (U.T if kind == "zca" else torch.eye(len(U), dtype=U.dtype)))


def torch_frozen(x, *params):
    moments = stored(3, x.shape[1])
    return F.batch_norm(x, torch.tensor(moments.mean), torch.tensor(moments.var), *params)


# name, layer, shape of x, shapes of params, the same in PyTorch, names: what cannot run on Duals
CASES = [
    (
        "frozen_norm",
        partial(frozen_norm, moments=stored(3, 3)),
        (5, 3),
        [(3,), (3,)],
        torch_frozen,
        ("x", "gamma", "beta"),
    ),
    (
        "frozen_norm on images",
        partial(frozen_norm, moments=stored(3, 2)),
        (3, 2, 4, 5),
        [(2,), (2,)],
        torch_frozen,
        ("x", "gamma", "beta"),
    ),
    (
        "spectral_norm",
        spectral_norm,
        (5, 3),
        [],
        lambda W: W / torch.linalg.matrix_norm(W, 2),
        ("W",),
    ),
    (
        "spectral_norm of kernels",
        spectral_norm,
        (3, 2, 3, 2),
        [],
        lambda W: W / torch.linalg.matrix_norm(W.flatten(1), 2),
        ("W",),
    ),
    ("zca_whiten", zca_whiten, (7, 3), [], lambda x: torch_whiten(x, "zca", 1e-5), ("x",)),
    (
        "pca_whiten",
        partial(pca_whiten, eps=0.2),
        (7, 3),
        [],
        lambda x: torch_whiten(x, "pca", 0.2),
        ("x",),
    ),
]
LAYERS = pytest.mark.parametrize(
    ("layer", "x_shape", "shapes", "reference", "names"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)


@LAYERS
def test_back_matches_central_differences(layer, x_shape, shapes, reference, names):
    x, *params = generic(1, x_shape, *shapes)
    verify.layer(layer, x, tuple(params), np.random.default_rng(2))


@LAYERS
def test_output_and_gradients_agree_with_pytorch(layer, x_shape, shapes, reference, names):
    verify.against_torch(layer, reference, *generic(1, x_shape, *shapes), rng=np.random.default_rng(2))


@LAYERS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_forward_and_back(layer, x_shape, shapes, reference, names, dtype):
    x, *params = [array.astype(dtype) for array in generic(1, x_shape, *shapes)]
    y, back = layer(x, tuple(params))
    dx, grads = back(y)
    assert {array.dtype.name for array in (y, dx, *grads)} == {dtype}
    wide, _ = layer(*(lambda x, *params: (x, params))(*generic(1, x_shape, *shapes)))
    np.testing.assert_allclose(y, wide, atol=1e-4)


@LAYERS
def test_refusals_name_the_argument(layer, x_shape, shapes, reference, names):
    arrays = generic(1, x_shape, *shapes)
    for place, name in enumerate(names):
        x, *params = [array.copy() for array in arrays]
        (x, *params)[place].flat[-1] = np.nan
        with pytest.raises(ValueError, match=rf"^{name}: got NaN in 1 of \d+ entries"):
            layer(x, tuple(params))
        x, *params = [array.astype(object) if k == place else array for k, array in enumerate(arrays)]
        with pytest.raises(ValueError, match=f"^{name}: got an array of dtype object"):
            layer(x, tuple(params))
    with pytest.raises(ValueError, match=rf"^{names[0]}: got shape \(0, .*want at least one entry$"):
        layer(np.zeros((0, *x_shape[1:])), tuple(arrays[1:]))
    with pytest.raises(ValueError, match=f"^{names[0]}: got list, want a NumPy array"):
        layer(arrays[0].tolist(), tuple(arrays[1:]))
    with pytest.raises(ValueError, match=r"^params: got \d entries, want "):
        layer(arrays[0], (*arrays[1:], np.ones(3)))


def refusal(layer, *args, **options):
    with pytest.raises(ValueError) as refused:
        layer(*args, **options)
    return str(refused.value)


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        (batch_norm, [(5,), (3,), (3,)], "x: got shape (5,), want (n, c, ...)"),
        (batch_norm, [(5, 3), (2,), (3,)], "gamma: got shape (2,), want (3,)"),
        (batch_norm, [(5, 3, 2, 2), (3,), (3, 1)], "beta: got shape (3, 1), want (3,)"),
        (layer_norm, [(5, 3), (5, 3), (5, 3)], "gamma: got shape (5, 3), want (3,)"),
        (layer_norm, [(5, 3), (), ()], "gamma: got shape (), want (3,)"),
        (layer_norm, [(5, 4, 3), (4, 3), (3,)], "beta: got shape (3,), want (4, 3)"),
        (rms_norm, [(5, 3), (5,)], "gamma: got shape (5,), want (3,)"),
        (rms_norm, [(3,), (3,)], "x: got shape (3,), want (n, ..., d)"),
        (
            instance_norm,
            [(5, 3), (3,), (3,)],
            "x: got shape (5, 3), want (n, c, ...) with at least one more axis",
        ),
        (
            partial(group_norm, groups=2),
            [(5, 3), (3,), (3,)],
            "x: got 3 channels, want a multiple of groups = 2",
        ),
        (partial(group_norm, groups=0), [(5, 3), (3,), (3,)], "groups: got 0, want a whole number >= 1"),
        (weight_norm, [(3,), (3,)], "v: got shape (3,), want (i, ...), a row for each unit"),
        (weight_norm, [(4, 3), (3,)], "g: got shape (3,), want (4,)"),
        (spectral_norm, [(3,)], "W: got shape (3,), want (i, ...), a row for each unit"),
        (zca_whiten, [(3, 2, 2)], "x: got shape (3, 2, 2), want (n, d)"),
        (partial(pca_whiten, eps=-1), [(3, 2)], "eps: got -1, want a finite number >= 0"),
        (
            partial(zca_whiten, eps=0),
            [(3, 3)],
            "x: got a covariance that has no inverse, want more samples, or eps > 0",
        ),
        (partial(local_response_norm, size=0), [(5, 3)], "size: got 0, want a whole number >= 1"),
        (partial(local_response_norm, k=0), [(5, 3)], "k: got 0, want a finite number > 0"),
        (local_response_norm, [(5,)], "x: got shape (5,), want (n, c, ...)"),
        (
            partial(frozen_norm, moments=stored(1, 4)),
            [(5, 3), (3,), (3,)],
            "moments.mean: got shape (4,), want (3,)",
        ),
        (
            partial(frozen_norm, moments=RunningMoments(var=np.array([1, -2.0]))),
            [(5, 2), (2,), (2,)],
            "moments.var: got -2 with eps 1e-05, want var + eps > 0",
        ),
        (partial(batch_norm, eps=-1), [(5, 3), (3,), (3,)], "eps: got -1, want a finite number >= 0"),
        (
            partial(dropout, rng=None, rate=1),
            [(5, 3)],
            "rate: got 1, want a probability of dropping, 0 <= rate < 1",
        ),
    ],
)
def test_refusals_say_what_came_and_what_is_wanted(layer, shapes, message):
    x, *params = generic(1, *shapes)
    assert refusal(layer, x, tuple(params)) == message


def test_nothing_to_divide_by_is_refused():
    constant = np.tile([1.0, 2.0], (4, 1))
    message = "x: got entries that are all the same, want some that differ, or eps > 0"
    assert refusal(batch_norm, constant, neutral(2), eps=0) == message
    assert refusal(weight_norm, np.eye(3)[:2] * [[0], [1]], (np.ones(2),)).startswith("v: got a row of zeros")
    assert refusal(spectral_norm, np.zeros((2, 3))) == "W: got zeros alone, want some other entry"
    assert not batch_norm(constant, neutral(2))[0].any()


def test_the_norms_are_one_formula_over_other_axes():
    (x,) = generic(1, (4, 6, 3, 2))
    one = neutral(6)
    for layer, params, axes in [
        (batch_norm, one, (0, 2, 3)),
        (layer_norm, neutral(6, 3, 2), (1, 2, 3)),
        (partial(group_norm, groups=1), one, (1, 2, 3)),
        (instance_norm, one, (2, 3)),
        (partial(group_norm, groups=6), one, (2, 3)),
    ]:
        np.testing.assert_allclose(layer(x, params)[0], standardize(x, axes=axes)[0], atol=1e-13)
    rows, _ = batch_norm(x.transpose(0, 2, 3, 1).reshape(-1, 6), one)  # images are batches of pixels
    np.testing.assert_allclose(batch_norm(x, one)[0].transpose(0, 2, 3, 1).reshape(-1, 6), rows, atol=1e-13)
    rms, _ = rms_norm(x[:, :, 0, 0], one[:1], eps=0)
    np.testing.assert_allclose((rms**2).mean(axis=1), 1)


def test_batch_norm_has_the_moments_it_promises_and_undoes_itself():
    x, gamma, beta = generic(1, (9, 3), (3,), (3,))
    y, back = batch_norm(x, (gamma, beta), eps=0.2)
    np.testing.assert_allclose(y.mean(axis=0), beta)
    np.testing.assert_allclose(y.var(axis=0), gamma**2 * x.var(axis=0) / (x.var(axis=0) + 0.2))
    np.testing.assert_allclose(back(generic(2, y.shape)[0])[0].sum(axis=0), 0, atol=1e-14)
    std = np.sqrt(x.var(axis=0) + 1e-5)
    np.testing.assert_allclose(batch_norm(x, (std, x.mean(axis=0)))[0], x, rtol=1e-12)


def test_the_six_formulas_of_the_book_are_the_pullback():
    s, dy, gamma, beta = generic(1, (7, 3), (7, 3), (3,), (3,))
    *parts, nothing = batch_norm_by_parts(dy, s, gamma, 0.1)
    dx, grads = batch_norm(s, (gamma, beta), eps=0.1)[1](dy)
    for found, want in zip(parts, (dx, *grads), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(nothing, 0, atol=1e-12)


def test_a_batch_of_one_gives_beta_and_no_gradient_but_has_no_unbiased_variance():
    x, gamma, beta, dy = generic(1, (1, 3), (3,), (3,), (1, 3))
    y, back = batch_norm(x, (gamma, beta))
    np.testing.assert_array_equal(y[0], beta)
    dx, (dgamma, dbeta) = back(dy)
    assert not dx.any() and not dgamma.any()
    np.testing.assert_array_equal(dbeta, dy[0])
    message = "track: got 1 entry for each feature, want 2 or more, or unbiased=False"
    assert refusal(batch_norm, x, (gamma, beta), track=RunningMoments()) == message
    biased = RunningMoments(unbiased=False)
    batch_norm(x, (gamma, beta), track=biased)
    np.testing.assert_allclose(biased.mean, 0.1 * x[0])
    np.testing.assert_allclose(biased.var, 0.9)


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2, 2)])
def test_running_moments_are_those_of_pytorch_and_the_biased_ones_those_of_the_books(shape):
    norm = (torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d)(3, momentum=0.3).double()
    moments, biased = RunningMoments(keep=0.7), RunningMoments(keep=0.7, unbiased=False)
    count, books = np.prod(shape) // 3, np.ones(3)
    for x in generic(1, shape, shape, shape):
        norm(torch.tensor(x))
        for track in (moments, biased):
            batch_norm(x, neutral(3), track=track)
        books = 0.7 * books + 0.3 * x.swapaxes(0, 1).reshape(3, -1).var(axis=1)
    np.testing.assert_allclose(moments.mean, norm.running_mean, rtol=1e-12)
    np.testing.assert_allclose(moments.var, norm.running_var, rtol=1e-12)
    np.testing.assert_allclose(biased.var, books, rtol=1e-12)
    np.testing.assert_array_equal(biased.mean, moments.mean)
    np.testing.assert_allclose(moments.var - 0.7**3, (biased.var - 0.7**3) * count / (count - 1))
    (x,) = generic(2, shape)
    frozen, _ = frozen_norm(x, neutral(3), moments=moments)
    np.testing.assert_allclose(frozen, norm.eval()(torch.tensor(x)).detach(), rtol=1e-10)
    alone, _ = frozen_norm(x[:1], neutral(3), moments=moments)  # a sample does not know of the others
    np.testing.assert_allclose(alone, frozen[:1], rtol=1e-15)


def test_moments_keep_the_dtype_and_a_replaced_copy_stays():
    moments = RunningMoments(keep=np.float64(0.9))
    (x,) = generic(1, (5, 3))
    batch_norm(x.astype("float32"), neutral(3), track=moments)
    before = replace(moments)
    batch_norm(x.astype("float32") + 1, neutral(3), track=moments)
    assert {moments.mean.dtype.name, moments.var.dtype.name} == {"float32"}
    assert (before.mean != moments.mean).all()
    assert refusal(RunningMoments, keep=1.5) == "keep: got 1.5, want a number from 0 to 1"


def test_a_norm_folds_into_the_layer_before_it():
    moments = stored(4, 4)
    x, image, W, kernels, b, gamma, beta = generic(1, (5, 3), (2, 3, 5, 5), (4, 3), (4, 3, 2, 2), *[(4,)] * 3)
    for layer, before, weights in [(linear, x, W), (conv2d, image, kernels)]:
        two = chain(layer, partial(frozen_norm, moments=moments, eps=0.1))
        want, _ = two(before, ((weights, b), (gamma, beta)))
        got, _ = layer(before, fold((weights, b), (gamma, beta), moments, eps=0.1))
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)
    single = [array.astype("float32") for array in (W, b, gamma, beta)]
    assert {array.dtype.name for array in fold(single[:2], single[2:], moments)} == {"float32"}
    assert refusal(fold, (W, b[:2]), (gamma, beta), moments) == "b: got shape (2,), want (4,)"
    assert refusal(fold, (W, b), (gamma[:2], beta), moments) == "gamma: got shape (2,), want (4,)"


def test_a_bias_before_batch_norm_has_no_gradient():
    x, W, b, gamma, beta = generic(1, (5, 3), (4, 3), *[(4,)] * 3)
    _, back = chain(linear, batch_norm)(x, ((W, b), (gamma, beta)))
    _, ((dW, db), _) = back(generic(2, (5, 4))[0])
    np.testing.assert_allclose(db, 0, atol=1e-14)
    assert np.abs(dW).max() > 1e-2


def test_training_with_batch_norm_and_dropout_then_the_same_parameters_without():
    rng = np.random.default_rng(0)
    centers = np.array([[0, 6], [8, 6], [4, 1.0]])
    y = np.arange(90) % 3
    x = centers[y] + rng.normal(size=(90, 2))
    moments = RunningMoments()
    first, _, last = initialization.mlp(rng, 2, 16, 3)
    params = (first, neutral(16), (), (), last)
    norm, noise = partial(batch_norm, track=moments), partial(dropout, rng=rng, rate=0.1)
    training = chain(linear, norm, relu, noise, linear)
    test = chain(linear, partial(frozen_norm, moments=moments), relu, identity, linear)

    params, history = fit(training, cross_entropy, params, (x, y), sgd, rng=rng, batch=15, epochs=20)
    assert history[-1]["risk"] < 0.4 < history[0]["risk"]
    scores, _ = test(x, params)
    assert (scores.argmax(axis=1) == y).mean() > 0.95

    theta, unpack = pack(params)  # gamma and beta are parameters like others; the moments are not
    assert theta.size == 2 * 16 + 16 + 16 + 16 + 16 * 3 + 3
    assert [array.shape for array in unpack(theta)[1]] == [(16,), (16,)]

    folded = (fold(params[0], params[1], moments), (), params[-1])
    np.testing.assert_allclose(chain(linear, relu, linear)(x, folded)[0], scores, rtol=1e-9, atol=1e-9)


def test_the_moments_of_a_step_can_be_kept():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), np.arange(12) % 2
    moments = RunningMoments()
    net = chain(linear, partial(batch_norm, track=moments))
    params = (initialization.glorot(rng, 3, 2), neutral(2))
    frames = [
        replace(moments) for _ in steps(net, cross_entropy, params, (x, y), sgd, rng=rng, batch=4, epochs=2)
    ]
    assert len({tuple(frame.mean) for frame in frames}) == len(frames) == 6


def test_weight_norm_is_that_of_pytorch_and_its_gradient_is_not_the_printed_one():
    v, g, dW = generic(1, (4, 3), (4,), (4, 3))
    W, back = weight_norm(v, (g,))
    np.testing.assert_allclose(np.linalg.norm(W, axis=1), np.abs(g))
    dv, _ = back(dW)
    np.testing.assert_allclose((v * dv).sum(axis=1), 0, atol=1e-14)
    length = np.linalg.norm(v, axis=1, keepdims=True)
    printed = g[:, None] / length * (1 - v**2 / length**2) * dW
    assert (np.abs(printed - dv) > 1e-3).all()

    x, b, dy = generic(2, (5, 3), (4,), (5, 4))
    unit = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 4).double())
    with torch.no_grad():
        unit.parametrizations.weight.original0.copy_(torch.tensor(g[:, None]))
        unit.parametrizations.weight.original1.copy_(torch.tensor(v))
        unit.bias.copy_(torch.tensor(b))
    y, back = reparametrized(linear, weight_norm)(x, ((v, g), b))
    want = unit(torch.tensor(x))
    np.testing.assert_allclose(y, want.detach(), rtol=1e-12)
    want.backward(torch.tensor(dy))
    _, ((dv, dg), db) = back(dy)
    np.testing.assert_allclose(dg[:, None], unit.parametrizations.weight.original0.grad, rtol=1e-10)
    np.testing.assert_allclose(dv, unit.parametrizations.weight.original1.grad, rtol=1e-10)
    np.testing.assert_allclose(db, unit.bias.grad, rtol=1e-10)


def test_reparametrized_layers_match_central_differences_and_nest():
    x, image, v, W, kernels, g, b = generic(1, (5, 3), (2, 3, 4, 4), (4, 3), (4, 3), (4, 3, 2, 2), (4,), (4,))
    rng = np.random.default_rng(3)
    verify.layer(chain(reparametrized(linear, weight_norm), relu), x, (((v, g), b), ()), rng)
    verify.layer(reparametrized(linear, spectral_norm), x, ((W,), b), rng)
    verify.layer(reparametrized(partial(conv2d, padding=1), weight_norm), image, ((kernels, g), b), rng)
    assert refusal(reparametrized(linear, weight_norm), x, (v, b)).startswith("params: got ndarray in the")


def test_spectral_norm_is_the_largest_singular_value_from_any_start():
    for seed in range(5):
        W, start = generic(seed, (6, 4), (6,))
        for option in (None, start):
            y, _ = spectral_norm(W, start=option)
            np.testing.assert_allclose(y, W / np.linalg.norm(W, 2), rtol=1e-12)
    orthogonal, _ = np.linalg.qr(generic(1, (4, 4))[0])  # all singular values are the same
    np.testing.assert_allclose(spectral_norm(3 * orthogonal)[0], orthogonal, rtol=1e-12)
    assert refusal(spectral_norm, W, start=np.ones(3)) == "start: got shape (3,), want (6,)"


@pytest.mark.parametrize("whiten", [zca_whiten, pca_whiten])
def test_whitened_features_have_covariance_1(whiten):
    x, mix = generic(1, (50, 4), (4, 4))
    y, _ = whiten(x @ mix, eps=0)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.T @ y / 50, np.eye(4), atol=1e-10)


def test_zca_stays_nearest_to_the_data_and_pca_begins_with_the_largest_variance():
    x, mix = generic(1, (50, 4), (4, 4))
    x = x @ mix - (x @ mix).mean(axis=0)
    zca, pca = (whiten(x, eps=0)[0] for whiten in (zca_whiten, pca_whiten))
    assert ((zca - x) ** 2).sum() < ((pca - x) ** 2).sum()
    spread = [np.var(x @ (x.T @ column) / np.linalg.norm(x.T @ column)) for column in pca.T]
    assert spread == sorted(spread, reverse=True)


def test_more_features_than_samples_are_whitened_with_eps():
    (x,) = generic(1, (3, 5))
    for whiten in (zca_whiten, pca_whiten):
        y, back = whiten(x)
        assert np.isfinite(y).all() and np.isfinite(back(y)[0]).all()


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_local_response_norm_is_that_of_pytorch_for_every_window(size):
    (x,) = generic(1, (3, 6, 2, 3))
    layer = partial(local_response_norm, size=size, alpha=0.2)
    theirs = partial(F.local_response_norm, size=size, alpha=0.2 * size, k=2)
    verify.against_torch(layer, theirs, x, rng=np.random.default_rng(2))


def test_dropout_drops_its_rate_keeps_the_mean_and_pulls_back_through_what_is_left():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 500)) + 3
    y, back = dropout(x, rng=rng, rate=0.2)
    assert np.mean(y == 0) == pytest.approx(0.2, abs=0.005)
    assert y.mean() == pytest.approx(x.mean(), abs=0.02)
    np.testing.assert_allclose(y[y != 0], 1.25 * x[y != 0], rtol=1e-15)
    np.testing.assert_allclose(back(x)[0], y)
    assert (dropout(x, rng=rng, rate=0.2)[0] != y).any()
    np.testing.assert_array_equal(dropout(x, rng=rng, rate=0)[0], x)


@pytest.mark.parametrize(
    ("rate", "a", "b"), [(0.05, 0.954844, 0.083936), (0.1, 0.921285, 0.161971), (0.5, 0.886405, 0.779194)]
)
def test_alpha_dropout_keeps_mean_0_and_variance_1(rate, a, b):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1000, 1000))
    y, back = alpha_dropout(x, rng=rng, rate=rate)
    assert y.mean() == pytest.approx(0, abs=0.01) and y.var() == pytest.approx(1, abs=0.01)
    slopes, _ = back(np.ones_like(x))
    assert set(slopes.ravel().round(6)) == {0, a}
    kept = slopes > 0
    assert kept.mean() == pytest.approx(1 - rate, abs=0.002)
    np.testing.assert_allclose(y[kept], a * x[kept] + b, atol=1e-5)
    np.testing.assert_allclose(y[~kept], a * -1.7580993408473766 + b, atol=1e-5)
    theirs = F.alpha_dropout(torch.tensor(x), rate, training=True).numpy()
    dropped = np.isclose(theirs, y[~kept][0], rtol=1e-5)
    assert dropped.mean() == pytest.approx(rate, abs=0.002)
    np.testing.assert_allclose(theirs[~dropped], a * x[~dropped] + b, atol=1e-5)


def test_neutral_parameters_are_ones_and_zeros():
    gamma, beta = neutral(3, 2)
    assert (gamma == 1).all() and (beta == 0).all() and gamma.shape == beta.shape == (3, 2)
    assert refusal(neutral, 3.0) == "shape[0]: got 3.0, want a whole number >= 1"
