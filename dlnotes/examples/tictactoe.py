"""Tic-tac-toe as AlphaGo Zero plays Go: a network proposes, a tree search improves, self-play teaches.

A board is a tuple of nine places, row by row, as the side to move sees it: 1 its own stone, -1 the other
side's, 0 empty.

outcome, play, legal               the rules
planes, NET, parameters, player    boards as images, and a network that answers with a policy and a value
simulate, search                   Monte Carlo tree search
self_play, game_loss               what a game teaches, and the risk of a network on it

The ten moves are the nine places and *pass*, which is never legal here.
Silver et al. 2017; Strang VII.2, VII.4
"""

from functools import partial

import numpy as np

from dlnotes import arguments, initialization, losses
from dlnotes.convolution import conv2d
from dlnotes.layers import chain, flatten, linear, relu, residual

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
CURIOSITY = 1.5  # how much the network's liking and a lack of visits count against the values found so far

_conv = partial(conv2d, padding=1)
NET = chain(_conv, relu, residual(chain(_conv, relu, _conv)), relu, flatten, linear)
CHANNELS = 8


# ---------------------------------------------------------------- rules


def outcome(board):
    """-1 if the side to move has lost, 0 for a draw, None while the game goes on."""
    if any(board[a] + board[b] + board[c] == -3 for a, b, c in LINES):
        return -1
    return None if 0 in board else 0


def play(board, move):
    """The board behind a move, as the other side sees it."""
    if move not in range(9) or board[move]:
        raise ValueError(f"move: got {move}, want an empty place of {board}")
    return tuple(-1 if at == move else -stone for at, stone in enumerate(board))


def legal(board):
    """Which of the ten moves may be made (10,)."""
    return np.append(np.array(board) == 0, False)  # no pass


# ---------------------------------------------------------------- the network


def planes(boards):
    """Boards as images (n, 2, 3, 3): own stones, and the other's."""
    boards = np.reshape(boards, (-1, 3, 3))
    return np.stack([boards == 1, boards == -1], axis=1).astype(float)


def parameters(rng):
    """Random parameters for `NET`: He's, the block at the identity.

    `NET` makes of images (n, 2, 3, 3) the scores of ten moves and the value before its tanh, (n, 11).
    """
    he, square = partial(initialization.he, rng, kernel=(3, 3)), {"kernel": (3, 3)}
    block = he(CHANNELS, CHANNELS), (), initialization.zeros(rng, CHANNELS, CHANNELS, **square)
    return he(2, CHANNELS), (), block, (), (), initialization.lecun(rng, 9 * CHANNELS, 11)


def player(params):
    """evaluate(board) -> probabilities p (10,) of the legal moves, and the value in (-1, 1)."""

    def evaluate(board):
        (output,), _ = NET(planes(board), params)
        may = legal(board)
        p = np.exp(output[:10] - output[:10][may].max(), where=may, out=np.zeros(10))
        return p / p.sum(), np.tanh(output[10])

    return evaluate


# ---------------------------------------------------------------- search


def simulate(board, tree, evaluate):
    """One game in thought: down the tree, to its end or to a board not seen before.

    Returns its value for the side to move at `board`, and writes into the tree, {board: (p, visits,
    sums)}: how often each move was tried there, and the sum of the values that it brought.
    """
    if (result := outcome(board)) is not None:
        return result
    if board not in tree:  # a new leaf: ask the network
        p, value = evaluate(board)
        tree[board] = p, np.zeros(10), np.zeros(10)
        return value
    p, visits, sums = tree[board]
    score = sums / np.maximum(visits, 1) + CURIOSITY * p * np.sqrt(visits.sum() + 1) / (1 + visits)
    move = int(np.where(legal(board), score, -np.inf).argmax())
    value = -simulate(play(board, move), tree, evaluate)  # the other side's loss is a win
    visits[move], sums[move] = visits[move] + 1, sums[move] + value
    return value


def search(board, evaluate, simulations):
    """How often each move (10,) was tried at `board`, and the mean value Q (10,) of each."""
    arguments.counts(simulations=simulations)
    if outcome(board) is not None:
        raise ValueError(f"board: got {board}, where the game is over")
    tree = {}
    for _ in range(1 + simulations):  # the first one only asks the network about `board`
        simulate(board, tree, evaluate)
    _, visits, sums = tree[board]
    return visits, sums / np.maximum(visits, 1)


# ---------------------------------------------------------------- self-play


def self_play(evaluate, rng, simulations=30):
    """The positions of one game against itself: pairs of a board and its target (11,).

    Moves are drawn as often as the search visited them.  A target is that policy, and the result z for the
    side to move: 1, 0 or -1.
    """
    board, seen = (0,) * 9, []
    while outcome(board) is None:
        visits, _ = search(board, evaluate, simulations)
        seen.append((board, visits / simulations))
        board = play(board, rng.choice(10, p=visits / simulations))
    z, moves = outcome(board), len(seen)  # z of the side that would move next
    return [(board, np.append(pi, z * (-1) ** (moves - at))) for at, (board, pi) in enumerate(seen)]


def game_loss(output, target):
    """Cross-entropy of the moves plus the squared error of the value: output (n, 11), target (n, 11)."""
    risk, delta = losses.cross_entropy(output[:, :10], target[:, :10])
    value = np.tanh(output[:, 10])
    error = value - target[:, 10]
    return risk + np.mean(error**2), np.c_[delta, 2 * error * (1 - value**2) / len(error)]
