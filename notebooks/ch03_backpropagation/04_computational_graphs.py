# %% [markdown]
# # Computational graphs
#
# Every formula is a graph of small steps; one walk back through it gives the derivative by everything in it.
#
# **After this notebook you can**
#
# - draw a formula as a graph, and say how deep it is;
# - run both sweeps by hand: values forward, gradients backward, added where paths meet;
# - build a tape that differentiates whatever you write in NumPy.
#
# 70 minutes in two sittings, 40 for the text and 30 for the exercises · the break is before *The tape* · before this:
# [Deep networks](03_deep_networks.ipynb)
#
# DLNN – · GBC 1, 6.5 · Strang VII.3 · EE147 Backpropagation · MEDL –
#
# | in the books | here | what it is |
# |---|---|---|
# | $u^{(i)}$ (GBC), $q$ (EE147) | node, `Node` | a variable of the graph, input or computed |
# | $Pa(u^{(i)})$ (GBC) | `parents` | the nodes that a node is computed from |
# | operation (GBC), gate (EE147) | `op` | how it is computed from them |
# | op.bprop (GBC), local times upstream (EE147) | `back` | its pullback: gradients for its parents |
# | grad_table (GBC), adjoint (Strang) | `grad` | derivative of the last node by this one |

# %%
import matplotlib.pyplot as plt
import numpy as np
from dlnotes import autodiff, layers, live, losses, plots, verify
from dlnotes.exercises import check, hint, use

# %%
Node, backward, lift = autodiff.Node, autodiff.backward, autodiff.lift
rng = np.random.default_rng(3)

# %% [markdown]
# ## A formula is a graph
#
# A *node* is a variable. It is an input, or one operation makes it from other nodes, its *parents*. Whoever uses a node
# is its *consumer*. Here a graph is a dictionary, read from lines such as `u = + a b`. These are the four examples of
# GBC Figure 6.8; inputs are tinted.


# %% tags=["covers:computational-graph"]
def parse(text):
    """{node: (op, parents)} from "node = op parent parent; ..."; what no line makes is an input."""
    graph = {}
    for line in text.split(";"):
        node, _, op, *parents = line.split()
        for each in parents:
            graph.setdefault(each, ("", ()))
        graph[node] = op, tuple(parents)
    return graph


product = parse("z = × x y")
logistic = parse("u1 = dot x w ; u2 = + u1 b ; y = σ u2")
relu_layer = parse("U1 = @ X W ; U2 = + U1 b ; H = relu U2")
decay = parse("y = dot x w ; u1 = ^2 w ; u2 = sum u1 ; u3 = × u2 λ")


# %% tags=["covers:computational-graph"]
def draw_graph(graph, ax):
    number = {node: k for k, node in enumerate(graph)}
    parents = [[number[each] for each in made_of] for _, made_of in graph.values()]
    plots.graph(parents, [op or node for node, (op, _) in graph.items()], ax=ax, radius=17)


figure, axes = plt.subplots(2, 2, figsize=(8, 4.4))
titles = ["a product", "logistic regression", "a ReLU layer", "prediction and weight decay"]
for ax, graph, title in zip(axes.flat, [product, logistic, relu_layer, decay], titles, strict=True):
    draw_graph(graph, ax)
    ax.set_title(title)
plots.show(
    figure, "The four example graphs: product, logistic regression, ReLU layer, weight decay"
)

# %% [markdown]
# In the last graph two arrows leave `w`: it makes the prediction, and it is decayed. Such a node will need care on the
# way back. Nothing has to be stored for that: who consumes a node can be read off the parents.


# %% tags=["covers:computational-graph"]
def consumers(graph):
    """{node: [(consumer, slot), ...]}: a node that stands twice in an operation is listed twice."""
    edges = [(each, node, k) for node, (_, made) in graph.items() for k, each in enumerate(made)]
    return {node: [(user, k) for each, user, k in edges if each == node] for node in graph}


users = consumers(decay)
for node, (op, parents) in decay.items():
    who = ", ".join(user for user, _ in users[node])
    print(f"{node:2}  op: {op or 'input':6}  parents: {', '.join(parents):4}  consumers: {who}")
verify.claim("GBC Fig 6.8 (d)", "w has two consumers", len(users["w"]) == 2)

