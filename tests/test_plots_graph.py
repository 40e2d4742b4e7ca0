"""Computational graphs: where their nodes are drawn, and that every edge and label is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Annotation

from dlnotes import plots

GRAPH = [(), (), (0, 0), (0, 1), (2, 3), (), (4, 5), (6, 0)]  # x, y, x * x, x + y, their product, b, + b, + x


@pytest.fixture(autouse=True)
def no_figure_left_open():
    yield
    plt.close("all")


def test_every_node_stands_to_the_right_of_what_it_is_made_of():
    places, _ = plots.layered(GRAPH)
    assert all(places[parent][0] < places[child][0] for child, each in enumerate(GRAPH) for parent in each)
    assert len(places) == len(GRAPH)


def test_no_two_nodes_share_a_place():
    places, _ = plots.layered(GRAPH)
    gaps = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(len(places))
    assert gaps.min() >= 0.9


def test_an_input_stands_just_before_what_needs_it_first():
    places, _ = plots.layered(GRAPH)
    assert places[5][0] == places[6][0] - 1 and places[0][0] == 0


def test_a_route_leads_from_parent_to_child_through_each_layer_and_past_all_other_nodes():
    places, routes = plots.layered(GRAPH)
    edges = [(parent, child) for child, each in enumerate(GRAPH) for parent in each]
    assert len(routes) == len(edges)
    for (parent, child), route in zip(edges, routes, strict=True):
        np.testing.assert_array_equal(route[[0, -1]], places[[parent, child]])
        assert (np.diff(route[:, 0]) == 1).all()
        for between in route[1:-1]:
            assert np.linalg.norm(places - between, axis=1).min() >= 0.9


def test_the_same_graph_is_drawn_the_same_way_each_time():
    np.testing.assert_array_equal(plots.layered(GRAPH)[0], plots.layered(GRAPH)[0])


def test_a_single_node_is_a_graph():
    places, routes = plots.layered([()])
    assert len(places) == 1 and routes == []


def test_the_picture_has_a_label_for_each_node_and_an_arrow_for_each_edge():
    ax = plots.graph(GRAPH, list("xy*+*b++"))
    arrows = [text.arrow_patch for text in ax.texts if isinstance(text, Annotation)]
    heads = [arrow for arrow in arrows if arrow.get_arrowstyle().arrow == "->"]
    assert [text.get_text() for text in ax.texts if text.get_text()] == list("xy*+*b++")
    assert len(heads) == sum(map(len, GRAPH))
    plots.finished(ax.figure)
