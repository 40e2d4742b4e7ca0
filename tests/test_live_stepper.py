"""The stepper: its steps are data, its numbers are right, and each mistake is told by its name."""

import json
import re
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dlnotes import initialization, layers, losses, verify
from dlnotes.autodiff import Node, lift, lift_loss
from dlnotes.live import Goal, Predict, Stepper, equations, formulas, questions, sweep
from dlnotes.live.unit_walk import fit_units

XOR = (
    (np.array([[1.2, -0.7], [0.5, 0.9]]), np.array([0.1, -0.3])),
    (),
    (np.array([[0.8, -1.1]]), np.array([0.2])),
)


def product():
    """x^2 (x + y) of Strang VII.3."""
    x, y = Node(2.0, name="x"), Node(3.0, name="y")
    return x**2 * (x + y)


def neuron():
    """The sigmoid neuron of EE147, Figure 13."""
    values = {"w0": 1.0, "x0": -1.0, "w1": 2.0, "x1": 2.0, "w2": -2.0}
    w0, x0, w1, x1, w2 = [Node(value, name=name) for name, value in values.items()]
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def functions():
    """Fan-out, a slot used twice, and one function of each kind."""
    x, y = Node(0.7, name="x"), Node(1.9, name="y")
    a = x * x
    return np.tanh(a) * np.log(y) - np.maximum(x, y) / np.sqrt(y) + np.sin(a) ** 3 + np.square(x)


def xor(activation=layers.tanh, loss=losses.binary_cross_entropy, target=(1,), last=None):
    network, params = layers.mlp(2, activation), XOR
    if last:
        network, params = (*network, last), (*params, ())
    return network, params, np.array([[1.0, 0.4]]), loss, np.array(target)


def softmax_classifier(rows=1):
    rng = np.random.default_rng(3)
    params = (initialization.glorot(rng, 4, 3),)
    return (layers.linear,), params, rng.normal(size=(rows, 4)), losses.cross_entropy, np.arange(rows) % 3


def two_layers(rows=2, loss=losses.squared_error, activation=layers.tanh, sizes=(3, 4, 2)):
    rng = np.random.default_rng(4)
    params = initialization.mlp(rng, *sizes)
    x, target = rng.normal(size=(rows, sizes[0])), rng.normal(size=(rows, sizes[-1]))
    return layers.mlp(len(sizes) - 1, activation), params, x, loss, target


def three_layers():
    rng = np.random.default_rng(5)
    network, params, x, *_ = two_layers(5, activation=layers.relu, sizes=(7, 6, 5, 4))
    return network, params, x, losses.cross_entropy, rng.integers(4, size=5)


NETWORKS = {
    "XOR": xor,
    "XOR, sigmoid and squared error": lambda: xor(
        layers.sigmoid, losses.squared_error, ((1.0,),), layers.sigmoid
    ),
    "softmax classifier": softmax_classifier,
    "softmax classifier, three samples": partial(softmax_classifier, 3),
    "two layers": two_layers,
    "two layers, a sum over one sample": lambda: two_layers(
        1, partial(losses.squared_error, reduction="sum")
    ),
    "two layers, square": partial(two_layers, sizes=(3, 3, 3), activation=layers.softplus),
    "three layers": three_layers,
}
GRAPHS = {"x^2 (x + y)": product, "a sigmoid neuron": neuron, "many functions": functions}


def make(name):
    stepper = Stepper(*NETWORKS[name]()) if name in NETWORKS else Stepper.of(GRAPHS[name]())
    stepper.picture.pixel_ratio = 1.0  # drawn faster
    return stepper


ALL = [*NETWORKS, *GRAPHS]
STEPPERS = {}


@pytest.fixture
def stepper(request):
    """One stepper of each name, made once: only tests that put it back use this."""
    if request.param not in STEPPERS:
        STEPPERS[request.param] = make(request.param)
    return STEPPERS[request.param]


every = pytest.mark.parametrize("stepper", ALL, indirect=True)


def asked(stepper):
    """All questions of the way back."""
    return [one for step in stepper.steps for one in (step.question, step.local) if one is not None]


# ---------------------------------------------------------------- what it shows


@pytest.mark.parametrize(
    "name", ["XOR", "softmax classifier", "two layers", "x^2 (x + y)", "a sigmoid neuron"]
)
def test_every_control_of_the_stepper_moves_it(name):
    sweep(make(name))