# %% [markdown]
# ## How deep is it?
#
# *Depth* is the number of operations on the longest path from an input to the output. It depends on what you take for
# one operation. A logistic regression is three operations deep if you may multiply, add and squash, and one deep if
# logistic regression itself is an operation: GBC Figure 1.3. A third graph is deep in another sense. It looks for eyes
# and for a face, and each helps to find the other. Two concepts, but look at them $n$ times in turn and the graph is
# $2n$ deep.


# %% tags=["covers:graph-depth"]
def depth(graph):
    longest = {}
    for node, (_, parents) in graph.items():
        longest[node] = 1 + max(longest[each] for each in parents) if parents else 0
    return max(longest.values())


small_steps = parse("a = × w1 x1 ; b = × w2 x2 ; s = + a b ; y = σ s")
one_step = parse("y = σ(w·x) w1 x1 w2 x2")
eyes = ["e1 = eyes image ; f1 = face e1"]
eyes += [f"e{n} = eyes f{n - 1} image ; f{n} = face e{n}" for n in (2, 3)]
verify.equation("GBC Fig 1.3, depth with ×, + and σ", depth(small_steps), 3)
verify.equation("GBC Fig 1.3, depth with logistic regression", depth(one_step), 1)
for n in (1, 2, 3):
    verify.equation(
        f"GBC 1, two concepts, refined {n} x", depth(parse(" ; ".join(eyes[:n]))), 2 * n
    )

# %% tags=["covers:graph-depth"]
figure, axes = plt.subplot_mosaic("AAB;CCC", figsize=(8, 5.2), height_ratios=[3, 2])
unrolled = parse(" ; ".join(eyes))
for ax, graph in zip(axes.values(), [small_steps, one_step, unrolled], strict=True):
    draw_graph(graph, ax)
    ax.set_title(f"depth {depth(graph)}")
plots.show(figure, "Three graphs of depth 3, 1 and 6: count the arrows on the longest path")

# %% [markdown]
# ## Forward: parents first
#
# The graph of $F = x^2 (x + y)$, Strang VII.3, has $c = x^2$ and $s = x + y$ between inputs and output. To run it,
# visit the nodes in an order in which parents come first, and apply to the parents' values the operation *of that
# node*, $u^{(i)} = f^{(i)}(\mathbb{A}^{(i)})$: GBC Algorithm 6.1. There are several such orders. Does it matter which?

# %% tags=["covers:scalar-forward-algorithm"]
from itertools import permutations

f = {"+": lambda a, b: a + b, "×": lambda a, b: a * b, "^2": lambda a: a**2}


def run_graph(graph, inputs):
    """The value of every node.      GBC Algorithm 6.1"""
    u = dict(inputs)
    for node, (op, parents) in graph.items():
        if parents:
            u[node] = f[op](*[u[each] for each in parents])
    return u


def parents_first(order, graph):
    return all(order.index(each) < order.index(node) for node in order for each in graph[node][1])


# %% tags=["covers:scalar-forward-algorithm", "covers:example-graph-x2-x-plus-y"]
F = parse("c = ^2 x ; s = + x y ; F = × c s")
values = run_graph(F, {"x": 2.0, "y": 3.0})
orders = [order for order in permutations(F) if parents_first(order, F)]
outputs = [run_graph({node: F[node] for node in o}, {"x": 2.0, "y": 3.0})["F"] for o in orders]

print(values)
verify.equation("Strang VII.3, F(2, 3)", values["F"], 20)
verify.equation(f"GBC Alg 6.1, all {len(orders)} orders of 120 that it allows", outputs, 20)

# %% [markdown]
# ## Backward: one gradient at a time
#
# All five orders give 20: a value depends on the parents alone. Now the question of the whole chapter: how does $F$
# answer to a nudge of each node? Go through the nodes the other way around. The last one moves by itself: gradient 1.
# Every other node collects from its consumers, each time *the consumer's gradient times the slope of that operation*,
# the *upstream* gradient times the *local* one (EE147 Figure 12).
#
# **Predict, then step.** The figure opens when the five steps forward are done; turn it back to 0 to see them. The next
# five go back. A small number on an edge is what has been sent back along it.


