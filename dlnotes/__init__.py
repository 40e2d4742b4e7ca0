"""dlnotes: deep learning, one function at a time.  Six signatures are the whole package:

    y, back      = layer(x, params)              a layer: its output, and the way back
    dx, grads    = back(dy)                      its pullback: dR/dx, dR/dparams
    risk, delta  = loss(output, target)          empirical risk, and dR/doutput
    theta, state = rule(theta, grad, state)      one optimizer step on the vector theta
    params       = init(rng, *sizes)             random initial parameters
    x, y         = dataset(rng, n)               data: rows are samples

Everything is a function of arrays.  Nothing is hidden in an object, nothing is mutated, and
every random number comes from an `rng` that is passed in.
"""

__version__ = "0.1.0"
