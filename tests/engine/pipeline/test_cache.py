"""The stage cache computes once and forgets the oldest."""

import numpy as np

from engine.pipeline.cache import StageCache


def test_a_result_is_computed_once_and_the_least_recently_used_is_forgotten() -> None:
    cache = StageCache(entries_per_stage=2)
    calls: list[int] = []

    def compute(n: int) -> int:
        calls.append(n)
        return n * n

    for n in (1, 2, 1, 3, 1, 2):
        assert cache.get("square", n, lambda n=n: compute(n)) == n * n
    assert calls == [1, 2, 3, 2]


def test_stages_do_not_share_keys() -> None:
    cache = StageCache()
    assert cache.get("one", 1, lambda: "a") == "a"
    assert cache.get("other", 1, lambda: "b") == "b"


def test_a_stage_may_have_a_limit_of_its_own() -> None:
    cache = StageCache({"picture": 1}, entries_per_stage=3)
    for key in (1, 2, 3):
        cache.get("picture", key, lambda key=key: key)
        cache.get("number", key, lambda key=key: key)
    assert [cache.get("picture", key, lambda: "again") for key in (3, 2)] == [3, "again"]
    assert [cache.get("number", key, lambda: "again") for key in (1, 2, 3)] == [1, 2, 3]


def test_entries_looked_up_at_once_are_trimmed_at_the_next_call_and_not_while_in_use() -> None:
    cache = StageCache()
    entries = cache.stage("pairs", limit=2)
    entries.update(dict.fromkeys("abcd", 0.5))
    assert list(entries) == ["a", "b", "c", "d"]
    assert list(cache.stage("pairs", limit=2)) == ["c", "d"]


def test_a_budget_of_bytes_forgets_the_oldest_and_keeps_the_last_whatever_its_size() -> None:
    cache = StageCache(budgets_bytes={"pictures": 100})
    for key, size in (("a", 60), ("b", 30), ("c", 40)):
        cache.get("pictures", key, lambda size=size: np.zeros(size, np.uint8))
    again: list[str] = []
    for key in ("b", "c", "a"):
        cache.get("pictures", key, lambda key=key: (again.append(key), np.zeros(60, np.uint8))[1])
    assert again == ["a"]
    assert cache.get("pictures", "huge", lambda: np.zeros(1000, np.uint8)).size == 1000
    assert cache.get("pictures", "huge", lambda: np.zeros(1, np.uint8)).size == 1000
