"""The two decorators that write an exercise, and the cases that it gets."""

import numpy as np
import pytest

from dlnotes.exercises import registry
from dlnotes.exercises.registry import cases, exercise, mistake, visible_cases

WORDS = {
    "title": "Twice",
    "points": 1,
    "sources": "GBC 2.1",
    "arguments": lambda rng: (rng.normal(size=3),),
    "hidden": [lambda rng: (np.zeros(rng.integers(2, 5)),)],
    "hints": ["one", "two", "three"],
}


@pytest.fixture(autouse=True)
def exercises(monkeypatch):
    """A registry with nothing in it."""
    monkeypatch.setattr(registry, "EXERCISES", found := {})
    return found


@exercise("ch99.page.other", **WORDS)
def only_to_have_a_decorator_above(x):
    """A docstring, once."""
    return x


registry.EXERCISES.pop("only_to_have_a_decorator_above")


def twice(
    x,
):
    """Twice x.

    x (n,)
    """
    doubled = x + x
    return doubled


def written(**changes):
    words = WORDS | {"key": "ch99.page.twice", "function": twice} | changes
    key, function = words.pop("key"), words.pop("function")
    return exercise(key, **words)(function)


def test_the_reference_is_registered_under_its_name_and_stays_as_it_is(exercises):
    assert written() is twice
    assert list(exercises) == ["twice"]
    assert exercises["twice"].reference is twice and exercises["twice"].key == "ch99.page.twice"


def test_the_stub_is_the_head_the_docstring_and_the_line_to_replace(exercises):
    written()
    assert exercises["twice"].stub == (
        'def twice(\n    x,\n):\n    """Twice x.\n\n    x (n,)\n    """\n'
        '    raise NotImplementedError("your code here")'
    )
    written(key="ch99.page.other", function=only_to_have_a_decorator_above)
    assert exercises["only_to_have_a_decorator_above"].stub == (
        'def only_to_have_a_decorator_above(x):\n    """A docstring, once."""\n'
        '    raise NotImplementedError("your code here")'
    )


def test_a_known_mistake_joins_its_exercise(exercises):
    written()
    mistake(twice, "it is x itself")(lambda x: x)
    (known,) = exercises["twice"].mistakes
    assert (known.answer(3), known.message) == (3, "it is x itself")


def test_the_mistakes_of_two_exercises_are_two_lists(exercises):
    written()
    written(key="ch99.page.other", function=only_to_have_a_decorator_above)
    mistake(twice, "it is x itself")(lambda x: x)
    assert exercises["only_to_have_a_decorator_above"].mistakes == []


def _without_docstring(x):
    return x


# fmt: off
def _with_another_kind(x):
    'It has no three quotes to find.'
    return x
# fmt: on


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "twice"}, "key: got 'twice', want chNN.page.name"),
        ({"key": "ch2.page.twice"}, "want chNN.page.name"),
        ({"key": "ch99.page.twice "}, "want chNN.page.name"),
        ({"title": ""}, "title: got none for ch99.page.twice"),
        ({"sources": ""}, "sources: got none"),
        ({"hints": ["one", "two"]}, "got 2 hints and 1 hidden, want 3 and at least one"),
        ({"hidden": []}, "got 3 hints and 0 hidden"),
        ({"function": _without_docstring}, "got no docstring"),
        ({"function": _with_another_kind}, "got no docstring"),
    ],
)
def test_an_exercise_that_lacks_something_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        written(**changes)


def test_two_exercises_can_share_neither_name_nor_key():
    written()
    with pytest.raises(ValueError, match="twice"):
        written(key="ch99.page.other")
    with pytest.raises(ValueError, match="twice"):
        written(function=only_to_have_a_decorator_above)


def test_the_cases_are_the_visible_ones_then_generic_then_special_ones(exercises):
    written()
    drawn = cases(exercises["twice"])
    shown = visible_cases(exercises["twice"])
    assert (len(shown), len(drawn)) == (6 + 1, 6 + 1 + 13 + 4)
    assert all(np.array_equal(one[0][0], other[0][0]) for one, other in zip(shown, drawn, strict=False))
    assert [arguments[0].any() for arguments, _ in drawn] == [True] * 6 + [False] + [True] * 13 + [False] * 4
    assert all(np.array_equal(want, 2 * x) for (x,), want in drawn)
    assert len({x.tobytes() for (x,), _ in drawn if x.any()}) == 19


@pytest.mark.parametrize("seed", [0, 2**70, (1, 2**64), [5]])
def test_a_seed_is_an_integer_or_some(seed, exercises):
    written()
    first, second = cases(exercises["twice"], seed), cases(exercises["twice"], seed)
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(first, second, strict=True))


def test_a_reference_cannot_change_the_arguments_of_a_case(exercises):
    def spoil(x):
        """Twice x."""
        x += x
        return x

    written(function=spoil)
    assert all(np.array_equal(want, 2 * x) for (x,), want in cases(exercises["spoil"]))


def test_stored_examples_are_given_out_as_copies(exercises):
    written()
    stored = exercises["twice"]._replace(reference=None, examples=tuple(visible_cases(exercises["twice"])))
    cases(stored)[0][0][0][:] = 7
    assert not (cases(stored)[0][0][0] == 7).any()