@every
@pytest.mark.parametrize("book", equations.BOOKS)
def test_the_text_has_what_the_steps_have(stepper, book):
    text = stepper.text(book)
    for number, step in enumerate(stepper.steps, 1):
        assert f"step {number} of {len(stepper.steps)}, {step.text(book)}" in text
        formula, source = equations.equation(step.operation, book)
        assert f"{book} {source}: {equations.plain(formula)}" in step.text(book)
        said = [step.shapes, *map(formulas.spoken, step.numbers), step.remembered]
        assert all(line in step.text(book) for line in said)


@every
def test_a_screen_reader_hears_of_each_step_what_the_picture_says(stepper):
    for number, step in enumerate(stepper.steps, 1):
        stepper.set(step=number)
        heard = stepper.picture.readout
        assert f"step {number} of {len(stepper.steps)} · {step.phase}" in heard
        for line in [step.shapes, step.remembered, *step.numbers]:
            assert formulas.spoken(line) in heard
    stepper.set(step=0)


@every
def test_nothing_stands_in_the_drawing_before_it_is_computed(stepper):
    walk = stepper.walk
    for number in range(len(walk.steps) + 1):
        shown = stepper._compute(step=number, book="DLNN", turn="off", answer="")["shown"]
        later = {place for step in walk.steps[number:] for place in step.shows}
        earlier = {place for step in walk.steps[:number] for place in step.shows} | set(walk.start)
        assert set(shown) == earlier
        assert later & set(shown) <= earlier  # a unit gets s first, then s and a
    sides = [side for side, _ in shown]
    assert "below" in sides and all(place[0] == "above" for place in walk.start)


@every
def test_forward_steps_come_first_and_say_what_is_remembered(stepper):
    phases = [step.phase for step in stepper.steps]
    assert phases == sorted(phases, reverse=True) and set(phases) == {"forward", "backward"}
    assert all(step.remembered for step in stepper.steps if step.phase == "forward")
    assert all(step.question for step in stepper.steps if step.phase == "backward")


@every
def test_no_text_leaves_the_picture_or_meets_another_line(stepper):
    figure = stepper.figure.figure
    for turn in ("off", "gradient"):
        for number in range(len(stepper.steps) + 1):
            stepper.set(step=number, turn=turn, book="Strang" if number % 2 else "MEDL")
            boxes = [line.get_window_extent() for line in stepper._lines.values() if line.get_text()]
            boxes_above = [
                text.get_window_extent() for text in stepper._drawing.texts.values() if text.get_text()
            ]
            for box in boxes + boxes_above:
                assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
                assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
            assert sum(one.overlaps(other) for one in boxes for other in boxes) == len(boxes)
    stepper.set(step=0, turn="off")


def test_a_page_without_a_kernel_shows_the_still_and_the_live_one_begins_at_the_start():
    stepper = Stepper(*xor(), still=9)
    bundle, _ = stepper._repr_mimebundle_()
    assert "step 9 of 12 · backward · unit 3: δ₃" in bundle["text/plain"]
    assert stepper.values["step"] == 0
    assert "step 0 of 12" in stepper.picture.readout


def test_a_state_line_brings_back_a_step_with_a_wrong_answer():
    stepper = Stepper(*xor())
    stepper.state.value = "step=8 book=MEDL turn=gradient answer='0.25, 1'"
    assert stepper.values == {"step": 8, "book": "MEDL", "turn": "gradient", "answer": "0.25, 1"}
    assert "2 numbers came" in stepper.comment.value


def test_a_page_may_ask_first_and_set_a_goal_of_its_own():
    predict = Predict("Which delta is larger?", ["the first", "the second"], 1, "of its weight.")
    goal = Goal("Go to the end.", lambda values, arrays: (values["step"] == 12, "not there"))
    stepper = Stepper(*xor(), predict=predict, goal=goal)
    stepper.options.index = 1
    assert "of its weight" in stepper.prediction.value
    stepper.set(step=12)
    stepper.register.click()
    assert "Right" in stepper.verdict.value


# ---------------------------------------------------------------- the drawing of the four examples


