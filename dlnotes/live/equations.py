"""What each of the five books writes for one operation of backpropagation, and where.

EQUATIONS has for each operation the formula in the book's own letters, as matplotlib's mathtext, and its
number.  A dash is for formulas that the book prints without a number, and for steps that it leaves out.
"""

import re
import unicodedata

BOOKS = ["DLNN", "GBC", "Strang", "EE147", "MEDL"]
NONE = "–"
NOTHING = ("", NONE)

# What stands in more than one place.
_DIFFERENCE = (r"\delta^{[L]} = \hat{y} - y", "(4.78) without its T, Table 4.1")
_OUTPUT_GRADIENT = (r"g \leftarrow \nabla_{\hat{y}} J = \nabla_{\hat{y}} L(\hat{y}, y)", "Alg 6.4")
_THROUGH_ACTIVATION = (
    r"\frac{\partial L}{\partial a} = f'(a) \odot \frac{\partial L}{\partial h}",
    "Backpropagation –",
)

# Losses by the names of their functions; ".back" is the start of the way back.
_LOSSES = {
    "squared_error": {
        "DLNN": (r"L(y, \hat{y}) = \frac{1}{2} (y - \hat{y})^2", "(4.5)"),
        "GBC": (r"J = \frac{1}{2} E \| y - f(x; \theta) \|^2 + const", "(6.13)"),
        "Strang": (r"\ell = \| g - w \|^2,\ without\ the\ \frac{1}{2}", "VII.3 –"),
        "EE147": (r"MSE = \frac{1}{2} \sum_i (y_i - \hat{y}_i)^2", "Output Activations –"),
        "MEDL": (r"C = \frac{1}{2} (a^{[L]} - y)^2", "5.4 –"),
    },
    "squared_error.back": {
        "DLNN": _DIFFERENCE,
        "GBC": _OUTPUT_GRADIENT,
        "Strang": NOTHING,
        "EE147": NOTHING,
        "MEDL": (r"\zeta^{[L]} = \dot{C}(a^{[L]}) = a^{[L]} - y", "(5.26), (5.28)"),
    },
    "binary_cross_entropy": {
        "DLNN": (r"-y \log a - (1 - y) \log (1 - a),\ a = \sigma(s)", "(4.38)"),
        "GBC": (r"J = \zeta((1 - 2y) z)", "(6.26)"),
        "Strang": (r"\ell = -[y \log z + (1 - y) \log (1 - z)]", "VII.4 (1)"),
        "EE147": (r"CE = -[y \log \sigma(z) + (1 - y) \log (1 - \sigma(z))]", "Output Activations –"),
        "MEDL": NOTHING,
    },
    "binary_cross_entropy.back": {
        "DLNN": (r"\delta = a - y,\ a = \sigma(s)", "Table 4.1, (4.78)"),
        "GBC": _OUTPUT_GRADIENT,
        "Strang": NOTHING,
        "EE147": (
            r"\frac{\partial CE}{\partial z} = \sigma(z) - y,\ printed\ for\ y = 1",
            "Output Activations –",
        ),
        "MEDL": (r"\delta^{[L]} = \frac{\partial C}{\partial z^{[L]}}", "(5.32)"),
    },
    "cross_entropy": {
        "DLNN": (r"-\log p(y | a) = -\sum_{k=1}^K y_k \log a_k,\ a = softmax(s)", "(4.53)"),
        "GBC": (r"\log softmax(z)_i = z_i - \log \sum_j \exp(z_j)", "(6.30)"),
        "Strang": (r"\ell = -\sum_i [y_i \log z_i + (1 - y_i) \log (1 - z_i)]", "VII.4 (1)"),
        "EE147": (r"\log \sum_j e^{a_j(x)} - a_{y}(x)", "Softmax Classifier –"),
        "MEDL": (r"C = \log \sum_i e^{z_i^{[L]}} - z_k^{[L]}", "5.3 –"),
    },
    "cross_entropy.back": {
        "DLNN": _DIFFERENCE,
        "GBC": (
            r"\frac{\partial J}{\partial z_i} = q_i - p_i,\ q = softmax(z),\ p\ the\ target",
            "6.5.9 –",
        ),
        "Strang": NOTHING,
        "EE147": (r"\frac{\partial L}{\partial a_j} = p_j - 1(y = j)", "Softmax Classifier –"),
        "MEDL": (r"\frac{\partial C}{\partial z^{[L]}} = S_{Softmax}(z) - e_k", "(5.20)"),
    },
    "loss": {
        "DLNN": (r"L(y, g(x; w))", "(4.63)"),
        "GBC": (r"J = L(\hat{y}, y) + \lambda \Omega(\theta)", "Alg 6.3"),
        "Strang": (r"\ell(F(x, v) - true)", "VII.3 –"),
        "EE147": NOTHING,
        "MEDL": (r"C(a^{[L]}, y; \theta)", "5.4 –"),
    },
    "loss.back": {
        "DLNN": (r"\frac{\partial L(y, \hat{y})}{\partial \hat{y}}", "(4.76)"),
        "GBC": _OUTPUT_GRADIENT,
        "Strang": NOTHING,
        "EE147": NOTHING,
        "MEDL": (r"\zeta^{[L]} = \dot{C}(a^{[L]})", "(5.26)"),
    },
}

