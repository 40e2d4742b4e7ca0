"""Arguments and results as JSON: they come back exactly, and nothing that is damaged does harm."""

import json
import tracemalloc

import numpy as np
import pytest

from dlnotes.exercises import catalog, codec
from dlnotes.exercises.registry import cases


def there_and_back(value):
    return codec.decode(json.loads(json.dumps(codec.encode(value))))


def same(one, other):
    """Whether two values are exactly the same, types, shapes and bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (np.ndarray, np.generic)):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    return one == other or one != one


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        10**30,
        -0.1,
        float("inf"),
        float("nan"),
        "text with \N{GREEK SMALL LETTER DELTA}",
        np.float64(0.1),
        np.int8(-3),
        np.bool_(True),
        np.array([0.1, np.nan, -np.inf, 5e-324]),
        np.arange(6, dtype=np.float32).reshape(2, 3).T,
        np.arange(3, dtype=">i4"),
        np.array([[True], [False]]),
        np.zeros((0, 3)),
        np.arange(20.0)[::3],
        np.array([1 + 2j]),
        (),
        (1, (np.eye(2, 3), (None, "x")), np.float32(2)),
    ],
    ids=repr,
)
def test_a_value_comes_back_exactly(value):
    assert same(there_and_back(value), value)


def test_a_list_is_an_array_unless_its_parts_have_several_shapes():
    assert there_and_back([1.5, 2]).tolist() == [1.5, 2]
    number, array = there_and_back([1.5, np.arange(3)])
    assert number == 1.5 and array.tolist() == [0, 1, 2]
    assert type(there_and_back([1.5, np.arange(3)])) is list


def test_an_array_that_comes_back_can_be_written_to():
    there_and_back(np.zeros(2))[0] = 1


def test_a_list_of_numbers_comes_back_as_an_array():
    assert same(there_and_back([[1.0, 2.0]]), np.array([[1.0, 2.0]]))


@pytest.mark.parametrize("name", catalog.names())
def test_the_cases_of_every_exercise_come_back_exactly(name):
    for arguments, want in cases(catalog.find(name)):
        assert same(there_and_back(arguments), arguments)
        assert same(there_and_back(want), want)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": 1}, "dict"),
        (b"bytes", "bytes"),
        (len, "builtin_function_or_method"),
        ((number for number in ()), "generator"),
        (["text", None], "list"),
        (np.array([None]), "ndarray"),
        (np.array(["text"]), "ndarray"),
        (type("T" * 1000, (), {})(), "T" * 50),
    ],
)
def test_anything_else_comes_back_as_the_name_of_its_type(value, kind):
    found = there_and_back(value)
    assert isinstance(found, codec.Unknown)
    assert found.kind == kind


def deep(levels):
    tree = {"value": 1}
    for _ in range(levels):
        tree = {"tuple": [tree]}
    return tree


def array(**changes):
    return {"array": "AAAAAAAAAAA=", "dtype": "<f8", "shape": [1]} | changes


@pytest.mark.parametrize(
    "tree",
    [
        None,
        5,
        "tuple",
        [],
        ["array"],
        {},
        {"tuple": 5},
        {"tuple": "abc"},
        {"tuple": {"a": 1}},
        {"value": [1]},
        {"value": {"tuple": []}},
        {"array": "AA=="},
        array(array=5),
        array(array="A"),
        array(array="\u00e9"),
        array(array="AAAA"),
        array(array="AAAA!AAAAAAA="),
        array(dtype="|O8"),
        array(dtype="O"),
        array(dtype="|V8"),
        array(dtype="<M8"),
        array(dtype="<U2"),
        array(dtype="<f3"),
        array(dtype="f4,f4"),
        array(dtype="(1,f8"),  # NumPy hands this to a parser of Python
        array(dtype="__import__('os').getcwd(),f8"),
        array(dtype=["<f8"]),
        array(dtype={"names": ["a"], "formats": ["f8"]}),
        array(dtype=None),
        array(shape=None),
        array(shape="1"),
        array(shape=[1.0]),
        array(shape=["1"]),
        array(shape=[[1]]),
        array(shape=[float("nan")]),
        array(shape=[-1]),
        array(shape=[-1, -1]),
        array(shape=[1] * 100),
        array(shape=[2]),
        array(shape=[10**12]),
        array(shape=[10**100]),
        array(array="", shape=[10**100, 0]),
        array(array="", shape=[2**62, 0]),
        deep(100_000),
    ],
    ids=lambda tree: repr(tree)[:60] if not isinstance(tree, dict) or "tuple" not in tree else "a tuple",
)
def test_what_is_damaged_or_lies_is_refused_and_costs_nothing(tree):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            codec.decode(tree)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