def test_small_networks_of_one_sample_are_drawn_as_units_and_others_as_layers():
    kinds = {name: {place.kind for place in make(name).walk.places} for name in NETWORKS}
    assert [name for name in kinds if "unit" in kinds[name]] == ["XOR", "XOR, sigmoid and squared error"]
    layered = Stepper(*xor(), units=False)
    assert {place.label for place in layered.walk.places} >= {
        "linear",
        "tanh",
        "W¹",
        "b²",
        "binary cross entropy",
    }
    with pytest.raises(ValueError, match="book: got 'Bishop', want one of DLNN, GBC"):
        Stepper(*xor(), book="Bishop")
    with pytest.raises(ValueError, match="still: got 13, want a step from 1 to 12"):
        Stepper(*xor(), still=13)
    with pytest.raises(ValueError, match=r"units: got x \(2, 3\) and 3 layers, want one sample, at most 3"):
        Stepper(*two_layers(), units=True)


def test_softmax_as_a_layer_and_layers_of_other_kinds_are_no_units():
    network, params, x, *_ = xor()
    assert fit_units(network, params, x)
    assert not fit_units((*network, layers.softmax), (*params, ()), x)
    assert not fit_units((layers.tanh,), ((),), x)
    prelu = (layers.linear, layers.prelu)
    assert not fit_units(prelu, (XOR[0], (np.array([0.2, 0.3]),)), x)


def test_unknown_layers_and_losses_are_walked_without_a_formula_of_their_own():
    network = (layers.linear, layers.prelu, layers.linear, layers.softmax)
    rng = np.random.default_rng(7)
    params = (initialization.glorot(rng, 3, 2), (np.array([0.2]),), initialization.glorot(rng, 2, 3), ())

    def distance(output, target):
        return float(((output - target) ** 4).sum()), 4 * (output - target) ** 3

    x, target = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    stepper = Stepper(network, params, x, distance, target)
    text = stepper.text("GBC")
    assert "prelu, layer 1: δ¹" in text and "Alg 6.3: J = L(ŷ, y)" in text and "softmax: δ²" in text
    sweep(stepper)
    weights = rng.normal(size=(2, 3, 3)), rng.normal(size=(2, 3))
    maxout = Stepper((layers.maxout,), (weights,), x, losses.squared_error, x[:, :2])
    assert "GBC (6.48)" in maxout.text("GBC")
    sweep(maxout)


@pytest.mark.parametrize("rows", [1, 2])
def test_linear_layers_of_one_unit_and_with_a_diagonal_matrix_are_no_activations(rows):
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(rows, 1)), np.ones((rows, 1))
    narrow = Stepper(
        layers.mlp(2, layers.tanh), initialization.mlp(rng, 1, 1, 1), x, losses.squared_error, target
    )
    assert narrow.walk.forward == 4
    diagonal = ((np.diag([2.0, 3.0]), np.zeros(2)),)
    x, target = rng.normal(size=(rows, 2)), np.ones((rows, 2))
    text = Stepper((layers.linear,), diagonal, x, losses.squared_error, target, units=False).text()
    assert "linear, layer 1" in text


def test_a_block_of_layers_is_one_operation_with_all_its_parameters():
    rng = np.random.default_rng(2)
    block = layers.residual(layers.chain(*layers.mlp(2, layers.tanh)))
    network, params = (
        (layers.linear, block),
        (initialization.glorot(rng, 3, 2), initialization.mlp(rng, 2, 4, 2)),
    )
    stepper = Stepper(network, params, rng.normal(size=(2, 3)), losses.squared_error, np.ones((2, 2)))
    assert {"θ²₁", "θ²₂", "θ²₃", "θ²₄"} <= {place.label for place in stepper.walk.places}
    sweep(stepper)


def test_a_graph_that_ends_in_an_array_is_refused():
    with pytest.raises(ValueError, match=r"node: got a value of shape \(2,\), want a single number"):
        Stepper.of(Node(np.ones(2)) * 2)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_asked_in_a_network_is_what_central_differences_give(name):
    network, params, x, loss, target = NETWORKS[name]()
    stepper = make(name)
    want = _differences(network, params, x, loss, target, units="unit" in stepper.walk.places[0].kind)
    found = {}
    for step in stepper.steps:
        if step.question:
            keys = step.question.prompt.split(" (")[0].split(", ")
            values = [step.question.want] if len(keys) == 1 else step.question.want.reshape(-1)
            found |= dict(zip(keys, values, strict=True))
    assert set(found) == set(want)
    for key, value in found.items():
        np.testing.assert_allclose(np.ravel(value), np.ravel(want[key]), rtol=1e-6, atol=1e-8, err_msg=key)