# %% tags=["live", "covers:example-graph-x2-x-plus-y", "covers:scalar-backprop-algorithm"]
def strang(x, y):
    """Both sweeps through x^2 (x + y), as lists; `Node` and the walk back are opened below."""
    x, y = Node(x, name="x"), Node(y, name="y")
    c, s = x**2, x + y
    F = c * s
    c.name, s.name, F.name = "c", "s", "F"
    return autodiff.record(F)


live.computational_graphs.sweeps(strang)

# %% [markdown]
# At $x$ two gradients met, one by way of $c = x^2$ and one by way of $s = x + y$. When the sweep arrives at a node, all of its
# consumers are done: that is why the order is reversed. As a program this is GBC (6.49) and Algorithm 6.2. It fills a
# table, `grad_table`, and the counter shows what it costs: one multiplication for each edge, and each edge once.

# %% tags=["covers:scalar-backprop-algorithm"]
slopes = {"+": lambda a, b: (1, 1), "×": lambda a, b: (b, a), "^2": lambda a: (2 * a,)}


def gradients(graph, u):
    """grad_table, and the edges in the order of the walk.      GBC Algorithm 6.2"""
    *others, last = graph
    grad_table, walked = {last: 1.0}, []
    for j in reversed(others):
        grad_table[j] = 0.0
        for i, slot in consumers(graph)[j]:
            op, parents = graph[i]
            local = slopes[op](*[u[each] for each in parents])[slot]
            grad_table[j] += grad_table[i] * local
            walked.append((j, i, slot))
    return grad_table, walked


# %% tags=["covers:scalar-backprop-algorithm", "covers:example-graph-x2-x-plus-y"]
grad_table, walked = gradients(F, values)
print(grad_table)
edges = [(each, node, k) for node, (_, made) in F.items() for k, each in enumerate(made)]
verify.claim("GBC 6.5.3", "each edge is visited exactly once", sorted(walked) == sorted(edges))
verify.equation("Strang VII.3, dF/dx and dF/dy", [grad_table["x"], grad_table["y"]], [24, 4])
numeric = verify.gradient(lambda v: run_graph(F, {"x": v[0], "y": v[1]})["F"], np.array([2.0, 3.0]))
both = [grad_table["x"], grad_table["y"]]
verify.equation("here, by central differences", both, numeric, tolerance=1e-8)

# %% [markdown]
# **Your turn.** Strang's next problem is $x^3 (x - y)$ at $x = 2$, $y = 3$. (It prints "$x = 2$ and $x = 3$".) Go
# forward to step 3, where the way forward ends, set *your turn* to *gradient*, and work out each step back before you
# look. With *local derivative* you are asked for the slope on the edge alone.

# %% tags=["live", "covers:example-graph-x2-x-plus-y"]
x, y = Node(2.0, name="x"), Node(3.0, name="y")
c, s = x**3, x - y
live.Stepper.of(c * s, names={"c": c, "s": s}, book="GBC", still=4)

# %% tags=["covers:example-graph-x2-x-plus-y"]
backward(c * s)
verify.equation("Strang VII.3.5, x^3 (x - y)", (c * s).value, -8)
verify.equation("Strang VII.3.6, by x and by y", [x.grad, y.grad], [-4, -8])

# %% [markdown]
# ## Three gates
#
# EE147 calls the operations *gates*. One look at a gate tells what it does to the gradient. Play before you read on.


# %% tags=["live", "covers:worked-scalar-graphs"]
def gate_example(x, y, z):
    x, y, z = Node(x, name="x"), Node(y, name="y"), Node(z, name="z")
    return autodiff.record((x + y) * z)


live.computational_graphs.gates(gate_example)

# %% [markdown]
# An *add* gate hands the upstream gradient $g$ to both of its inputs unchanged. A *multiply* gate switches: each input
# gets $g$ times the other input. A *max* gate routes: the winner gets $g$, the loser nothing, because nudging the loser
# changes nothing. In this package's form, a gate is a function that returns its output and the way back.


# %% tags=["covers:add-gate", "covers:multiply-gate", "covers:max-gate"]
def add_gate(x, y):
    return x + y, lambda g: (g, g)


def multiply_gate(x, y):
    return x * y, lambda g: (y * g, x * g)


def max_gate(x, y):
    return max(x, y), lambda g: (g * (x > y), g * (y > x))


