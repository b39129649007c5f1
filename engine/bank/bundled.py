"""The memory bank that ships with Tessera: landscapes, rendered by Tessera itself."""

from __future__ import annotations

from pathlib import Path

from engine.classes import DEFAULT_TABLE_KEY, RESOURCES

BUNDLED_BANK = RESOURCES / "banks" / f"{DEFAULT_TABLE_KEY}.bank"


def bundled_banks(table_key: str = DEFAULT_TABLE_KEY) -> tuple[Path, ...]:
    """Return the banks that ship for a class table: one for the default table, none for others."""
    return (BUNDLED_BANK,) if table_key == DEFAULT_TABLE_KEY and BUNDLED_BANK.is_file() else ()
