"""Pictures that answer a slider.

LiveFigure(figure, artists)                   a matplotlib figure, redrawn where it moves
Explorer(compute, draw, controls, ...)        controls, and the picture that follows them
slider, log_slider, choice, toggle, entry     its controls
Predict, Goal                                 what the reader is asked before and while moving them
Stepper(layers, params, x, loss, target)      forward and back, one operation at a time; Stepper.of(node)
film(explorer, control)                       all pictures of a control's range, for a page without a kernel
sweep(explorer)                               moves everything that a reader can move, and raises

The figures of the chapters are in modules of their own; notebooks call them as live.perceptron and so on.
"""

from dlnotes.live import (
    activations,
    batch_normalization,
    breaking_symmetry,
    computational_graphs,
    convexity,
    convolution_arithmetic,
    convolution_variants,
    deep_networks,
    equivariance,
    filters,
    forward_mode,
    hinge,
    initialization_schemes,
    jacobians,
    landmarks,
    layer_and_weight_normalization,
    linear_neuron,
    linear_pieces,
    logistic_regression,
    mean_field,
    more_hidden_units,
    multilayer_perceptron,
    nearest_neighbors,
    one_pixel,
    output_units,
    perceptron,
    pooling,
    seeing,
    self_normalization,
    softmax_regression,
    start,
    universal_approximation,
    xor,
)
from dlnotes.live.controls import choice, entry, log_slider, slider, toggle
from dlnotes.live.explorer import Explorer, Goal, Predict
from dlnotes.live.figure import LiveFigure
from dlnotes.live.film import film
from dlnotes.live.stepper import Stepper
from dlnotes.live.sweep import sweep

__all__ = [
    "Explorer",
    "Goal",
    "LiveFigure",
    "Predict",
    "Stepper",
    "activations",
    "batch_normalization",
    "breaking_symmetry",
    "choice",
    "computational_graphs",
    "convexity",
    "convolution_arithmetic",
    "convolution_variants",
    "deep_networks",
    "entry",
    "equivariance",
    "film",
    "filters",
    "forward_mode",
    "hinge",
    "initialization_schemes",
    "jacobians",
    "landmarks",
    "layer_and_weight_normalization",
    "linear_neuron",
    "linear_pieces",
    "log_slider",
    "logistic_regression",
    "mean_field",
    "more_hidden_units",
    "multilayer_perceptron",
    "nearest_neighbors",
    "one_pixel",
    "output_units",
    "perceptron",
    "pooling",
    "seeing",
    "self_normalization",
    "slider",
    "softmax_regression",
    "start",
    "sweep",
    "toggle",
    "universal_approximation",
    "xor",
]