def _differences(network, params, x, loss, target, *, units):
    """dR/d of all activations, pre-activations and weights, by the names that the stepper gives them."""
    activations, _ = layers.trace(network, params, x, loss, target)
    want, depth, count = {}, 0, x.shape[1]
    for place, layer in enumerate(network):
        rest = layers.chain(*network[place + 1 :])

        def risk(y, rest=rest, place=place):
            return loss(rest(y, params[place + 1 :])[0], target)[0]

        def risk_of_params(theta, index, place=place, layer=layer, risk=risk):
            own = [theta if k == index else part for k, part in enumerate(params[place])]
            return risk(layer(activations[place], tuple(own))[0])

        linear, last = layer is layers.linear, place == len(network) - 1
        depth += linear
        high = "⁰¹²³"[depth]
        y = activations[place + 1]
        if not units:
            want[f"δ{high}" if linear else f"dL/da{high}"] = verify.gradient(risk, y)
            if linear:
                want[f"dW{high}"] = verify.gradient(partial(risk_of_params, index=0), params[place][0])
            continue
        low, rows = "₀₁₂₃₄₅", y.shape[1]
        grads = verify.gradient(risk, y)[0]
        numbers = range(count - rows + 1, count + 1) if not linear else range(count + 1, count + rows + 1)
        if linear:
            W, b = (verify.gradient(partial(risk_of_params, index=k), params[place][k]) for k in (0, 1))
            below = range(count - W.shape[1] + 1, count + 1)
            for i, unit in enumerate(numbers):
                want[f"δ{low[unit]}"] = grads[i]
                want[f"dL/dw{low[unit]}₀"] = b[i]
                want |= {f"dL/dw{low[unit]}{low[j]}": W[i, k] for k, j in enumerate(below)}
            count += rows
        elif last:
            want |= {f"dL/da{low[unit]}": grads[i] for i, unit in enumerate(numbers)}
    return want


def test_the_graph_of_strang_has_his_numbers():
    texts = [" ".join(step.numbers) for step in make("x^2 (x + y)").steps]
    assert "F = u₁ · u₂ = 4 · 5 = 20" in texts[2]
    assert "all paths together: dF/dx = 24" in texts[-1]
    assert any("dF/dy = dF/du₂ · du₂/dy = 4·1 = 4" in text for text in texts)


def test_the_sigmoid_neuron_has_the_numbers_of_ee147():
    shows = {}
    for step in make("a sigmoid neuron").steps:
        shows |= step.shows
    assert {"0.7311", "0.3679", "-0.5344", "-0.1966", "0.1966", "0.3932"} <= set(shows.values())


@pytest.mark.parametrize("name", GRAPHS)
def test_gradients_of_a_graph_are_those_of_central_differences(name):
    node = GRAPHS[name]()
    stepper = Stepper.of(node)
    numbers = {}
    for step in stepper.steps:  # what each edge brings, added up by the node that it comes from
        for (side, place), text in step.shows.items():
            if side == "below" and isinstance(place, int) and step.operation == "operation.back":
                source = stepper.walk.edges[place][0]
                numbers[source] = numbers.get(source, 0) + float(text)
    leaves = {place.key: place.label for place in stepper.walk.places if place.kind == "input"}
    for key, leaf in leaves.items():
        if key in numbers:
            want = verify.gradient(
                lambda value, leaf=leaf: _rerun(name, leaf, float(value)), np.array(_value(node, leaf))
            )
            assert numbers[key] == pytest.approx(float(want), rel=2e-3)


def _leaves(node):
    return [node] if not node.parents else [leaf for parent in node.parents for leaf in _leaves(parent)]


def _value(node, leaf):
    return float(next(each.value for each in _leaves(node) if each.name == leaf))


