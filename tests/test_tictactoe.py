"""Tic-tac-toe: its rules, the search that finds forced wins, self-play and its risk."""

from functools import cache

import numpy as np
import pytest

from dlnotes import verify
from dlnotes.examples import tictactoe
from dlnotes.examples.tictactoe import legal, outcome, play, search, self_play, simulate

EMPTY = (0,) * 9
TWO_CORNERS = (-1, 0, 0, 0, 1, 0, 0, 0, -1)  # of the other side: who takes a third one has lost


def moves(board):
    return [int(move) for move in np.flatnonzero(legal(board))]


@cache
def worth(board):
    """The result for the side to move if both play their best."""
    result = outcome(board)
    return max(-worth(play(board, move)) for move in moves(board)) if result is None else result


def wins_at_once(board):
    return any(outcome(play(board, move)) == -1 for move in moves(board))


def positions():
    """All boards that games lead to."""
    found, new = set(), {EMPTY}
    while new:
        found |= new
        new = {play(board, move) for board in new if outcome(board) is None for move in moves(board)} - found
    return sorted(found)


POSITIONS = positions()
OPEN = [board for board in POSITIONS if outcome(board) is None]


def uniform(board):
    """A network that knows nothing."""
    return legal(board) / legal(board).sum(), 0.0


# ---------------------------------------------------------------- rules


def test_games_lead_to_the_5478_known_positions_and_best_play_is_a_draw():
    assert len(POSITIONS) == 5478
    assert worth(EMPTY) == 0
    assert all(sum(board) in (0, -1) for board in POSITIONS)  # the one who began is a stone ahead


def test_three_in_any_line_end_the_game_for_the_one_who_made_them():
    for line in tictactoe.LINES:
        board = tuple(-1 if at in line else 0 for at in range(9))
        assert outcome(board) == -1
        assert outcome(tuple(-stone for stone in board)) is None  # the one to move never has three
    assert outcome((1, -1, 1, 1, -1, -1, -1, 1, 1)) == 0 and outcome(EMPTY) is None


def test_a_move_turns_the_board_around():
    assert play((1, 0, -1, 0, 0, 0, 0, 0, 0), 4) == (-1, 0, 1, 0, -1, 0, 0, 0, 0)
    for move in (0, 9, -1):
        with pytest.raises(ValueError, match=f"move: got {move}, want an empty place"):
            play((1, 0, -1, 0, 0, 0, 0, 0, 0), move)


# ---------------------------------------------------------------- the network


