"""Memory that is given back."""

from __future__ import annotations

from engine.memory import give_back_memory


def test_giving_memory_back_harms_nothing() -> None:
    held = bytearray(b"kept" * 100_000)
    give_back_memory()
    give_back_memory()
    assert held[-4:] == b"kept"
