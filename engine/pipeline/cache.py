"""A bounded cache of stage results, keyed by digests, so that an untouched region costs a look-up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class StageCache:
    """Keeps the most recently used results of every stage. Owned by the engine thread.

    A key must name everything its result depends on: digests of inputs, weights and banks.
    """

    def __init__(self, *, entries_per_stage: int = 4096) -> None:
        """Keep at most so many results of each stage."""
        self._entries_per_stage = entries_per_stage
        self._stages: dict[str, OrderedDict[Any, Any]] = {}

    def get(self, stage: str, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the result for a key, computed once."""
        entries = self._stages.setdefault(stage, OrderedDict())
        if key in entries:
            entries.move_to_end(key)
            return cast("T", entries[key])
        value = compute()
        entries[key] = value
        while len(entries) > self._entries_per_stage:
            entries.popitem(last=False)
        return value

    def stage(self, stage: str) -> OrderedDict[Any, Any]:
        """Return the entries of one stage, for a stage that looks up many keys at once."""
        return self._stages.setdefault(stage, OrderedDict())

    def clear(self) -> None:
        """Forget everything."""
        self._stages.clear()