# Whole layers.
_LAYERS = {
    "linear": {
        "DLNN": (r"s^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", "(4.75)"),
        "GBC": (r"a^{(k)} = b^{(k)} + W^{(k)} h^{(k-1)}", "Alg 6.3"),
        "Strang": (r"w = b + A v", "VII.3 (1)"),
        "EE147": (r"a = c + b,\ c = W h_i", "Backpropagation –"),
        "MEDL": (r"z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}", "(5.2)"),
    },
    "activation": {
        "DLNN": (r"a^{[l]} = f(s^{[l]})", "(4.75)"),
        "GBC": (r"h^{(k)} = f(a^{(k)})", "Alg 6.3"),
        "Strang": (r"v_k = R(A_k v_{k-1} + b_k)", "VII.1 (1)"),
        "EE147": (r"h = f(a)", "Backpropagation –"),
        "MEDL": (r"a^{[l]} = S^{[l]}(z^{[l]}) = [\sigma^{[l]}(z_1) \dots \sigma^{[l]}(z_{N_l})]^T", "(5.3)"),
    },
    "softmax": {
        "DLNN": (r"a = softmax(s)", "(4.49)"),
        "GBC": (r"softmax(z)_i = \frac{\exp(z_i)}{\sum_j \exp(z_j)}", "(6.29)"),
        "Strang": (r"p_j = \frac{1}{S} e^{w_j},\ S = \sum_k e^{w_k}", "VII.2 (9)"),
        "EE147": (r"softmax_i = \frac{e^{a_i}}{\sum_j e^{a_j}}", "Softmax Classifier –"),
        "MEDL": (r"a^{[L]} = S_{Softmax}(z^{[L]})", "(5.18)"),
    },
    "linear.parameters": {
        "DLNN": (
            r"\frac{\partial L}{\partial W^{[l]}} = a^{[l-1]} \delta^{[l]T}",
            "(4.84), there transposed",
        ),
        "GBC": (r"\nabla_{W^{(k)}} J = g\, h^{(k-1)T},\ \nabla_{b^{(k)}} J = g", "Alg 6.4"),
        "Strang": (
            r"\frac{\partial w_i}{\partial b_j} = \delta_{ij},\ "
            r"\frac{\partial w_i}{\partial A_{jk}} = \delta_{ij} v_k",
            "VII.3 (2)",
        ),
        "EE147": (
            r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial c} h_i^T,\ "
            r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial a}",
            "Backpropagation –",
        ),
        "MEDL": (r"g_W^{[l]} = \delta^{[l]} a^{[l-1]T},\ g_b^{[l]} = \delta^{[l]}", "(5.33)"),
    },
    "linear.input": {
        "DLNN": (
            r"\delta^{[l]T} W^{[l]},\ in\ \delta^{[l-1]T} = \delta^{[l]T} W^{[l]} diag(f'(s^{[l-1]}))",
            "(4.81)",
        ),
        "GBC": (r"g \leftarrow \nabla_{h^{(k-1)}} J = W^{(k)T} g", "Alg 6.4"),
        "Strang": (
            r"A_L,\ in\ \frac{\partial w}{\partial A} = A_L J \frac{\partial (Av + b)}{\partial A}",
            "VII.3 (8)",
        ),
        "EE147": (
            r"\frac{\partial L}{\partial h_i} = W^T \frac{\partial L}{\partial c}",
            "Backpropagation –",
        ),
        "MEDL": (
            r"W^{[l+1]T} \delta^{[l+1]},\ in\ \delta^{[l]} = Diag(\dot{\sigma}^{[l]}(z^{[l]})) "
            r"W^{[l+1]T} \delta^{[l+1]}",
            "(5.32)",
        ),
    },
    "activation.back": {
        "DLNN": (r"\delta^{[l-1]T} = \delta^{[l]T} W^{[l]} diag(f'(s^{[l-1]}))", "(4.81)"),
        "GBC": (r"g \leftarrow \nabla_{a^{(k)}} J = g \odot f'(a^{(k)})", "Alg 6.4"),
        "Strang": (
            r"J = R'(Av + b),\ in\ \frac{\partial w}{\partial A} = "
            r"A_L J \frac{\partial (Av + b)}{\partial A}",
            "VII.3 (8)",
        ),
        "EE147": _THROUGH_ACTIVATION,
        "MEDL": (
            r"\delta^{[l]} = Diag(\dot{\sigma}^{[l]}(z^{[l]})) W^{[l+1]T} \delta^{[l+1]}",
            "(5.31), (5.32)",
        ),
    },
    "output.back": {
        "DLNN": (r"\delta_k = \frac{\partial L}{\partial a_k} f'(s_k)", "(4.70)"),
        "GBC": (r"g \leftarrow \nabla_{a^{(l)}} J = g \odot f'(a^{(l)})", "Alg 6.4"),
        "Strang": NOTHING,
        "EE147": _THROUGH_ACTIVATION,
        "MEDL": (
            r"\delta^{[L]} = \frac{\partial a^{[L]}}{\partial z^{[L]}} \frac{\partial C}{\partial a^{[L]}}",
            "(5.30)",
        ),
    },
    "softmax.back": {
        "DLNN": (r"\delta^T = \frac{\partial L}{\partial a} (diag(a) - a a^T)", "(A.18)"),
        "GBC": NOTHING,
        "Strang": NOTHING,
        "EE147": NOTHING,
        "MEDL": (
            r"\frac{\partial a}{\partial z} = diag(S(z)) - S(z) S(z)^T",
            "(5.19)",
        ),
    },
    "layer": {
        "DLNN": NOTHING,
        "GBC": (r"u^{(i)} = f^{(i)}(A^{(i)})", "(6.48)"),
        "Strang": (r"v_k = F_k(v_{k-1})", "VII.1 (1)"),
        "EE147": (r"f(x, y)", "Backpropagation –"),
        "MEDL": (r"a^{[l]} = f^{[l]}(a^{[l-1]}; \theta^{[l]})", "(5.21)"),
    },
    "layer.back": {
        "DLNN": NOTHING,
        "GBC": (r"\nabla_x z = \left(\frac{\partial y}{\partial x}\right)^T \nabla_y z", "(6.46)"),
        "Strang": NOTHING,
        "EE147": (r"\nabla_x z = \nabla_x y\, \nabla_y z", "Backpropagation –"),
        "MEDL": (r"\zeta^{[l]} = \dot{f}_a^{[l+1]}(a^{[l]})\, \zeta^{[l+1]}", "(5.25)"),
    },
}

