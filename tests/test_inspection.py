"""What an answer by hand may use: the same of functions in a notebook and of the text of a submission."""

import types

import pytest

from dlnotes.exercises import inspection
from dlnotes.grading import borrowed


def answer(expression, *before):
    """The text of an answer that returns this, below other lines."""
    return "\n".join([*before, "def answer(x):", f"    return {expression}"])


MAKE = "def make(tool):\n    return lambda x: tool.exp(x)\n"
HELPER = "def helper(x):\n    return torch.exp(x)"
NET = "class Net:\n    tool = torch\n    def run(self, x):\n        return torch.exp(x)"
PRIVATE = """class Net:
    def __init__(self):
        super().__init__()
        self.__grads = [1]
    def run(self, x):
        return self.__grads[0] * x"""
HONEST = {
    "numpy": answer("np.linalg.norm(np.maximum(x, 0).sum(axis=0).T)", "import numpy as np"),
    "a comment and a docstring": "def answer(x):\n    'As dlnotes.layers.'\n    return x  # torch",
    "a variable called layers": "import dlnotes as layers\ndef answer(x):\n    layers = x\n    return layers",
    "variables called like tricks": "def answer(x):\n    vars, compile = x, 2\n    return vars * compile",
    "an import inside": "def answer(x):\n    import math\n    from numpy import exp\n    return exp(math.pi)",
    "everything of numpy": answer("exp(x) * tanh(x)", "from numpy import *"),
    "a helper": answer("helper(x)", "import numpy as np", "def helper(x):\n    return np.exp(x)"),
    "helpers in a table": answer("TABLE['one'](x)", "def one(x):\n    return x", "TABLE = {'one': one}"),
    "recursion": answer("1 if x < 1 else x * answer(x - 1)"),
    "a closure": f"import numpy\n{MAKE}answer = make(numpy)",
    "a class": answer("Net().run(x)", "import numpy as np", NET.replace("torch", "np")),
    "a private attribute": answer("Net().run(x)", PRIVATE),
    "a private function": answer("__double(x)", "def __double(x):\n    return 2 * x"),
    "a method": answer("run(x)", "import numpy as np", NET.replace("torch", "np"), "run = Net().run"),
    "partly": answer("f(x)", "from functools import partial", "f = partial(max, 1)"),
    "remembered": answer("f(x)", "import functools", "@functools.cache", "def f(x):\n    return x"),
    "types": "from typing import Any\ndef answer(x: Any) -> 'Any':\n    return x",
    "a long list": answer("sum(many) * x", "many = list(range(1000))"),
    "layers of one's own": answer("layers[0] * x", "from dlnotes import layers", "layers = [1, 2]"),
    "a lambda": "answer = lambda x: [y for y in sorted(x, key=lambda one: -one)]",
    "a class inside": "def answer(x):\n    class Net:\n        pass\n    return x",
    "operators": answer("reduce(operator.add, x)", "import operator", "from functools import reduce"),
    "a name": answer("x if __name__ else 2"),
    "what was tried before": answer("helper(x)", "import torch", HELPER, "def helper(x):\n    return x"),
    "torch beside it": answer("x", "import torch", HELPER, "helper(torch.ones(3))"),
}
FOREIGN = {
    "torch": (answer("torch.exp(x)", "import torch"), "torch"),
    "torch by another name": (answer("np.exp(x)", "import torch as np"), "torch"),
    "a function of it": (answer("exp(x)", "from torch import exp"), "torch"),
    "an import inside": ("def answer(x):\n    import torch.autograd\n    return x", "torch"),
    "a function imported inside": ("def answer(x):\n    from dlnotes.layers import chain", "dlnotes.layers"),
    "a pullback": (answer("layers.tanh(x)[1](x)", "from dlnotes import layers"), "dlnotes.layers"),
    "differences": (answer("verify.gradient(sum, x)", "from dlnotes import verify"), "dlnotes.verify"),
    "scipy's": (answer("d(x, sum)", "from scipy.optimize import approx_fprime as d"), "scipy"),
    "everything of torch": (answer("exp(x)", "from torch import *"), "torch"),
    "in a helper": (answer("helper(x)", "import torch", HELPER), "torch"),
    "two helpers deep": (answer("b(x)", "import torch", HELPER, "def b(x): return helper(x)"), "torch"),
    "getattr by another name": (
        answer("operator.attrgetter('exp')(np)", "import numpy as np\nimport operator"),
        "operator.attrgetter",
    ),
    "getattr imported": (
        answer("attrgetter('exp')(np)", "import numpy as np\nfrom operator import attrgetter"),
        "operator.attrgetter",
    ),
    "in a table": (answer("TABLE[0](x)", "import torch", "TABLE = [torch.exp]"), "torch"),
    "in a default": ("import torch\ndef answer(x, tool=torch):\n    return tool.exp(x)", "torch"),
    "in a closure": (f"import torch\n{MAKE}answer = make(torch)", "torch"),
    "in a lambda": ("import torch\nanswer = lambda x: [torch.exp(y) for y in x]", "torch"),
    "in a class": (answer("Net().run(x)", "import torch", NET), "torch"),
    "in an object": (answer("net.tool.exp(x)", "import torch", NET, "net = Net()"), "torch"),
    "partly": (answer("f(x)", "import functools, torch", "f = functools.partial(torch.exp)"), "torch"),
    "as an argument": (
        answer("f(x)", "from functools import partial", "import torch", MAKE + "f = partial(make, torch)"),
        "torch",
    ),
    "of a method": (answer("run(x)", "import torch", NET, "run = Net().run"), "torch"),
    "the clock": (answer("time.time() * x", "import time"), "time"),
    "for each entry": (answer("f(x)", "import torch, numpy", "f = numpy.vectorize(torch.exp)"), "torch"),
    "what it was before": (
        answer("first(x)", "import torch", HELPER, "first = helper", "helper = 1"),
        "torch",
    ),
    "itself before": (
        answer("first(x)", "import torch", answer("torch.exp(x)"), "first = answer"),
        "torch",
    ),
    "a definition that is not met": (
        f"import torch\n{answer('torch.exp(x)')}\nif not torch:\n    def answer(x):\n        return x",
        "torch",
    ),
    "by way of global": (
        answer("x", "import torch", "def sneak():\n    global answer\n    answer = torch.exp") + "\nsneak()",
        "torch",
    ),
    "hung onto numpy": (answer("np.f(x)", "import torch, numpy as np", "np.f = torch.exp"), "torch"),
    "__import__": (answer("__import__('torch').exp(x)"), "__import__"),
    "importlib": (answer("importlib.import_module('torch')", "import importlib"), "importlib"),
    "getattr": (answer("getattr(np, 'exp')(x)", "import numpy as np"), "getattr"),
    "eval by another name": (answer("e('1')", "e = eval"), "eval"),
    "globals": (answer("globals()['torch']", "import torch"), "globals"),
    "sys": (answer("sys.modules['torch']", "import sys"), "sys"),
    "builtins": (answer("__builtins__['eval']"), "__builtins__"),
    "a dunder of __init__": (answer("Net.__init__.__globals__['torch']", PRIVATE), "__globals__"),
    "the subclasses": (answer("super(Net).__subclasses__()", PRIVATE), "__subclasses__"),
    "a dunder": (answer("answer.__globals__['torch']"), "__globals__"),
}