def _rerun(name, leaf, value):
    """The graph again, with another value of one leaf."""
    source = {"x^2 (x + y)": lambda x, y: x**2 * (x + y)}
    source["a sigmoid neuron"] = lambda w0, x0, w1, x1, w2: 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
    source["many functions"] = lambda x, y: (
        np.tanh(x * x) * np.log(y) - np.maximum(x, y) / np.sqrt(y) + np.sin(x * x) ** 3 + x**2
    )
    values = {each.name: float(each.value) for each in _leaves(GRAPHS[name]())} | {leaf: value}
    return source[name](**values)


def test_a_graph_of_arrays_is_walked_with_shapes_and_its_nodes_keep_their_grad():
    rng = np.random.default_rng(0)
    (W, b), x = initialization.glorot(rng, 3, 2), rng.normal(size=(4, 3))
    nodes = [Node(array, name=name) for name, array in {"x": x, "W": W, "b": b}.items()]
    hidden = lift(layers.tanh)(lift(layers.linear)(*nodes))
    risk = lift_loss(losses.squared_error)(hidden, np.zeros((4, 2)))
    stepper = Stepper.of(risk, names={"h": hidden})
    text = stepper.text("GBC")
    assert "x (4, 3), W (2, 3), b (2,) → u₁ (4, 2)" in text and "h = tanh(u₁)" in text
    assert not nodes[1].grad.any()
    sweep(stepper)


# ---------------------------------------------------------------- your turn


def rounded(array):
    """An answer as a reader types it: what the picture shows, four digits."""
    return ", ".join(formulas.number(value) for value in questions.asked(array)[0])


@every
def test_the_right_numbers_with_four_digits_are_right(stepper):
    for question in asked(stepper):
        assert questions.judge(question, rounded(question.want)) == (True, "that is it")


@every
def test_each_mistake_is_told_by_its_name_and_no_message_tells_the_answer(stepper):
    for question in asked(stepper):
        want, _ = questions.asked(question.want)
        seen = []
        for message, array in question.mistakes:
            numbers, _ = questions.asked(array)
            right, words = questions.judge(question, rounded(array))
            if len(numbers) == len(want) and not right and np.abs(numbers).max() > 0:
                same = [one for one, other in seen if np.allclose(np.abs(other), np.abs(numbers), rtol=0.02)]
                assert any(one in words for one in [message, *same]), (question.prompt, words)
                seen.append((message, numbers))
            _tells_nothing(words, want, typed=rounded(array))
        _tells_nothing(question.hint, want)


def _tells_nothing(words, want, typed=""):
    shown = {formulas.number(value) for value in want if abs(value) not in (0, 1, 2, 3, 4)}
    assert not shown & (set(re.findall(r"-?\d[\d.e-]*", words)) - set(re.findall(r"-?\d[\d.e-]*", typed)))


def test_sign_factor_order_and_count_are_told_too():
    question = questions.Question("δ", np.array([0.5, -1.25, 2.0]), (), "")
    said = {
        answer: questions.judge(question, answer)[1]
        for answer in [
            "-0.5, 1.25, -2",
            "1, -2.5, 4",
            "2, 0.5, -1.25",
            "0.5, -1.25",
            "0.5, 1.25, 2",
            "9, 8, 7",
            "0.85 -2.125 3.4",
        ]
    }
    assert list(said.values()) == [
        "all signs are wrong",
        "they are all 2 times what is wanted",
        "the numbers are right, and stand in the wrong order",
        "2 numbers came, and 3 numbers are wanted",
        "2 of 3 are right; number 2 is not: its sign is wrong",
        "0 of 3 are right; number 1 is not",
        "they are all off by one and the same factor",
    ]
    one = questions.Question("δ", np.array([-0.34]), (), "")
    assert questions.judge(one, "0.34") == (False, "the sign is wrong")
    assert questions.judge(one, "-0.68") == (False, "it is 2 times what is wanted")
    assert questions.judge(one, "-0.3") == (False, "the sign is right, the size is not")
    assert questions.judge(one, "7") == (False, "that is not it")


def test_a_small_number_with_the_wrong_sign_is_wrong():
    question = questions.Question("δ", np.array([1.0, 0.0008, 0.0]), (), "")
    assert questions.judge(question, "1, 0.0009, 0.0001") == (True, "that is it")
    assert questions.judge(question, "1, -0.0001, 0") == (False, "2 of 3 are right; number 2 is not")