# Single units.
_UNITS = {
    "unit.s": {
        "DLNN": (r"s_i = \sum_{j=0}^{Q} w_{ij} a_j", "(4.59), Alg 4.1"),
        "GBC": _LAYERS["linear"]["GBC"],
        "Strang": (r"(A_1 v_0 + b_1)_k", "VII.1 (2)"),
        "EE147": (r"w_i^T x + b_i,\ in\ h = f(W_1 x + b_1)", "Neural Networks –"),
        "MEDL": (r"z_i^{[l]} = w_{(i)}^{[l]T} a^{[l-1]} + b_i^{[l]}", "(5.7)"),
    },
    "unit.a": {
        "DLNN": (r"a_i = f(s_i)", "(4.60), Alg 4.1"),
        "GBC": _LAYERS["activation"]["GBC"],
        "Strang": (r"(v_1)_k = \max((A_1 v_0 + b_1)_k, 0)", "VII.1 (2)"),
        "EE147": (r"h = f(W_1 x + b_1)", "Neural Networks –"),
        "MEDL": (r"a_i^{[l]} = \sigma^{[l]}(z_i^{[l]})", "(5.7)"),
    },
    "unit.delta": {
        "DLNN": (r"\delta_j = f'(s_j) \sum_i \delta_i w_{ij}", "(4.71), Alg 4.2"),
        "GBC": (r"g \leftarrow W^{(k)T} g,\ g \leftarrow g \odot f'(a^{(k-1)})", "Alg 6.4"),
        "Strang": (
            r"\frac{\partial w}{\partial A} = A_L J \frac{\partial (Av + b)}{\partial A}",
            "VII.3 (8)",
        ),
        "EE147": (
            r"\frac{\partial L}{\partial x} = \sum_i \frac{\partial q_i}{\partial x} "
            r"\frac{\partial L}{\partial q_i}",
            "Backpropagation –",
        ),
        "MEDL": (
            r"\delta^{[l]} = Diag(\dot{\sigma}^{[l]}(z^{[l]})) W^{[l+1]T} \delta^{[l+1]}",
            "(5.32), Alg 5.2",
        ),
    },
    "unit.weights": {
        "DLNN": (r"\frac{\partial L}{\partial w_{ij}} = \delta_i a_j", "(4.68), Alg 4.2"),
        "GBC": _LAYERS["linear.parameters"]["GBC"],
        "Strang": _LAYERS["linear.parameters"]["Strang"],
        "EE147": (
            r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial c} h_i^T",
            "Backpropagation –",
        ),
        "MEDL": (r"g_W^{[l]} = \delta^{[l]} a^{[l-1]T},\ g_b^{[l]} = \delta^{[l]}", "(5.33), Alg 5.2"),
    },
}