x, y, g = 2.5, -1.5, 0.7
verify.equation("EE147 add gate: (g, g)", add_gate(x, y)[1](g), [g, g])
verify.equation("EE147 multiply gate: (y g, x g)", multiply_gate(x, y)[1](g), [y * g, x * g])
verify.equation("EE147 max gate: all to the winner", max_gate(x, y)[1](g), [g, 0])

# %% tags=["covers:worked-scalar-graphs", "covers:add-gate", "covers:multiply-gate"]
w, back_w = add_gate(2.0, 3.0)
L, back_L = multiply_gate(w, 4.0)
dw, dz = back_L(1.0)
dx, dy = back_w(dw)
verify.equation("EE147 Fig 11, by z, w, x and y", [dz, dw, dx, dy], [5, 4, 4, 4])

# %% [markdown]
# Where the two inputs of a max gate are equal, there is no slope: a nudge up moves the maximum, a nudge down does not.
# EE147's rule then gives 0 to both. PyTorch gives one half to each, and so do Nodes here. Neither is wrong; know which
# one you have.

# %% tags=["covers:max-gate"]
import torch

one, other = torch.tensor(2.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
torch.maximum(one, other).backward()
x, y = Node(2.0), Node(2.0)
backward(np.maximum(x, y))
verify.equation("EE147, a tie", max_gate(2.0, 2.0)[1](1.0), [0, 0])
verify.equation("PyTorch, a tie", [one.grad, other.grad], [0.5, 0.5])
verify.equation("here, a tie", [x.grad, y.grad], [0.5, 0.5])

# %% [markdown]
# ### Exercise 1 · a max gate with many inputs
#
# Now with as many inputs as you like, and many samples at once: each row of `x` competes for its own `dy`. Keep EE147's
# rule for ties. Stuck? `hint(max_gate_back)`, in a cell of your own, helps.


# %% tags=["exercise:max_gate_back"]
def max_gate_back(x, dy):
    """The gradient dx (n, k), where y (n,) is the largest entry of each row of x (n, k); dy (n,).

    The winner of a row gets its dy, the others 0.  Without a single winner all get 0, as in EE147.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:max_gate_back"]
check(max_gate_back)

# %% [markdown]
# ## Where paths meet, gradients add up
#
# Copy $x$ into $q_1$ and $q_2$, and let $L = q_1 + q_2$. A nudge of $x$ reaches $L$ on two paths, so $L$ moves twice as
# far: $\partial L/\partial x = \sum_i (\partial q_i/\partial x)(\partial L/\partial q_i)$, EE147 Figure 14. The most
# common mistake of a home-made backpropagation is one character long: `=` where `+=` belongs.

# %% tags=["covers:converging-paths"]
f["copy"], slopes["copy"] = lambda a: a, lambda a: (1,)
fan_out = parse("q1 = copy x ; q2 = copy x ; L = + q1 q2")
square = parse("L = × x x")


def overwritten(graph, u, node):
    """What is left at `node` if the last consumer overwrites the others."""
    table, walked = gradients(graph, u)
    _, user, slot = [edge for edge in walked if edge[0] == node][-1]
    op, parents = graph[user]
    return table[user] * slopes[op](*[u[each] for each in parents])[slot]


for graph, name, want in [(fan_out, "L = q1 + q2", 2), (square, "L = x x", 2 * 1.5)]:
    u = run_graph(graph, {"x": 1.5})
    verify.equation(f"EE147 Fig 14, {name}", gradients(graph, u)[0]["x"], want)
    print(f"    with = in place of +=: {overwritten(graph, u, 'x')}")

# %% [markdown]
# In $x \cdot x$ both paths run through *one* operation: $x$ stands in both of its slots. Each slot is an edge of its
# own. Keep that in mind for the next exercise.
#
# ### Exercise 2 · the sweep back
#
# Write Algorithm 6.2 for any graph. Nodes are numbers, 0 to $n - 1$, parents first; the local slopes are given.


# %% tags=["exercise:backward_sweep"]
def backward_sweep(parents, slopes):
    """The gradient of the last node with respect to every node: an array (n,).

    Node k was computed from the nodes parents[k], a tuple of numbers below k, () for an input; one
    node may stand there twice.  slopes[k][slot] is the local derivative of k by parents[k][slot].
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:backward_sweep"]
check(backward_sweep)

# %% [markdown]
# Once it passes, the cell below runs it on $F = x^2(x + y)$: nodes $x, c, y, s, F$.

# %%
sweep = use(backward_sweep)
print(sweep(((), (0,), (), (0, 2), (1, 3)), ((), (4.0,), (), (1.0, 1.0), (5.0, 4.0))))

# %% [markdown]
# ## The tape
#
# *A good place to begin the second sitting.*
#
# Writing graphs by hand is a chore. Let numbers do it: whenever two of them meet, the result notes its parents and the
# local slopes. The graph draws itself while you compute, like a tape that runs along. Here is a whole engine for
# numbers.


# %% tags=["covers:reverse-mode-tape"]
class Value:
    def __init__(self, value, *edges):
        self.value, self.edges, self.grad = value, edges, 0.0  # an edge: (parent, local slope)

    def __add__(self, other):
        return Value(self.value + other.value, (self, 1), (other, 1))

    def __mul__(self, other):
        return Value(self.value * other.value, (self, other.value), (other, self.value))

    def __pow__(self, n):
        return Value(self.value**n, (self, n * self.value ** (n - 1)))


# %% tags=["covers:reverse-mode-tape"]
def sin(x):
    return Value(np.sin(x.value), (x, np.cos(x.value)))


def exp(x):
    return Value(np.exp(x.value), (x, np.exp(x.value)))


def tape(node, nodes):
    """All nodes behind `node`, parents first: a dict keeps the order and knows what it has."""
    if node not in nodes:
        for parent, _ in node.edges:
            tape(parent, nodes)
        nodes[node] = f"v{len(nodes)}"
    return nodes


# %% [markdown]
# The walk back is three lines. What it needs from the way forward is in the *cache*: the slopes that each node kept.

# %% tags=["covers:reverse-mode-tape"]
x, y = Value(0.7), Value(-0.4)
L = sin(x * y) * exp(x) + x**3 * y
names = tape(L, {})
L.grad = 1.0
for node in reversed(names):
    for parent, slope in node.edges:
        parent.grad += node.grad * slope

for node, name in names.items():
    cache = ", ".join(f"d/d{names[parent]} = {slope:.3f}" for parent, slope in node.edges)
    print(f"{name}  value {node.value:6.3f}  grad {node.grad:6.3f}  cache: {cache}")

# %% tags=["covers:reverse-mode-tape"]
a, b = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (0.7, -0.4))
(torch.sin(a * b) * torch.exp(a) + a**3 * b).backward()
verify.equation("PyTorch's autograd", [x.grad, y.grad], [a.grad, b.grad])

