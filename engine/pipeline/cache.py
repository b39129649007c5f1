"""A bounded cache of stage results, keyed by digests, so that an untouched region costs a look-up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

T = TypeVar("T")


class StageCache:
    """Keeps the most recently used results of every stage. Owned by the engine thread.

    A key must name everything its result depends on: digests of inputs, weights and banks.
    """

    def __init__(self, limits: Mapping[str, int] = MappingProxyType({}), *, entries_per_stage: int = 4096) -> None:
        """Keep at most so many results of a stage: of one that ``limits`` names, of every other."""
        self._limits = limits
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
        _trim(entries, self._limits.get(stage, self._entries_per_stage))
        return value

    def stage(self, stage: str, *, limit: int) -> OrderedDict[Any, Any]:
        """Return the entries of one stage, for a stage that looks up many keys at once.

        The oldest beyond the limit are forgotten now; what is added stays until the next call, so that a run finds
        all it has added.
        """
        entries = self._stages.setdefault(stage, OrderedDict())
        _trim(entries, limit)
        return entries


def _trim(entries: OrderedDict[Any, Any], limit: int) -> None:
    while len(entries) > limit:
        entries.popitem(last=False)
