"""The classes of landscapes by their keys."""

from __future__ import annotations

from engine.classes import builtin_class_table

TABLE = builtin_class_table("landscape")
ID: dict[str, int] = {info.key: info.id for info in TABLE}
"""Class ids of the landscape table by key."""
