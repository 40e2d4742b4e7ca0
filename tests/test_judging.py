"""A reader's function and its verdict: never a traceback, never what is wanted, never a pass by accident."""

import re

import numpy as np
import pytest

from dlnotes import exercises
from dlnotes.exercises import judging
from dlnotes.exercises.judging import Outcome, assess, call, outcomes
from dlnotes.exercises.registry import Exercise, Mistake, cases

UPDATE = exercises.find("perceptron_update")


def named(function, name="perceptron_update"):
    function.__name__ = name
    return function


def reason(function):
    """Why `function`, an answer to perceptron_update, fails."""
    verdict = exercises.judge(named(function))
    assert verdict.state == "fail"
    return verdict.reason


# ---------------------------------------------------------------- what a call does


def test_a_call_gets_copies_and_tells_a_change_of_them():
    def change(w, layers):
        layers[1][0] += w
        return w

    arguments = (1.0, (2.0, np.ones(2)))
    assert call(change, arguments) == Outcome(1.0, changed=True)
    assert arguments[1][1].tolist() == [1, 1]


@pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf])
def test_an_argument_with_odd_entries_that_is_left_alone_is_not_changed(entry):
    assert not call(lambda x: x.sum(), (np.array([1.0, entry]),)).changed


def test_a_change_of_shape_or_of_one_entry_that_is_nan_is_a_change():
    def entry_to_nan(x):
        x[0] = np.nan

    assert call(lambda x: x.resize(2, refcheck=False), (np.ones(3),)).changed
    assert call(entry_to_nan, (np.array([1.0, 2.0]),)).changed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no"), "it stops with ValueError: no"),
        (SystemExit(0), "it stops with SystemExit: 0"),
        (GeneratorExit(), "it stops with GeneratorExit"),
        (np.linalg.LinAlgError("Singular matrix"), "it stops with numpy.linalg.LinAlgError: Singular matrix"),
        (ValueError("two\nlines"), "it stops with ValueError: two lines"),
        (ValueError("x" * 1000), "it stops with ValueError: xxx"),
    ],
)
def test_an_error_is_told_in_one_short_line_with_the_line_of_the_reader(error, said):
    def answer(w, x, y, lr):
        raise error

    found = reason(answer)
    assert found.startswith(said)
    assert found.endswith(", in the line  raise error")
    assert len(found.splitlines()) == 1 and len(found) < 300


def test_an_error_that_cannot_be_printed_is_told_by_its_type():
    class Silent(Exception):
        def __str__(self):
            raise ValueError

    def answer(w, x, y, lr):
        raise Silent

    assert "Silent" in reason(answer)


def test_an_endless_recursion_is_told_with_the_line_of_the_reader():
    def answer(w, x, y, lr):
        return answer(w, x, y, lr)

    found = reason(answer)
    assert "RecursionError: maximum recursion depth exceeded" in found
    assert found.endswith(", in the line  return answer(w, x, y, lr)")


def test_the_line_is_the_one_in_the_answer_not_the_one_in_what_it_calls():
    def answer(w, x, y, lr):
        return np.linalg.inv(w)

    assert reason(answer).endswith(", in the line  return np.linalg.inv(w)")


def test_a_function_with_other_arguments_is_told_so():
    assert "takes 2 positional arguments but 4 were given" in reason(lambda w, x: w)


def test_check_prints_no_traceback(capsys):
    exercises.check(named(lambda w, x, y, lr: np.eye(2) @ w))
    found = capsys.readouterr()
    assert found.out.startswith("✗ perceptron_update: fail - wrong in all 44 cases; in the first of them it ")
    assert (
        "it stops with ValueError: shapes that do not fit (size 3 is different from 2), in the" in found.out
    )
    assert "Traceback" not in found.out + found.err


def test_a_warning_of_the_answer_is_not_printed(capfd):
    exercises.check(named(lambda w, x, y, lr: w / 0))
    found = capfd.readouterr()
    assert "NaN or infinite" in found.out and found.err == ""


# ---------------------------------------------------------------- the three states


def test_check_prints_one_line_for_each_state(capsys):
    def todo(w, x, y, lr):
        raise NotImplementedError("your code here")

    exercises.check(named(todo))
    exercises.check(exercises.reference("perceptron_update"))
    exercises.check(named(lambda w, x, y, lr: w + y * x))
    assert capsys.readouterr().out.splitlines() == [
        "○ perceptron_update: todo - replace the line that raises NotImplementedError",
        "✓ perceptron_update: pass",
        "✗ perceptron_update: fail - wrong in all 44 cases; in the first of them "
        "the result is wrong in 3 of 3 entries, most at [0]  (hint(perceptron_update) helps)",
    ]