def test_a_transposed_gradient_is_told():
    stepper = make("two layers, square")
    question = next(step.question for step in stepper.steps if step.operation == "linear.input")
    delta, W = stepper_arrays()
    assert "transposed" in questions.judge(question, rounded(delta @ W.T))[1]


def stepper_arrays():
    """delta and W of the last layer of "two layers, square"."""
    network, params, x, loss, target = NETWORKS["two layers, square"]()
    _, deltas = layers.trace(network, params, x, loss, target)
    return deltas[-1], params[-1][0]


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("0.5 -2 1e-3", [0.5, -2, 0.001]),
        ("[0.5, −2]", [0.5, -2]),
        ("0.5; 2", [0.5, 2]),
        ("-0.3*(1 - 0.3)", [-0.21]),
        ("exp(0), 2^3", [1, 8]),
        ("sigmoid(0) - 1", [-0.5]),
        ("1/4 , tanh(0)", [0.25, 0]),
        ("7", [7]),
        ("- 0.5", [-0.5]),
    ],
)
def test_answers_may_be_small_calculations(answer, numbers):
    assert questions.read(answer) == pytest.approx(numbers)


@pytest.mark.parametrize(
    "answer",
    [
        "x",
        "1,,a",
        "__import__('os')",
        "1/0",
        "nan",
        "inf",
        "9**9**9**9",
        "(" * 500,
        "exp(1, 2)",
        "'a'*9",
        "1 if 1 else 2",
        "5 % 2",
        "7//2",
        "~1",
        "2 @ 3",
    ],
)
def test_what_is_no_number_is_refused_in_words(answer):
    right, words = questions.judge(questions.Question("δ", np.array([1.0]), (), ""), answer)
    assert not right and "want" in words


@every
def test_a_right_answer_moves_on_and_all_of_them_reach_the_goal(stepper):
    stepper.set(step=stepper.walk.forward, turn="gradient")
    for number in range(stepper.walk.forward, len(stepper.steps)):
        stepper.register.click()
        assert "Not yet" in stepper.verdict.value
        stepper.controls["answer"].value = rounded(stepper.steps[number].question.want)
        assert stepper.values["step"] == number + 1 and stepper.values["answer"] == ""
        assert "Right:" in stepper.comment.value
    stepper.register.click()
    assert "Right:" in stepper.verdict.value
    stepper.set(step=0, turn="off")


def answer(stepper, number):
    stepper.controls["answer"].value = rounded(stepper.steps[number].question.want)


def test_numbers_between_units_stand_in_gaps_and_only_the_unit_at_work_shows_gradients():
    stepper = Stepper(*xor())
    drawing = stepper._drawing
    inches = drawing.ax.transData.inverted()
    for number, step in enumerate(stepper.steps, 1):
        stepper.set(step=number)
        seen = [
            key for (side, key), text in drawing.texts.items()
            if side == "below" and isinstance(key, int) and text.get_text()
        ]  # fmt: skip
        assert set(seen) == {k for side, k in step.shows if side == "below" and isinstance(k, int)}
        boxes = [text.get_window_extent().transformed(inches) for text in drawing.numbers if text.get_text()]
        for _, line, _ in drawing.lines.values():
            path = line.get_path()
            drawn = path.vertices[1:][path.codes[1:] == path.LINETO]
            assert len(drawn) > 10 and not any(box.contains(*point) for box in boxes for point in drawn)
    zero = [place for place in stepper.walk.places if place.key.startswith("bias")]
    assert [place.label for place in zero] == ["0", "0"]
    assert all(stepper.walk.start["above", place.key] == "a = 1" for place in zero)


@pytest.mark.parametrize("units", [True, False])
def test_labels_stay_in_their_boxes(units):
    drawing = Stepper(*xor(), units=units)._drawing
    inches = drawing.ax.transData.inverted()
    for text in drawing.ax.texts:
        for place in stepper_places(drawing, text):
            box, label = drawing.patches[place].get_extents(), text.get_window_extent()
            assert box.transformed(inches).width > label.transformed(inches).width
            assert box.transformed(inches).height > label.transformed(inches).height


def stepper_places(drawing, text):
    """The node that a text labels, as a list of one or none."""
    words = text.get_text().replace("\n", " ")
    return [
        place.key for place in drawing.walk.places
        if place.label == words and np.hypot(*np.subtract(drawing.at[place.key], text.get_position())) < 0.05
    ]  # fmt: skip