# %% [markdown]
# `dlnotes.autodiff` is this engine for arrays. A `Node` keeps a pullback, `back`, instead of slopes, and understands
# NumPy: `np.exp(w @ x).sum()` runs on Nodes as it stands. `lift(layer)` puts any layer of this package on the tape. And
# the price? Count: an operation forward is a node, one backward is an edge.


# %% tags=["covers:reverse-mode-tape"]
def counts(parameters):
    """Operations forward and backward of sum_p sin(w_p)^2, one scalar Node for each parameter."""
    total = 0.0
    for w in rng.normal(size=parameters):
        total = np.sin(Node(w)) ** 2 + total
    nodes = [node for node in autodiff.order(total) if node.parents]
    return len(nodes), sum(len(node.parents) for node in nodes)


for P in (10, 100, 1000):
    ahead, back = counts(P)
    differences = (P + 1) * ahead
    print(f"P = {P:4}: forward {ahead:5}, backward {back:5}, by differences {differences:8}")
    verify.claim("EE147, GBC 6.5", "backward costs at most 2 forward", back <= 2 * ahead)

# %% [markdown]
# The gradient by *all* parameters costs no more than two evaluations of the function, however many parameters there
# are. Nudging them one by one costs $P + 1$ evaluations. This is why networks can be trained at all.
#
# ## Neurons, taken apart
#
# EE147 Figure 13 takes a sigmoid neuron apart down to `exp` and `1 +`. Each node knows only its own rule.

# %% tags=["live", "covers:worked-scalar-graphs"]
letters = ["$w_0$", "$x_0$", "$w_1$", "$x_1$", "$w_2$"]


def neuron(**inputs):
    nodes = [Node(value, name=name) for name, value in zip(letters, inputs.values(), strict=True)]
    w0, x0, w1, x1, w2 = nodes
    return autodiff.record(1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2))))


