"""What a painter is offered first: different photographs, not ten frames of one drive."""

from __future__ import annotations

from engine.data.sample import Provenance
from engine.pipeline.offer import PER_GROUP, offer_candidates
from engine.pipeline.results import Candidate


def _frame(drive: str, number: int, score: float = 1.0, part: int = 0) -> Candidate:
    file = f"{drive}_{number:06d}.png"
    return Candidate(f"{file}{part}", score, 0.0, file, Provenance("Drives", file, group=drive))


def test_every_drive_has_its_turn_before_one_is_offered_a_third_time() -> None:
    ranked = [_frame("a", 1000 * i) for i in range(8)] + [_frame("b", 1000 * i) for i in range(2)] + [_frame("c", 0)]
    first = [ranked[i].provenance.group for i in offer_candidates(ranked)[: 2 * PER_GROUP + 1]]
    assert sorted(first) == ["a", "a", "b", "b", "c"]


def test_frames_next_to_one_another_are_not_offered_together() -> None:
    ranked = [_frame("a", 30 * i) for i in range(40)]
    offered = [ranked[i] for i in offer_candidates(ranked)]
    numbers = [int(c.provenance.file[2:8]) for c in offered[:6]]
    assert min(abs(x - y) for i, x in enumerate(numbers) for y in numbers[:i]) >= 150
    assert numbers[0] == 0


def test_a_photograph_is_offered_once_before_its_other_segments() -> None:
    ranked = [_frame("a", 0, part=i) for i in range(3)] + [_frame("b", 0)]
    assert offer_candidates(ranked) == (0, 3, 1, 2)


def test_everything_is_offered_in_the_end_and_photographs_of_no_drive_by_score() -> None:
    ranked = [Candidate(f"k{i}", 1.0, 0.0, f"s{i}", Provenance("Photographs", f"{i}.jpg")) for i in range(20)]
    assert offer_candidates(ranked) == tuple(range(20))
    near = [_frame("a", i) for i in range(9)]
    assert sorted(offer_candidates(near)) == list(range(9))
    assert offer_candidates([]) == ()
