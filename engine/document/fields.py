"""Reading fields of a JSON object that came from outside: each checked, the unknown ones kept."""

from __future__ import annotations

import math
from typing import Any, cast


class FieldError(ValueError):
    """A field that is missing or has an impossible value; the message is one line."""


class Fields:
    """A JSON object whose fields are taken one by one; what nobody took is ``rest``."""

    def __init__(self, raw: Any, what: str) -> None:
        """Check that it is an object.

        Raises:
            FieldError: if it is not.
        """
        if not isinstance(raw, dict):
            raise FieldError(f"{what} is no JSON object")
        self.rest = dict(cast("dict[str, Any]", raw))
        self._what = what

    def has(self, name: str) -> bool:
        """Return whether there is such a field and it is not null; a null is taken."""
        if self.rest.get(name) is None:
            self.rest.pop(name, None)
            return False
        return True

    def integer(self, name: str, low: int, high: int) -> int:
        """Take a whole number from ``low`` to ``high``.

        Raises:
            FieldError: if it is something else.
        """
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(name, f"a whole number from {low} to {high}")
        return value

    def number(self, name: str, low: float, high: float) -> float:
        """Take a number from ``low`` to ``high``.

        Raises:
            FieldError: if it is something else.
        """
        return self._number(name, self._take(name), low, high)

    def numbers(self, name: str, count: int, limit: float) -> tuple[float, ...]:
        """Take a list of ``count`` numbers, none farther than ``limit`` from 0.

        Raises:
            FieldError: if it is something else.
        """
        values = self.items(name, count)
        if len(values) != count:
            raise self._wrong(name, f"{count} numbers")
        return tuple(self._number(name, value, -limit, limit) for value in values)

    def integers(self, name: str, limit: int, low: int, high: int) -> tuple[int, ...]:
        """Take a list of at most ``limit`` whole numbers from ``low`` to ``high``.

        Raises:
            FieldError: if it is something else.
        """
        values = self.items(name, limit)
        if not all(isinstance(v, int) and not isinstance(v, bool) and low <= v <= high for v in values):
            raise self._wrong(name, f"whole numbers from {low} to {high}")
        return tuple(int(v) for v in values)

    def flag(self, name: str) -> bool:
        """Take true or false.

        Raises:
            FieldError: if it is something else.
        """
        value = self._take(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def text(self, name: str, limit: int = 1024) -> str:
        """Take a text of at most ``limit`` characters.

        Raises:
            FieldError: if it is something else.
        """
        value = self._take(name)
        if not isinstance(value, str) or len(value) > limit:
            raise self._wrong(name, f"a text of at most {limit} characters")
        return value

    def texts(self, name: str, limit: int) -> tuple[str, ...]:
        """Take a list of at most ``limit`` short texts.

        Raises:
            FieldError: if it is something else.
        """
        values = self.items(name, limit)
        if not all(isinstance(v, str) and len(v) <= 1024 for v in values):
            raise self._wrong(name, "a list of short texts")
        return tuple(str(v) for v in values)

    def items(self, name: str, limit: int) -> list[Any]:
        """Take a list of at most ``limit`` values of any kind.

        Raises:
            FieldError: if it is something else.
        """
        value = self._take(name)
        if not isinstance(value, list) or len(cast("list[Any]", value)) > limit:
            raise self._wrong(name, f"a list of at most {limit}")
        return cast("list[Any]", value)

    def value(self, name: str) -> Any:
        """Take a value of any kind.

        Raises:
            FieldError: if there is none.
        """
        return self._take(name)

    def _take(self, name: str) -> Any:
        if name not in self.rest:
            raise FieldError(f"{self._what} lacks {name!r}")
        return self.rest.pop(name)

    def _number(self, name: str, value: Any, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, f"a number from {low:g} to {high:g}")
        if not low <= value <= high or not math.isfinite(value):
            raise self._wrong(name, f"a number from {low:g} to {high:g}")
        return float(value)

    def _wrong(self, name: str, expected: str) -> FieldError:
        return FieldError(f"{self._what}: {name!r} should be {expected}")