def in_a_notebook(text):
    page = types.ModuleType("__main__")
    exec(text, vars(page))
    return inspection.foreign(page.answer)


def in_a_submission(text):
    return borrowed.foreign(text.split("\n\n"), "answer")


WAYS = pytest.mark.parametrize("way", [in_a_notebook, in_a_submission])


@WAYS
@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_answers_use_nothing(way, text):
    assert way(text) == ""


@WAYS
@pytest.mark.parametrize(("text", "used"), FOREIGN.values(), ids=FOREIGN)
def test_what_an_answer_by_hand_must_not_use_is_named(way, text, used):
    assert way(text).rpartition("which uses ")[2].startswith(used)


@WAYS
def test_a_function_of_the_notebook_is_named_with_what_it_uses(way):
    for text in (FOREIGN["in a helper"][0], FOREIGN["two helpers deep"][0]):
        assert way(text).startswith("helper, which uses torch")
    assert way(FOREIGN["torch"][0]).startswith("torch")


def test_a_name_that_no_cell_explains_is_named():
    assert in_a_submission(answer("t.exp(x)", "exec('import torch as t')\n")) == "t"


def test_a_function_that_is_compiled_code_of_somebody_else_is_named():
    assert inspection.foreign(__import__("torch").exp)


def test_the_words_name_it_and_say_what_is_wanted():
    assert inspection.WORDS.format("torch").startswith("it uses torch: this one is to be written by hand")
