"""Numbers with their nouns, as English writes them."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 segment`, `4,233 segments`.

    Args:
        count: how many.
        noun: for one.
        plural: for none and for more; the noun with an s where it is not given.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
