"""The automatic choice: a whole-scene prior, no flicker, and the painter's word is final."""

from dataclasses import replace

from engine.data.sample import Provenance
from engine.document.record import Footprint, RegionRecord, Shuffle, Tone
from engine.pipeline.choice import KEEP_MARGIN, ChoiceWeights, Choosing, choose_segments
from engine.pipeline.results import Candidate

RECORD = RegionRecord(1, "sky", Footprint(1, b"\0" * 16))


def _candidate(key: str, score: float, source: str = "s") -> Candidate:
    return Candidate(key, score / 2, score / 2, source, Provenance("d", source))


def _choose(record: RegionRecord, *candidates: Candidate, basis: str = "new", prior: dict[str, float] | None = None):
    region = Choosing(record, candidates, basis, 1, lambda key: key != "gone")
    return choose_segments([region], prior or {}, tone_of=lambda _: None)[0]


def test_the_best_score_is_chosen() -> None:
    chosen = _choose(RECORD, _candidate("a", 1.0), _candidate("b", 0.9))
    assert (chosen.choice, chosen.chosen_by, chosen.basis) == ("a", "auto", "new")


def test_a_photograph_of_a_like_scene_is_favoured() -> None:
    chosen = _choose(RECORD, _candidate("a", 1.0, "far"), _candidate("b", 0.9, "near"), prior={"far": 0.1, "near": 0.5})
    assert chosen.choice == "b"


def test_an_unchanged_region_keeps_its_choice_whatever_else_scores() -> None:
    kept = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", basis="same")
    assert _choose(kept, _candidate("a", 1.9), _candidate("b", 0.1), basis="same") is kept


def test_a_changed_region_changes_its_choice_only_by_a_margin() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", basis="old")
    near = _choose(record, _candidate("a", 1.0), _candidate("b", 1.0 - KEEP_MARGIN / 2))
    far = _choose(record, _candidate("a", 1.0), _candidate("b", 1.0 - KEEP_MARGIN * 2))
    assert near.choice == "b"
    assert far.choice == "a"


def test_the_painters_pick_stays_even_where_its_bank_is_closed() -> None:
    for key in ("b", "gone"):
        picked = RegionRecord(1, "sky", RECORD.footprint, choice=key, chosen_by="painter", basis="old")
        assert _choose(picked, _candidate("a", 1.9)) == replace(picked, basis="new")


def test_a_locked_automatic_choice_stays_when_its_region_changes() -> None:
    locked = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", locked=True, basis="old")
    assert _choose(locked, _candidate("a", 1.9), _candidate("b", 0.1)) == replace(locked, basis="new")


def test_an_automatic_choice_whose_pixels_are_gone_is_made_again() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="gone", chosen_by="auto", basis="new")
    assert _choose(record, _candidate("a", 1.0)).choice == "a"


def test_without_candidates_the_network_invents() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="gone", chosen_by="auto")
    assert _choose(record).choice is None


def test_without_its_bank_a_changed_region_keeps_the_segment_the_project_carries() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", basis="old")
    chosen = _choose(record)
    assert (chosen.choice, chosen.basis) == ("b", "new")


def test_what_the_painter_wants_invented_stays_so_whatever_would_fit() -> None:
    invented = RegionRecord(1, "sky", RECORD.footprint, chosen_by="painter")
    chosen = _choose(invented, _candidate("a", 1.9))
    assert chosen.choice is None
    assert chosen.chosen_by == "painter"


def test_a_shuffle_draws_the_same_for_the_same_seed_and_never_what_was_there() -> None:
    candidates = [_candidate(f"k{i}", 1.2 - 0.01 * i, f"s{i}") for i in range(12)]
    drawn = set()
    for seed in range(20):
        shuffled = RegionRecord(1, "sky", RECORD.footprint, shuffle=Shuffle(seed, "k0"))
        first, again = _choose(shuffled, *candidates), _choose(shuffled, *candidates)
        assert first == again
        assert first.chosen_by == "auto"
        drawn.add(first.choice)
    assert "k0" not in drawn
    assert len(drawn) >= 4


def test_a_shuffle_with_one_candidate_keeps_it() -> None:
    shuffled = RegionRecord(1, "sky", RECORD.footprint, shuffle=Shuffle(3, "a"))
    assert _choose(shuffled, _candidate("a", 1.0)).choice == "a"


def test_a_new_weight_of_one_scene_is_heard_without_a_margin() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", basis="same")
    near = (_candidate("a", 1.0), _candidate("b", 1.0 - KEEP_MARGIN / 2))
    assert _choose(record, *near, basis="same:0.9").choice == "a"


def test_a_preview_keeps_the_choice_of_a_region_that_is_being_painted() -> None:
    record = RegionRecord(1, "sky", RECORD.footprint, choice="b", chosen_by="auto", basis="old")
    candidates, anywhere = (_candidate("a", 1.9), _candidate("b", 0.1)), lambda _: True
    regions = [Choosing(record, candidates, basis, 1, anywhere) for basis in ("new", "new:0.9")]
    kept, reweighed = (choose_segments([r], {}, tone_of=lambda _: None, steady=True)[0] for r in regions)
    assert kept.choice == "b"
    assert reweighed.choice == "a"


WARM: Tone = (60.0, 8.0, 20.0, 15.0, 6.0, 10.0)
COLD: Tone = (40.0, 0.0, -12.0, 15.0, 6.0, 10.0)


def _regions(*scores: tuple[float, float], areas: tuple[int, ...] = (9, 1)) -> list[Choosing]:
    """Return regions with a warm and a cold candidate of these scores."""
    return [
        Choosing(
            replace(RECORD, id=i),
            (
                replace(_candidate(f"warm{i}", warm, "w"), tone=WARM),
                replace(_candidate(f"cold{i}", cold, "c"), tone=COLD),
            ),
            "new",
            areas[i],
            lambda _: True,
        )
        for i, (warm, cold) in enumerate(scores)
    ]


def test_a_small_region_takes_on_the_light_of_a_large_one() -> None:
    regions = _regions((1.2, 0.8), (1.0, 1.05))
    alone = choose_segments(regions, {}, tone_of=lambda _: None, weights=ChoiceWeights(colour=0))
    joint = choose_segments(regions, {}, tone_of=lambda _: None)
    assert [record.choice for record in alone] == ["warm0", "cold1"]
    assert [record.choice for record in joint] == ["warm0", "warm1"]


def test_what_stays_bears_on_what_is_chosen_and_does_not_change_itself() -> None:
    first, second = _regions((1.0, 1.01), (1.05, 1.0))
    kept = replace(first, record=replace(first.record, choice="cold0", chosen_by="painter", basis="new"))
    chosen = choose_segments([kept, second], {}, tone_of={"cold0": COLD}.get)
    assert [record.choice for record in chosen] == ["cold0", "cold1"]


def test_one_that_is_enlarged_less_wins_among_equals() -> None:
    larger = replace(_candidate("b", 1.0), enlargement=0.1)
    assert _choose(RECORD, replace(_candidate("a", 1.0), enlargement=0.7), larger).choice == "b"


def test_a_better_outline_wins_among_equals() -> None:
    better = replace(_candidate("b", 1.0), outline_fit=0.9)
    assert _choose(RECORD, replace(_candidate("a", 1.0), outline_fit=0.5), better).choice == "b"