def test_own_stones_are_the_first_plane_and_the_others_the_second():
    (image,) = tictactoe.planes([(1, 0, -1, 0, 0, 0, 0, -1, 1)])
    np.testing.assert_array_equal(image[0], [[1, 0, 0], [0, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(image[1], [[0, 0, 1], [0, 0, 0], [0, 1, 0]])


def test_a_player_gives_all_its_probability_to_legal_moves_however_large_the_scores():
    rng = np.random.default_rng(1)
    params = tictactoe.parameters(rng)
    *others, (W, b) = params
    for scale in (1, 1e4):
        evaluate = tictactoe.player((*others, (scale * W, b)))
        for board in OPEN[::500]:
            p, value = evaluate(board)
            assert p.shape == (10,) and p.sum() == pytest.approx(1) and -1 <= value <= 1
            assert not p[~legal(board)].any()
    scores, _ = tictactoe.NET(tictactoe.planes([board]), params)
    p, value = tictactoe.player(params)(board)
    exponentials = np.exp(scores[0, :10]) * legal(board)
    np.testing.assert_allclose(p, exponentials / exponentials.sum())
    assert value == pytest.approx(np.tanh(scores[0, 10]))


# ---------------------------------------------------------------- search


def test_the_search_finds_wins_that_take_several_moves():
    forced = [board for board in OPEN if worth(board) == 1 and not wins_at_once(board)]
    assert len(forced) == 478
    for board in forced[::16]:
        visits, _ = search(board, uniform, 400)
        assert worth(play(board, int(visits.argmax()))) == -1  # lost for the other side


def test_the_search_avoids_forced_losses():
    assert worth(TWO_CORNERS) == 0
    visits, q = search(TWO_CORNERS, uniform, 800)
    kept = [move for move in moves(TWO_CORNERS) if worth(play(TWO_CORNERS, move)) == 0]
    assert kept == [1, 3, 5, 7] and visits.argmax() in kept
    assert q[[2, 6]].max() < q[kept].min()


def test_the_visits_add_up_and_no_illegal_move_is_tried():
    evaluate = tictactoe.player(tictactoe.parameters(np.random.default_rng(2)))
    for count in (1, 7, 60):
        for board in OPEN[::700]:
            visits, q = search(board, evaluate, count)
            assert visits.sum() == count and not visits[~legal(board)].any()
            assert (np.abs(q) <= 1).all() and not q[visits == 0].any()


def test_a_value_changes_its_sign_with_the_side():
    def sure(board):
        return uniform(board)[0], 0.7

    tree = {}
    assert simulate(EMPTY, tree, sure) == 0.7  # a new leaf, as its own side sees it
    assert simulate(EMPTY, tree, sure) == -0.7  # good for the side that moves next
    _, visits, sums = tree[EMPTY]
    assert visits.tolist() == [1, *[0] * 9] and sums.tolist() == [-0.7, *[0] * 9]
    visits, q = search((1, 1, 0, -1, -1, 0, 0, 0, 0), uniform, 100)
    assert q[2] == 1 and visits.argmax() == 2  # what ends the game is won by who moved


def test_a_move_is_chosen_by_its_value_and_by_what_the_network_likes():
    rng, board = np.random.default_rng(4), (0, 0, 0, 0, 0, 1, -1, -1, 1)
    for _ in range(300):
        visits, p = np.append(rng.integers(0, 6, size=5), [0] * 5).astype(float), np.zeros(10)
        p[:5], sums = rng.dirichlet(np.ones(5)), visits * rng.uniform(-1, 1, size=10)
        q = [total / count if count else 0 for total, count in zip(sums, visits, strict=True)]
        score = [q[at] + 1.5 * p[at] * np.sqrt(visits.sum() + 1) / (1 + visits[at]) for at in range(5)]
        tree = {board: (p, visits.copy(), sums)}
        simulate(board, tree, uniform)
        tried = tree[board][1] - visits
        assert tried.sum() == 1 and tried.argmax() == np.argmax(score)


def test_a_search_where_nothing_can_be_played_is_refused():
    with pytest.raises(ValueError, match="the game is over"):
        search((-1, -1, -1, 1, 1, 0, 0, 0, 0), uniform, 5)
    with pytest.raises(ValueError, match="simulations: got 0"):
        search(EMPTY, uniform, 0)


# ---------------------------------------------------------------- self-play


def test_the_winner_of_a_game_is_told_so_and_the_other_side_the_opposite():
    results = set()
    for seed in range(12):
        game = self_play(uniform, np.random.default_rng(seed), simulations=8)
        boards, targets = [board for board, _ in game], np.array([target for _, target in game])
        assert boards[0] == EMPTY and all(worth(board) is not None for board in boards)
        np.testing.assert_allclose(targets[:, :10].sum(axis=1), 1)
        z = targets[:, 10]
        assert np.array_equal(z[1:], -z[:-1])  # sides take turns
        assert z[-1] in (0, 1)  # nobody loses by a move of one's own
        assert z[-1] <= wins_at_once(boards[-1])
        results.add(int(z[-1]))
    assert results == {0, 1}


def test_the_delta_of_the_games_risk_is_its_derivative():
    rng = np.random.default_rng(3)
    output, target = rng.normal(size=(5, 11)), rng.normal(size=(5, 11))
    target[:, :10] = np.exp(target[:, :10]) / np.exp(target[:, :10]).sum(axis=1, keepdims=True)
    risk, delta = tictactoe.game_loss(output, target)
    log_p = output[:, :10] - np.log(np.exp(output[:, :10]).sum(axis=1, keepdims=True))
    moved, error = -(target[:, :10] * log_p).sum(axis=1), np.tanh(output[:, 10]) - target[:, 10]
    assert risk == pytest.approx(np.mean(moved + error**2))
    numeric = verify.gradient(lambda s: tictactoe.game_loss(s, target)[0], output)
    np.testing.assert_allclose(delta, numeric, atol=1e-7)