def test_an_answer_that_calls_an_unwritten_one_is_todo():
    def unwritten():
        raise NotImplementedError

    assert exercises.judge(named(lambda w, x, y, lr: unwritten())).state == "todo"


@pytest.mark.parametrize("answer", [lambda w, x, y, lr: None, lambda w, x, y, lr: print("✓ pass"), print])
def test_what_returns_nothing_does_not_pass(answer, capsys):
    assert exercises.judge(named(lambda *arguments: answer(*arguments))).state == "fail"


def test_only_the_function_itself_under_its_name_can_be_checked(capsys):
    exercises.check(np.zeros(3))
    exercises.check(lambda w: w)
    exercises.check(named(lambda w: w, "update_bond"))
    assert capsys.readouterr().out.splitlines() == [
        "✗ fn: got ndarray, want the function itself, as in check(update)",
        "✗ name: got '<lambda>', want the name of an exercise",
        "✗ name: got 'update_bond', want the name of an exercise: update_bound?",
    ]


# ---------------------------------------------------------------- outcomes that a sandbox sends may be forged


WANTED = cases(UPDATE)
RIGHT = [Outcome(want) for _, want in WANTED]


@pytest.mark.parametrize(
    "found",
    [
        [],
        RIGHT[:-1],
        [*RIGHT, RIGHT[0]],
        [*RIGHT[:-1], Outcome()],
        [*RIGHT[:-1], Outcome(RIGHT[-1].value, error="Stopped")],
        [*RIGHT[:-1], Outcome(RIGHT[-1].value, changed=True)],
        [*RIGHT[:-1], RIGHT[0]],
        [*RIGHT[:-1], Outcome((RIGHT[-1].value,))],
        [*RIGHT[:-1], Outcome(RIGHT[-1].value * np.nan)],
        [*RIGHT[:-1], Outcome(RIGHT[-1].value.astype(str))],
    ],
    ids=["none", "one less", "one more", "nothing", "error", "changed", "another", "tuple", "nan", "text"],
)
def test_outcomes_that_are_not_all_right_do_not_pass(found):
    assert assess(UPDATE, WANTED, RIGHT) == ("pass", "")
    verdict = assess(UPDATE, WANTED, found)
    assert verdict.state == "fail" and verdict.reason


# ---------------------------------------------------------------- recognizing a mistake


def square(x):
    return x**2


def asked(*answers):
    """An exercise, to square a number or an array, with these answers as its known mistakes."""
    mistakes = [Mistake(answer, f"mistake {number}") for number, answer in enumerate(answers)]
    stub = "def square(x):\n    pass"
    return Exercise("ch99.page.square", "square", "", 1, "", stub, (), square, mistakes=mistakes)


def judged(answer, *mistakes, inputs=(2.0, 3.0)):
    """The reason why `answer` fails to square the inputs."""
    wanted = [((x,), square(x)) for x in inputs]
    return assess(asked(*mistakes), wanted, outcomes(answer, [arguments for arguments, _ in wanted])).reason


def test_a_mistake_is_recognized_by_its_results_in_all_cases():
    assert judged(lambda x: x + x, lambda x: 2 * x) == "mistake 0"
    assert judged(lambda x: x + x if x < 3 else x, lambda x: 2 * x) != "mistake 0"


def test_the_mistake_named_is_the_one_made():
    assert judged(lambda x: x**3, lambda x: 2 * x, lambda x: x * x * x) == "mistake 1"


def test_a_mistake_is_recognized_by_its_infinities_where_they_are():
    def mistake(x):
        return np.array([np.inf, np.nan, x])

    assert judged(lambda x: [np.inf, np.nan, x], mistake) == "mistake 0"
    assert judged(lambda x: [np.nan, np.inf, x], mistake) != "mistake 0"
    assert judged(lambda x: [np.inf, x, np.nan], mistake) != "mistake 0"


def test_a_mistake_that_stops_is_recognized_by_what_the_error_says_not_by_its_type():
    def mistake(x):
        return np.zeros(3) @ np.zeros(2)

    def same(x):
        product = np.zeros(3) @ np.zeros(2)
        return product

    assert judged(same, mistake) == "mistake 0"
    assert judged(lambda x: int("x"), mistake).startswith("it stops with ValueError: invalid literal")


def test_a_mistake_in_place_is_not_one_without():
    def in_place(x):
        x *= 2
        return x

    inputs = [np.array([1.5, 2.5]), np.array([3.5])]
    assert judged(in_place, in_place, inputs=inputs) == "mistake 0"
    assert judged(lambda x: 2 * x, in_place, inputs=inputs) != "mistake 0"
    assert "changes one of its arguments in place" in judged(in_place, inputs=inputs)


