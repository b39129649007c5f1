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

    def __init__(
        self,
        limits: Mapping[str, int] = MappingProxyType({}),
        *,
        budgets_bytes: Mapping[str, int] = MappingProxyType({}),
        entries_per_stage: int = 4096,
    ) -> None:
        """Keep at most so many results of a stage.

        Args:
            limits: number of results, by stage.
            budgets_bytes: memory of the results of stages whose results tell their ``nbytes``.
            entries_per_stage: number of results of every other stage.
        """
        self._limits, self._budgets_bytes = limits, budgets_bytes
        self._entries_per_stage = entries_per_stage
        self._stages: dict[str, OrderedDict[Any, Any]] = {}
        self._bytes: dict[str, int] = {}

    def get(self, stage: str, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the result for a key, computed once."""
        entries = self._stages.setdefault(stage, OrderedDict())
        if key in entries:
            entries.move_to_end(key)
            return cast("T", entries[key])
        value = compute()
        entries[key] = value
        _trim(entries, self._limits.get(stage, self._entries_per_stage))
        if stage in self._budgets_bytes:
            total = self._bytes.get(stage, 0) + cast("Any", value).nbytes
            while total > self._budgets_bytes[stage] and len(entries) > 1:
                total -= entries.popitem(last=False)[1].nbytes
            self._bytes[stage] = total
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
