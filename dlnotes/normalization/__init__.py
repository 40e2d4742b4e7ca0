"""Normalization and dropout: layers that keep activations at a scale, or disturb them, in reading order.

standardize                                    mean 0 and variance 1 over some axes, from which come
batch_norm, layer_norm, instance_norm, group_norm, rms_norm
batch_norm_by_parts                            the six formulas of the way back
RunningMoments, frozen_norm, fold              batch norm after training
local_response_norm, whiten                    an entry by its neighbors, all features by their covariance
weight_norm, spectral_norm, reparametrized     the weights in place of the activations
dropout, alpha_dropout                         noise in training

Training and test are two chains over one list of parameters, not a flag: behind a linear layer stands
`partial(batch_norm, track=moments)` in the one, `partial(frozen_norm, moments=moments)` in the other, and
`partial(dropout, rng=rng, rate=0.1)` in the one is `identity` in the other:

    moments = RunningMoments()
    first, _, last = initialization.mlp(rng, 2, 16, 3)
    params = (first, neutral(16), (), (), last)
    norm, noise = partial(batch_norm, track=moments), partial(dropout, rng=rng, rate=0.1)
    training = chain(linear, norm, relu, noise, linear)
    test = chain(linear, partial(frozen_norm, moments=moments), relu, identity, linear)

    params, history = fit(training, cross_entropy, params, (x, y), sgd, rng=rng)
    scores, _ = test(x_test, params)
"""

from dlnotes.normalization.dropped import alpha_dropout, dropout
from dlnotes.normalization.moments import RunningMoments, fold, frozen_norm
from dlnotes.normalization.neighbors import local_response_norm, pca_whiten, zca_whiten
from dlnotes.normalization.standard import (
    batch_norm,
    batch_norm_by_parts,
    group_norm,
    instance_norm,
    layer_norm,
    neutral,
    rms_norm,
    standardize,
)
from dlnotes.normalization.weights import reparametrized, spectral_norm, weight_norm

__all__ = [
    "RunningMoments",
    "alpha_dropout",
    "batch_norm",
    "batch_norm_by_parts",
    "dropout",
    "fold",
    "frozen_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "neutral",
    "pca_whiten",
    "reparametrized",
    "rms_norm",
    "spectral_norm",
    "standardize",
    "weight_norm",
    "zca_whiten",
]
