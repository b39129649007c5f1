"""The stage cache computes once and forgets the oldest."""

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