# Computational graphs, one operation a node.
_GRAPHS = {
    "operation": {
        "DLNN": NOTHING,
        "GBC": (r"u^{(i)} = f^{(i)}(A^{(i)})", "(6.48), Alg 6.1"),
        "Strang": (r"c = x^2,\ s = x + y,\ F = cs", "VII.3 –"),
        "EE147": _LAYERS["layer"]["EE147"],
        "MEDL": (r"a^{[l]} = f^{[l]}(a^{[l-1]}; \theta^{[l]})", "(5.21), Alg 5.1"),
    },
    "seed": {
        "DLNN": NOTHING,
        "GBC": (r"grad\_table[u^{(n)}] \leftarrow 1", "Alg 6.2"),
        "Strang": (r"\frac{\partial F}{\partial F} = 1", "Fig VII.5"),
        "EE147": NOTHING,
        "MEDL": (r"\zeta^{[L]} = \dot{C}(a^{[L]})", "(5.26), Alg 5.1"),
    },
    "operation.back": {
        "DLNN": (r"\frac{\partial L}{\partial s_j} = \sum_i \frac{\partial L}{\partial s_i} "
                 r"\frac{\partial s_i}{\partial s_j}", "in (4.71)"),
        "GBC": (
            r"\frac{\partial u^{(n)}}{\partial u^{(j)}} = \sum_i "
            r"\frac{\partial u^{(n)}}{\partial u^{(i)}} \frac{\partial u^{(i)}}{\partial u^{(j)}}",
            "(6.49), Alg 6.2",
        ),
        "Strang": (
            r"\frac{\partial F}{\partial x} = \frac{\partial F}{\partial c} \frac{\partial c}{\partial x} + "
            r"\frac{\partial F}{\partial s} \frac{\partial s}{\partial x}",
            "VII.3 –",
        ),
        "EE147": _UNITS["unit.delta"]["EE147"],
        "MEDL": (r"\zeta^{[l]} = \dot{f}_a^{[l+1]}(a^{[l]})\, \zeta^{[l+1]}", "(5.25), Alg 5.1"),
    },
}  # fmt: skip