def test_a_mistake_in_tuples_and_a_foreign_result_are_recognized():
    assert judged(lambda x: (x, [x]), lambda x: (x, np.array([x]))) == "mistake 0"
    assert judged(lambda x: "x", lambda x: "y").startswith("the result is a str")
    assert judged(lambda x: x * (1 + 0j), lambda x: x * 2).startswith("the result is complex")
    assert judged(lambda x: np.array([x], object), lambda x: x * 2).startswith("the result is an ndarray")
    assert judged(lambda x: {}, lambda x: "y").startswith("the result is a dict")


def test_a_result_that_overflows_is_judged_without_a_warning():
    assert "result" in judged(lambda x: 1e300 * x, lambda x: 1e308 * x)


def test_the_seconds_that_are_told_are_those_of_the_limit(monkeypatch):
    def answer(w, x, y, lr):
        while True:
            pass

    monkeypatch.setattr(judging, "SECONDS", 0.3)
    assert reason(answer) == "it does not end within 0.3 seconds: is there a loop that never stops?"


def test_an_answer_that_reuses_its_result_is_compared_call_by_call():
    buffer = np.zeros(2)

    def answer(x):
        buffer[: len(x)] = 2 * x
        return buffer[: len(x)]

    inputs = [np.array([1.5, 2.5]), np.array([3.5])]
    assert judged(answer, inputs=inputs) == judged(lambda x: 2 * x, inputs=inputs)


@pytest.mark.parametrize("answer", [lambda *_: np.broadcast_to(1.0, (10**7, 10**7)), lambda *_: Evil()])
def test_a_result_that_is_a_program_or_too_large_is_a_fail_like_any_other(answer):
    assert exercises.judge(named(answer)).state == "fail"


class Evil:
    def __array__(self, *arguments, **options):
        raise SystemExit


def test_the_readers_settings_of_numpy_do_not_matter():
    with np.errstate(all="raise"):
        assert {exercises.judge(exercises.reference(name)).state for name in exercises.names()} == {"pass"}


def test_what_an_answer_prints_is_shown_once(capsys):
    exercises.judge(named(lambda w, x, y, lr: print("here")))
    assert capsys.readouterr().out == "here\n"


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_list_of_the_values_that_are_wanted_is_a_tuple(kind):
    wanted = [((x,), (x**2, x * np.ones(3))) for x in (2.0, 3.0)]
    mistakes = [Mistake(lambda x: (-(x**2), x * np.ones(3)), "mistake 0")]

    def verdict(answer):
        return assess(asked()._replace(mistakes=mistakes), wanted, outcomes(answer, [(2.0,), (3.0,)]))

    assert verdict(lambda x: kind([x**2, x * np.ones(3)])).state == "pass"
    assert verdict(lambda x: kind([-(x**2), x * np.ones(3)])).reason == "mistake 0"
    assert verdict(lambda x: kind([x * np.ones(3), x**2])).reason == "the two values are swapped"
    words = f"the result is a {kind.__name__} of 3, but 2 values are wanted"
    assert verdict(lambda x: kind([x**2, x, np.ones(3)])).reason == words


def test_two_numbers_in_a_list_are_two_values():
    wanted = [((2.0,), (4.0, 8.0))]
    found = outcomes(lambda x: [x**2, x**3], [(2.0,)])
    assert assess(asked(), wanted, found) == ("pass", "")


def test_what_is_said_of_all_wrong_cases_holds_in_all_of_them():
    assert judged(lambda x: 2 * x**2) == "the result is 2 times too large"
    said = "in 1 of 2 cases the result is 2 times too large; there x is 3"
    assert judged(lambda x: x**2 * (2 if x > 2 else 1)) == said
    words = "; in the first of them the result is 2 times too large"
    assert judged(lambda x: x**3) == f"wrong in all 2 cases{words}"
    assert judged(lambda x: x**3, inputs=(1.0, 2.0, 3.0)) == f"wrong in 2 of 3 cases{words}; there x is 2"


def test_the_first_wrong_case_is_told_by_its_shapes_and_its_numbers():
    exercise = asked()._replace(stub="def square(x, params, *, slope, mode, flag):\n    pass")
    arguments = (np.zeros((2, 3)), (np.zeros(3), ()), 0.123456, "same", True)
    words = "x of shape (2, 3), params is ((3,), ()), slope is 0.1235, mode is same and flag is True"
    assert judging._described(exercise, arguments) == words