live.computational_graphs.neuron(neuron)

# %% [markdown]
# At the start you see the lecture's own example. Its gradients come out, and so does its shortcut: the four last nodes
# together are a sigmoid, whose slope is $f(1 - f)$. A graph has no fixed grain. Replace four small operations by a
# large one, and all other gradients stay what they are. The cell also takes apart softplus, $y = \log(1 + e^x)$, as
# Figure 15 does: $b = e^x$, $a = 1 + b$, $y = \log a$.

# %% tags=["covers:worked-scalar-graphs"]
run = neuron(w0=1.0, x0=-1.0, w1=2.0, x1=2.0, w2=-2.0)
inputs = [run["grads"][run["names"].index(name)] for name in letters]
want = [-0.1966, 0.1966, 0.3932, 0.3932, 0.1966]
verify.equation("EE147 Fig 13, w0 x0 w1 x1 w2", np.round(inputs, 4), want)
f_out = run["values"][-1]
verify.equation("EE147 Fig 13, the shortcut", inputs[-1], f_out * (1 - f_out))

x = Node(rng.normal(size=5))
b = np.exp(x)
a = 1 + b
backward(np.log(a), np.ones(5))
verify.equation("EE147 Fig 15, dy/da = 1/a", a.grad, 1 / a.value)
verify.equation("EE147 Fig 15, dy/db = 1/a", b.grad, 1 / a.value)
verify.equation("EE147 Fig 15, dy/dx = e^x/a = sigmoid", x.grad, layers.sigmoid(x.value)[0])

# %% [markdown]
# The next graph has it all: a neuron with a squared error and a decayed weight, $L + \lambda R$ with $L = (y - t)^2/2$
# and $R = w^2/2$ (EE147 Figure 18). Two paths meet at $w$.


# %% tags=["live", "covers:worked-scalar-graphs"]
def decayed(**inputs):
    names = dict(zip(inputs, ["x", "w", "b", "t", "λ"], strict=True))
    x, w, b, t, lam = [Node(value, name=names[key]) for key, value in inputs.items()]
    y = lift(layers.sigmoid, name="σ")(w * x + b)
    return autodiff.record((y - t) ** 2 / 2 + lam * (w**2 / 2))


live.computational_graphs.weight_decay(decayed)

# %% [markdown]
# ### Exercise 3 · a printed list, repaired
#
# The solution in the lecture lists the gradients of this graph, and one of them, $\partial L_{reg}/\partial R = 1$, is
# wrong. Write the gradients of $w$ and $b$ as they should be.


