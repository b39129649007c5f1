"""One order of all: no cycles, the painter wins, the weakest edge yields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pipeline.depth_order import DepthOrder, OrderEdge, OrderingError, build_depth_order


def _reaches(edges: list[OrderEdge], start: int, goal: int) -> bool:
    seen, queue = {start}, [start]
    while queue:
        index = queue.pop()
        for edge in edges:
            if edge.front == index and edge.behind not in seen:
                seen.add(edge.behind)
                queue.append(edge.behind)
    return goal in seen


@st.composite
def _decisions(draw: st.DrawFn) -> tuple[int, list[OrderEdge], list[int]]:
    count = draw(st.integers(2, 9))
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    edges = []
    for i, j in draw(st.lists(st.sampled_from(pairs), unique=True)):
        front, behind = (i, j) if draw(st.booleans()) else (j, i)
        edges.append(OrderEdge(front, behind, draw(st.floats(0.5, 1.0))))
    painted = draw(st.permutations(range(count)))
    for i, j in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4)):
        edges.append(OrderEdge(painted[j], painted[i], 1.0, "painter"))
    return count, edges, draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))


@given(_decisions())
def test_every_kept_edge_holds_and_the_painter_always_wins(case: tuple[int, list[OrderEdge], list[int]]) -> None:
    count, edges, class_order = case
    order = build_depth_order(count, edges, class_order)
    assert sorted(order.ranks) == list(range(count))
    assert all(order.ranks[e.front] > order.ranks[e.behind] for e in order.edges)
    assert all(e in order.edges for e in edges if e.by == "painter")


@given(_decisions())
def test_an_edge_is_dropped_only_where_surer_ones_contradict_it(case: tuple[int, list[OrderEdge], list[int]]) -> None:
    order = build_depth_order(*case)
    assert sorted([*order.edges, *order.dropped], key=repr) == sorted(case[1], key=repr)
    for dropped in order.dropped:
        surer = [e for e in order.edges if e.by == "painter" or e.confidence >= dropped.confidence]
        assert _reaches(surer, dropped.behind, dropped.front)


@given(_decisions(), st.randoms(use_true_random=False))
def test_the_order_of_the_edges_does_not_matter(case: tuple[int, list[OrderEdge], list[int]], random: object) -> None:
    count, edges, class_order = case
    shuffled = list(edges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build_depth_order(count, shuffled, class_order) == build_depth_order(count, edges, class_order)


def test_a_cycle_breaks_at_its_weakest_edge() -> None:
    edges = [OrderEdge(0, 1, 0.9), OrderEdge(1, 2, 0.6), OrderEdge(2, 0, 0.8)]
    order = build_depth_order(3, edges, [0, 0, 0])
    assert order.dropped == (OrderEdge(1, 2, 0.6),)
    assert order.back_to_front == (1, 0, 2)


def test_the_painter_overrules_the_surest_network() -> None:
    edges = [OrderEdge(0, 1, 1.0), OrderEdge(1, 0, 1.0, "painter")]
    assert build_depth_order(2, edges, [0, 0]).ranks == (0, 1)


def test_without_edges_the_class_order_decides_and_then_the_index() -> None:
    assert build_depth_order(4, [], [2, 0, 2, 1]).back_to_front == (1, 3, 0, 2)


def test_no_regions_have_an_empty_order() -> None:
    assert build_depth_order(0, [], []) == DepthOrder((), ())


def test_constraints_that_contradict_one_another_are_named() -> None:
    edges = [OrderEdge(i, j, 1.0, "painter") for i, j in ((4, 1), (1, 3), (3, 4))]
    with pytest.raises(OrderingError, match=r"contradicts itself: region .* in front of"):
        build_depth_order(5, edges, [0] * 5)


@pytest.mark.parametrize("edge", [OrderEdge(0, 2, 0.9), OrderEdge(1, 1, 0.9), OrderEdge(-1, 0, 0.9)])
def test_an_edge_to_no_region_is_refused(edge: OrderEdge) -> None:
    with pytest.raises(ValueError, match="joins two of 2 regions"):
        build_depth_order(2, [edge], [0, 0])