@pytest.mark.parametrize(
    ("wrong", "sizes"),
    [
        (lambda: np.zeros(2) + np.zeros((2, 3)), "(2,) and (2,3)"),
        (lambda: np.broadcast_arrays(np.zeros(2), np.zeros((2, 3))), "(2,) and (2, 3)"),
        (lambda: np.dot(np.zeros(2), np.zeros(3)), "(2,) and (3,)"),
        (lambda: np.zeros(2) @ np.zeros(3), "(size 3 is different from 2)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(wrong, sizes):
    assert judged(lambda x: wrong()).startswith(
        f"it stops with ValueError: shapes that do not fit {sizes}, in the line"
    )


def test_a_mistake_in_some_cases_only_says_in_how_many():
    def answer(w, x, y, lr):
        return w + lr * y * x if y * (w @ x) < 0 else w + 1e-3 * (w @ x == 0)

    assert re.match(r"(wrong )?in \d+ of \d+ cases.* the result is ", reason(answer))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_result_in_single_precision_fails_and_is_told_so_however_close_it_is(kind):
    inputs, said = (
        [np.array([1.1, 2.3]), np.array([1 / 3])],
        f"it computes in {kind.__name__}: keep the type of ",
    )
    said += "the arguments, float64"
    assert judged(lambda x: (x**2).astype(kind), inputs=inputs) == said
    assert judged(lambda x: kind(1.1) ** 2, inputs=(1.1, 2.3)) == said
    pair = [((x,), (x**2, x**3)) for x in inputs]
    found = outcomes(lambda x: (x**2, (x**3).astype(kind)), [arguments for arguments, _ in pair])
    assert assess(asked(), pair, found) == ("fail", said)


@pytest.mark.parametrize("inputs", [(2.0, 3.0), (np.array([2.0, 3.0]),)])
def test_whole_numbers_may_come_back_as_float32_or_as_integers(inputs):
    wanted = [((x,), square(x)) for x in inputs]
    for kind in (np.float32, int):
        found = outcomes(lambda x, kind=kind: np.asarray(x).astype(kind) ** 2, [case for case, _ in wanted])
        assert assess(asked(), wanted, found) == ("pass", "")


def test_an_answer_made_of_integers_may_round_to_float32():
    x = np.array([1, 2])
    found = outcomes(lambda x: (x / 3).astype(np.float32), [(x,)])
    assert assess(asked(), [((x,), x / 3)], found) == ("pass", "")


def test_where_the_reference_is_float32_so_may_be_an_answer():
    x = np.array([1.1, 2.3], np.float32)
    assert assess(asked(), [((x,), x**2)], outcomes(lambda x: x * x, [(x,)])) == ("pass", "")


def test_a_known_mistake_in_single_precision_is_still_that_mistake():
    inputs = [np.array([1.5, 2.5]), np.array([3.5])]
    assert judged(lambda x: (2 * x).astype(np.float32), lambda x: 2 * x, inputs=inputs) == "mistake 0"


def of_two(first, second):
    """An answer of two values, where x and its square are wanted as (x, x**2)."""
    return lambda x: (first(x), second(x))


def judged_of_two(answer, *mistakes):
    wanted = [((x,), (x, x**2)) for x in (2, 3, 5)]
    return assess(asked(*mistakes), wanted, outcomes(answer, [arguments for arguments, _ in wanted])).reason


def test_each_wrong_value_of_several_is_matched_with_what_is_known():
    catalog = of_two(lambda x: x + 1, lambda x: x**2), of_two(lambda x: x, lambda x: x**3 - 4)
    both = of_two(lambda x: x + 1, lambda x: x**3 - 4)
    assert judged_of_two(catalog[0], *catalog) == "mistake 0"
    assert judged_of_two(both, *catalog) == "value 1 of 2: mistake 0; value 2 of 2: mistake 1"
    one = of_two(lambda x: x + 7, lambda x: x**3 - 4)
    assert judged_of_two(one, *catalog) == "value 1 of 2 is wrong; value 2 of 2: mistake 1"
    swapped = of_two(lambda x: x**2, lambda x: x)
    assert judged_of_two(swapped, of_two(lambda x: x**2, lambda x: x**2)) == "the two values are swapped"


def test_two_wrong_values_are_both_told_with_the_first_case_where_nothing_better_is_known():
    found = judged_of_two(of_two(lambda x: x + 0.37, lambda x: x**2 + 0.53))
    assert found == "value 1 of 2 has the wrong value; value 2 is wrong, too; there x is 2"


def test_one_integer_for_two_is_no_integer_that_is_too_large():
    assert judged_of_two(lambda x: x) == "the result is an integer, but 2 values are wanted"