def test_the_first_step_back_says_what_is_compared_with_the_target():
    text = Stepper(*xor()).text()
    assert "δ₅ = sigmoid(s₅) - y = " in text and "δ = a - y, a = σ(s)" in text
    classes = make("softmax classifier").text("GBC")
    assert "GBC 6.5.9, unnumbered: ∂J/∂z_i = q_i - p_i, q = softmax(z), p the target" in classes


def test_the_seed_of_a_graph_is_no_step_to_find():
    stepper = make("x^2 (x + y)")
    stepper.set(step=4, turn="gradient")
    for number in range(4, len(stepper.steps)):
        answer(stepper, number)
    stepper.register.click()
    assert "3 of 3 steps" in stepper.verdict.value


def test_play_stops_at_an_open_question_and_the_goal_names_the_steps_that_are_missing():
    stepper = Stepper(*xor())
    stepper.set(turn="gradient")
    stepper.player.playing = True
    for _ in range(20):
        stepper.drive("tick")
    assert stepper.values["step"] == stepper.walk.forward and not stepper.player.playing
    assert f"step {stepper.walk.forward + 1} is yours" in stepper.comment.value
    answer(stepper, stepper.values["step"])
    stepper.drive("step")
    assert "not counted as yours" in stepper.comment.value
    first = stepper.walk.forward + 2
    stepper.register.click()
    assert f"missing: {first} to 12" in stepper.verdict.value
    answer(stepper, stepper.values["step"])
    stepper.register.click()
    assert f"missing: {first}, {first + 2} to 12" in stepper.verdict.value


@every
def test_the_line_just_solved_stands_above_the_next_question(stepper):
    stepper.set(step=stepper.walk.forward, turn="gradient")
    answer(stepper, stepper.walk.forward)
    solved = stepper.steps[stepper.walk.forward].numbers
    heard = stepper.picture.readout
    assert all(formulas.spoken(line) in heard for line in solved)
    assert heard.index(formulas.spoken(solved[-1])) < heard.index("Enter ")
    stepper.set(step=0, turn="off")


def test_an_answer_where_nothing_is_asked_is_refused_and_none_waits_for_a_later_question():
    stepper = Stepper(*xor())
    for turn, step, words in [
        ("off", 9, "choose “your turn” first"),
        ("gradient", 2, f"go on to step {stepper.walk.forward}"),
        ("gradient", 12, "the last step"),
    ]:
        stepper.set(step=step, turn=turn)
        stepper.controls["answer"].value = "0.5"
        assert words in stepper.comment.value and stepper.values["answer"] == ""
    stepper.set(step=8)
    stepper.controls["answer"].value = "77"
    assert stepper.values["answer"] == "77"
    stepper.controls["step"].value = 9
    assert stepper.values["answer"] == "" and stepper.comment.value == ""


def test_what_is_rounded_too_much_is_called_close():
    one = questions.Question("δ", np.array([0.1255]), (), "")
    assert questions.judge(one, "0.13") == (False, "close: give three digits")
    three = questions.Question("δ", np.array([0.5, -1.25, 0.1255]), (), "")
    said = "2 of 3 are right; number 3 is not: close, give three digits"
    assert questions.judge(three, "0.5 -1.25 0.13") == (False, said)
    assert questions.judge(three, "0.5") == (False, "1 number came, and 3 numbers are wanted")


def test_the_minus_of_a_difference_is_told():
    x, y = Node(2.0, name="x"), Node(3.0, name="y")
    step = next(one for one in Stepper.of((x - y) * 8).steps if "u₁ = x - y" in one.title and one.question)
    assert questions.judge(step.question, "-8, 8") == (False, "the minus belongs to the other input")
    assert questions.several(step.question.prompt) and not questions.several("δ¹ (2, 3)")