EQUATIONS = _LOSSES | _LAYERS | _UNITS | _GRAPHS

_NEST = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
FRACTION = re.compile(r"\\frac" + _NEST + _NEST)
_WORDS = {  # mathtext as plain text
    r"\hat ": "\u0302", r"\dot ": "\u0307",
    r"\partial": "∂", r"\delta": "δ", r"\zeta": "ζ", r"\sigma": "σ", r"\theta": "θ",
    r"\lambda": "λ", r"\Omega": "Ω", r"\nabla": "∇", r"\ell": "ℓ", r"\sum": "Σ", r"\odot": "⊙",
    r"\leftarrow": "←", r"\log": "log", r"\exp": "exp", r"\max": "max", r"\dots": "...", r"\|": "‖",
    r"\left": "", r"\right": "", r"\_": "_", r"\ ": " ", r"\,": " ",
}  # fmt: skip


def equation(operation, book):
    """What a book writes for an operation: (mathtext, number), or where, "6.5.9, unnumbered"."""
    tex, source = EQUATIONS[operation][book]
    return tex, source.replace(f" {NONE}", ", unnumbered")


def here(operation, book, *, layer=None, depth=None, unit=None, f=None):
    """What the letters of a book's formula are at a step: "l = 2, f = tanh".

    layer and unit: the numbers of the layer and of the unit at work;  depth, of the last layer;  f, the name
    of the activation.
    """
    tex, _ = EQUATIONS[operation][book]
    letters = {}
    if layer and "[l" in tex:  # where the formula counts from another layer than the one at work
        shift = {("activation.back", "DLNN"): 1, ("linear.input", "MEDL"): -1}.get((operation, book), 0)
        letters["l"] = layer + shift
    if layer and "(k" in tex:
        letters["k"] = layer + (operation == "unit.delta")
    if depth and ("[L]" in tex or "(l)" in tex):
        letters["L" if "[L]" in tex else "l"] = depth
    if unit and book == "DLNN":
        letters["j" if operation == "unit.delta" else "k" if operation == "output.back" else "i"] = unit
    if f:
        signs = {"f": ("f(", "f'("), "R": ("R(", "R'("), "σ": (r"\sigma^", r"\dot{\sigma}"), "S": ("S^",)}
        letters |= {sign: f for sign, marks in signs.items() if any(mark in tex for mark in marks)}
    return ", ".join(f"{letter} = {value}" for letter, value in letters.items())


def plain(tex):
    """A formula as plain text: "δ^[l-1]T = δ^[l]T W^[l] diag(f'(s^[l-1]))"."""
    tex = _scripts(re.sub(r"\\(hat|dot)\{(\\?\w+)\}", r"\2\\\1 ", tex))
    while match := FRACTION.search(tex):
        above, below = (_grouped(part) for part in match.groups())
        tex = f"{tex[: match.start()]}{above}/{below} {tex[match.end() :]}"
    for word in sorted(_WORDS, key=len, reverse=True):
        tex = tex.replace(word, _WORDS[word])
    tex = re.sub(r"(∂|∇|‖|_|\() +", r"\1", tex.replace("{", "").replace("}", ""))
    return unicodedata.normalize("NFC", re.sub(r" +([ ,)^]|$)", r"\1", tex).strip())


def _scripts(tex):
    """Brackets around what stands below or above a letter and is more than a word."""
    return re.sub(r"([_^])\{([^{}\[\]()]*[ =+-][^{}]*|\w_\w[^{}]*)\}", r"\1{(\2)}", tex)


def _grouped(part):
    """Half of a fraction, in brackets where it is a product or a sum."""
    return f"({part})" if re.search(r"[^{(] [+-] ", part) and not part.startswith(r"\partial") else part


WORDS = "softmax Softmax diag Diag in without the target printed for const true MSE CE grad table"


def mathtext(tex):
    """A formula as matplotlib draws it, its words upright."""
    words = rf"(?<![\\a-zA-Z])({'|'.join(WORDS.split())})(?![a-zA-Z])"
    upright = re.sub(words, r"\\mathrm{\1}", tex)
    return f"${upright.replace(chr(92) + 'frac', chr(92) + 'dfrac')}$" if tex else ""