# %% tags=["exercise:decayed_unit_gradients"]
def decayed_unit_gradients(x, w, b, t, lam):
    """The gradients (dw, db) of L + lam R: five numbers in, two out.

    z = w x + b,  y = sigmoid(z),  L = (y - t)^2 / 2,  R = w^2 / 2.  The lecture's list has
    dL_reg/dR = 1, which is wrong.  By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:decayed_unit_gradients"]
check(decayed_unit_gradients)

# %% [markdown]
# A tape has no printed list to copy from. Nudge $L$, and $L_{reg}$ moves as far; nudge $R$, and it moves how far?

# %% tags=["covers:worked-scalar-graphs"]
x, w, b, t, lam = [Node(value) for value in (2.0, 0.5, -1.5, 1.0, 0.25)]
L, R = (lift(layers.sigmoid)(w * x + b) - t) ** 2 / 2, w**2 / 2
backward(L + lam * R)
verify.equation("EE147 Fig 18, dL_reg/dL", L.grad, 1)
verify.equation("EE147 Fig 18, dL_reg/dR is lambda, not the printed 1", R.grad, lam.value)

# %% [markdown]
# ## A library of operations
#
# With arrays at the nodes an operation's *bprop rule* multiplies the upstream gradient by the Jacobian without ever
# building it: GBC (6.54). A dozen rules go a long way. Here each is held against central differences, with a random
# upstream gradient. Two deserve a look: the way back through a *broadcast* is a sum, and that through a *sum* is a
# broadcast.

# %% tags=["covers:op-bprop-library"]
A, B, row = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=3)
cross_entropy = autodiff.lift_loss(losses.cross_entropy)
library = {
    "add": (lambda a, b: a + b, A, row), "mul": (lambda a, b: a * b, A, row),
    "matmul": (lambda a, b: a @ b, A, B), "transpose": (lambda a: a.T, A),
    "exp": (np.exp, A), "log": (np.log, np.exp(A)), "tanh": (np.tanh, A),
    "relu": (lift(layers.relu), A), "sigmoid": (lift(layers.sigmoid), A),
    "sum": (lambda a: a.sum(axis=0), A), "broadcast": (lambda a: a + np.zeros((5, 3)), row),
    "cross_entropy": (lambda a: cross_entropy(a, np.arange(5) % 3), A),
}  # fmt: skip

# %% tags=["covers:op-bprop-library"]
for name, (function, x, *params) in library.items():
    print(name, end=": ")
    verify.layer(autodiff.as_layer(function), x, tuple(params), rng)

nodes, G = [Node(A), Node(B)], rng.normal(size=(5, 4))
backward(nodes[0] @ nodes[1], G)
verify.equation("GBC 6.5.6, matmul returns G B^T", nodes[0].grad, G @ B.T)
verify.equation("GBC 6.5.6, and A^T G", nodes[1].grad, A.T @ G)

# %% [markdown]
# ### Exercise 4 · a matrix that meets itself
#
# $C = A A^\top$ holds the inner products of all rows of $A$: kernels and attention are made of it. $A$ stands in it
# twice, once transposed. Put three things of this page together: the way back through a product, through a transpose,
# and where paths meet.


# %% tags=["exercise:gram_bprop"]
def gram_bprop(A, G):
    """The gradient dA (n, d) of C = A @ A.T, given G (n, n), the gradient with respect to C.

    A (n, d).  C holds the inner products of the rows of A.  G need not be symmetric.
    By hand, with NumPy alone.
    """
    raise NotImplementedError("your code here")


# %% tags=["check:gram_bprop"]
check(gram_bprop)

# %% [markdown]
# ## A classifier, step by step
#
# All of it together, one operation at a time: one sample, two inputs, three classes, softmax and cross-entropy. Watch
# what is remembered on the way forward, and where the way back uses it.

# %% tags=["live", "covers:op-bprop-library"]
W, b = np.array([[1.0, -0.5], [0.5, 1.0], [-1.0, 0.25]]), np.array([0.1, -0.2, 0.3])
one_sample, its_class = np.array([[0.8, -0.4]]), np.array([1])
data = one_sample, losses.cross_entropy, its_class
live.Stepper((layers.linear,), ((W, b),), *data, book="GBC", units=False)

# %% [markdown]
# ## Only what you ask for
#
# GBC's general engine (Algorithms 6.5 and 6.6) asks for the gradients of *some* nodes. To find one it asks the
# consumers for theirs, they ask their own, and a table remembers every answer, so that nothing is built twice. Only
# consumers on a path to the output count. As printed it fails twice; the comments mark the two repairs.


# %% tags=["covers:general-backprop-engine"]
def build_grad(node, users, table):
    """The gradient of the output with respect to `node`.      GBC Algorithm 6.6"""
    if node not in table:
        table[node] = np.zeros(node.shape)  # a node without a path to the output keeps it
        for consumer, slot in users.get(node, []):  # not one call for each consumer: for each slot
            D = build_grad(consumer, users, table)
            # back knows all inputs of the consumer, as in the full graph
            table[node] = table[node] + consumer.back(D)[slot]
    return table[node]


# %% tags=["covers:general-backprop-engine"]
x, unrelated = Node(3.0), Node(rng.normal(size=4))
z = x * x
table = {z: np.array(1.0)}
verify.equation("GBC 6.5.6, mul(x, x)", build_grad(x, autodiff.consumers(z), table), 2 * 3.0)
verify.equation("GBC Alg 6.6 as printed, once for each consumer", z.back(1.0)[0], 3.0)
nothing = build_grad(unrelated, autodiff.consumers(z), table)
verify.equation("GBC 6.5.6, a variable that is not connected", nothing, 0)

# %% [markdown]
# The other repair: $J = \sum \operatorname{relu}(XW)$, and only $W$ is asked for. The printed algorithm reads an
# operation's inputs from the *pruned* graph, in which only nodes between $W$ and $J$ are left. $X$ is not among them,
# but the gradient is $X^\top G$.

# %% tags=["covers:general-backprop-engine"]
X, W = Node(rng.normal(size=(5, 3)), name="X"), Node(rng.normal(size=(3, 4)), name="W")
U = X @ W
J = lift(layers.relu)(U).sum()
users, between = autodiff.consumers(J), {W}
for node in autodiff.order(J):
    if between & set(node.parents):
        between.add(node)
print("pruned graph:", ", ".join(node.name for node in autodiff.order(J) if node in between))
verify.claim("GBC Alg 6.6, as printed", "X is missing in it", X not in between and X in U.parents)

table = {J: np.array(1.0)}
dW = build_grad(W, users, table)
verify.equation("GBC Alg 6.6, repaired: X^T G", dW, X.value.T @ table[U])
verify.claim("GBC Alg 6.5", "nothing was built for X", X not in table)

# %% [markdown]
# ## The same in PyTorch
#
# A tape forgets nothing and confuses nothing: here one weight matrix is used three times in a row, the way a recurrent
# network will use it, and its three gradients add up. One difference: call `backward` twice and PyTorch *adds* to
# `grad`, ours starts afresh.

# %%
x, W, b = Node(rng.normal(size=(5, 3))), Node(rng.normal(size=(3, 3))), Node(rng.normal(size=3))
a = x
for _ in range(3):
    a = lift(layers.tanh)(lift(layers.linear)(a, W, b))
labels = rng.integers(0, 3, 5)
backward(cross_entropy(a, labels))

theirs = [torch.tensor(node.value, requires_grad=True) for node in (x, W, b)]
out = theirs[0]
for _ in range(3):
    out = torch.tanh(torch.nn.functional.linear(out, *theirs[1:]))
torch.nn.functional.cross_entropy(out, torch.tensor(labels)).backward()
for name, ours, tensor in zip("xWb", (x, W, b), theirs, strict=True):
    verify.equation(f"PyTorch, d{name}", ours.grad, tensor.grad)

# %% [markdown] tags=["question:ch03.computational_graphs.paths"]
# ### In your own words
#
# "The gradient of the loss by a weight is a sum over all paths from the weight to the loss: multiply the slopes along
# each path, and add up the products. So why all this fuss with tables and orders?" Is the first sentence true? Take
# twenty nodes in a row, each the sum of its predecessor with itself. How many paths are there, how many edges does the
# sweep walk, and what does it do differently?
#
# (Double-click this text and write below. No machine checks it.)
#
# *Your answer:*

# %% [markdown]
# ## What to remember
#
# - A node's gradient is collected from its consumers: upstream times local, once for each edge.
# - Add gates copy the gradient, multiply gates switch, max gates route; where paths meet, gradients add up.
# - One walk back costs about as much as two walks forward, for any number of parameters.
# - A tape is nothing but a list of pullbacks in the order in which they were made.
#
# ## Where the books differ
#
# - GBC (6.48) prints $f(\mathbb{A}^{(i)})$ for every node; each has an operation of its own, $f^{(i)}$, as Algorithm
#   6.1 says.
# - GBC Algorithm 6.2 starts with grad_table$[\partial u^{(n)}] \leftarrow 1$; the table is keyed by nodes, so it is
#   grad_table$[u^{(n)}]$. The text below it has the derivative on an edge upside down: $u^{(j)} \to u^{(i)}$ carries
#   $\partial u^{(i)}/\partial u^{(j)}$.
# - GBC Algorithm 6.6 reads inputs from the pruned graph (no $X$ for $X^\top G$), and calls bprop once for each consumer
#   ($x$ for $x \cdot x$ instead of $2x$). You saw both fail. For $C = AB$ it is get_operation$(C)$, of the result, that
#   is the product.
# - Strang's Problem VII.3.6 asks for derivatives "at $x = 2$ and $x = 3$"; it is $x = 2$, $y = 3$.
# - EE147 Figure 13 has lost its inputs: they are $w_0 = 1$, $x_0 = -1$, $w_1 = 2$, $x_1 = 2$, $w_2 = -2$. In Figure 15
#   the fractions are garbled: $1/a$, $1/a$, $e^x/a$. In Figure 18 it is $\partial L_{reg}/\partial R = \lambda$, and
#   $g$ is the gradient by $y$.
#
# **Next:** [Forward mode and adjoints](05_forward_mode_and_adjoints.ipynb) walks the same graphs in the other
# direction.