def test_a_wrong_answer_stays_and_says_why_in_the_picture_and_beside_it():
    stepper = Stepper(*xor())
    stepper.set(step=8, turn="gradient")
    before = stepper.picture.png
    stepper.controls["answer"].value = "0.2574"  # tanh'(s) with x = (1, 0)
    slope = 1 - np.tanh(1.2 - 0.7 * 0.4 + 0.1) ** 2
    stepper.controls["answer"].value = f"{slope:.4f}"
    assert stepper.values["step"] == 8 and not stepper.answered
    assert "the upstream gradient is forgotten" in stepper.comment.value
    assert "the upstream gradient is forgotten" in stepper.picture.readout
    assert stepper.picture.png != before
    stepper.set(turn="local derivative", answer="")  # the same numbers are right there
    stepper.controls["answer"].value = f"{slope:.4f}"
    assert stepper.values["step"] == 9


def test_a_hint_helps_with_the_step_at_hand_and_asks_for_a_turn_first():
    stepper = Stepper(*xor())
    stepper.helper.click()
    assert "Choose “your turn”" in stepper.comment.value
    stepper.set(step=8, turn="gradient")
    stepper.helper.click()
    assert "Bring down the deltas from above" in stepper.comment.value


def test_back_goes_one_step_back_and_stops_at_the_start():
    stepper = Stepper(*softmax_classifier())
    assert stepper.player.back
    stepper.set(step=2)
    for want in (1, 0, 0):
        stepper.drive("back")
        assert stepper.values["step"] == want


# ---------------------------------------------------------------- equations


@pytest.mark.parametrize("operation", equations.EQUATIONS)
def test_each_operation_has_five_books_a_number_or_a_dash_and_a_formula_that_can_be_drawn(operation):
    assert list(equations.EQUATIONS[operation]) == equations.BOOKS
    figure = plt.figure()
    for book in equations.BOOKS:
        formula, source = equations.equation(operation, book)
        assert re.search(r"\d", source) or source.endswith((", unnumbered", equations.NONE))
        assert formula or source == equations.NONE
        figure.text(0, 0, equations.mathtext(formula))
        assert not re.search(r"[\\{}$]", equations.plain(formula))
    figure.canvas.draw()
    plt.close(figure)


def test_the_letters_of_a_formula_count_as_the_book_counts():
    at = {"layer": 1, "depth": 2, "f": "tanh"}
    assert equations.here("activation.back", "DLNN", **at) == "l = 2, f = tanh"
    assert equations.here("activation.back", "GBC", **at) == "k = 1, f = tanh"
    assert equations.here("activation.back", "MEDL", **at) == "l = 1, σ = tanh"
    assert equations.here("linear.input", "DLNN", layer=2) == "l = 2"
    assert equations.here("linear.input", "MEDL", layer=2) == "l = 1"
    assert equations.here("unit.delta", "DLNN", layer=1, unit=3, f="tanh") == "j = 3, f = tanh"


def test_formulas_in_plain_text_can_be_read():
    plain = {
        operation: equations.plain(equations.equation(operation, "DLNN")[0])
        for operation in equations.EQUATIONS
    }
    assert plain["activation.back"] == "δ^[l-1]T = δ^[l]T W^[l] diag(f'(s^[l-1]))"
    assert plain["unit.delta"] == "δ_j = f'(s_j) Σ_i δ_i w_ij"
    assert plain["unit.weights"] == "∂L/∂w_ij = δ_i a_j"


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        (0.25, ["0.25"]),
        (np.array([1.0, -20.5]), ["[1 -20.5]"]),
        (np.eye(2), ["[1 0]", "[0 1]"]),
        (np.zeros((2, 7)), ["[0 0 0 0 ...]"] * 2),
        (-1e-20 * np.ones(1), ["[-1.00e-20]"]),
        (np.ones((1, 2, 3)), ["array (1, 2, 3)"]),
    ],
)
def test_matrices_become_lines(array, lines):
    assert formulas.matrix(array) == lines


def test_a_screen_reader_hears_a_matrix_row_by_row_in_its_place():
    (block,) = formulas.filled(
        "s =", np.array([[1.0, -2.0], [0.5, 3.0]]), "·", np.array([[4.0], [5.0]]), "+", np.ones(1)
    )
    assert block == "s = [  1 -2] · [4] + [1]\n    [0.5  3]   [5]"
    assert formulas.spoken(block) == "s = [1 -2; 0.5 3] · [4; 5] + [1]"


def test_a_step_is_plain_data():
    step = make("XOR").steps[8]
    assert json.dumps(
        [step.phase, step.title, step.operation, step.at, step.shapes, step.numbers, step.current]
    )
