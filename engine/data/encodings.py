"""Foreign encodings of layouts: which ids and colours data sets give which classes, and what those mean here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from engine.classes import RESOURCES, VOID, ClassTable, Rgb

FOLDER = RESOURCES / "encodings"
MEANINGS = "meanings.toml"
NEAR_COLOUR = 48.0
"""Distance in sRGB within which a colour without a name is taken for the nearest class's."""
_ENDINGS = ("other", "merged", "stuff", "group")

ValueKind = Literal["ids", "colours"]


@dataclass(frozen=True, slots=True)
class ForeignClass:
    """A class of an encoding: its value (an id, or 0xrrggbb), its name, and the colour the data set shows it in."""

    value: int
    name: str
    colour: Rgb | None = None


@dataclass(frozen=True)
class Encoding:
    """One way a data set writes its layouts.

    Attributes:
        key: stable identifier.
        name: what the painter sees.
        kind: whether values are ids or colours.
        classes: its classes by value; the first of two that share a value counts.
        void: values that mean no class.
        instances: ids from here on are ``class * instances + number``; 0 where there are none.
    """

    key: str
    name: str
    kind: ValueKind
    classes: Mapping[int, ForeignClass]
    void: frozenset[int] = field(default_factory=frozenset[int])
    instances: int = 0

    def class_value(self, value: int) -> int:
        """Return the value of the class a pixel value belongs to: itself, or that without its instance number."""
        return value // self.instances if self.instances and value >= self.instances else value

    def covers(self, values: Iterable[int]) -> bool:
        """Return whether every value is one of its classes or void."""
        return all(self.class_value(v) in self.classes or v in self.void for v in values)


@cache
def encodings() -> tuple[Encoding, ...]:
    """Return every encoding that ships with Tessera, in the order of their names."""
    found: list[Encoding] = []
    for path in sorted(FOLDER.glob("*.toml")):
        if path.name != MEANINGS:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            found += [_variant(raw["classes"], variant) for variant in raw["variant"]]
    return tuple(sorted(found, key=lambda encoding: encoding.name))


def encoding(key: str) -> Encoding:
    """Return the encoding with a key.

    Raises:
        KeyError: if there is none.
    """
    for each in encodings():
        if each.key == key:
            return each
    raise KeyError(f"there is no encoding {key!r}")


def table_encodings(table: ClassTable) -> tuple[Encoding, Encoding]:
    """Return a class table as two encodings, of its ids and of its colours."""
    ids = {info.id: ForeignClass(info.id, info.name, info.colour) for info in table}
    colours = {colour_value(c.colour): ForeignClass(colour_value(c.colour), c.name, c.colour) for c in table}
    void = frozenset({0} - colours.keys())
    return (
        Encoding(f"table_{table.key}", f"{table.name}, ids", "ids", ids, frozenset({VOID})),
        Encoding(f"table_{table.key}_colours", f"{table.name}, colours", "colours", colours, void),
    )


def guess_encoding(values: Sequence[int], kind: ValueKind) -> Encoding | None:
    """Return the encoding a set of values is most likely written in, or None.

    Ids from 0 to 18, say, fit several; what decides is the smallest encoding that covers all of them. Two that are
    equally small leave it open. At least three classes must be seen: fewer say nothing.
    """
    fitting = [e for e in encodings() if e.kind == kind and e.covers(values)]
    seen = [v for v in values if any(e.class_value(v) in e.classes for e in fitting)]
    if len(seen) < 3:
        return None
    with_instances = [e for e in fitting if e.instances and any(v >= e.instances for v in values)]
    if with_instances:
        return with_instances[0]
    plain = sorted((e for e in fitting if not e.instances), key=lambda e: len(e.classes))
    if not plain or (len(plain) > 1 and len(plain[1].classes) == len(plain[0].classes)):
        return None
    return plain[0]


def suggest_class(name: str, table: ClassTable) -> int:
    """Return the id of the class a foreign name means in a table, or VOID."""
    names = _forms_of(name)
    by_name = {form: c.id for c in reversed(table.classes) for form in (_plain(c.name), _plain(c.key))}
    by_synonym = {_plain(s): c.id for c in reversed(table.classes) for s in c.synonyms}
    meanings = _meanings()
    for form in names:
        if form in by_name:
            return by_name[form]
    for form in names:
        for key in meanings.get(form, ()):
            if (info := table.get(key)) is not None:
                return info.id
    return next((by_synonym[form] for form in names if form in by_synonym), VOID)


def suggest_class_of_colour(colour: Rgb, table: ClassTable) -> int:
    """Return the id of the class whose colour is nearest, or VOID where none is near."""
    nearest = min(table, key=lambda info: _distance(info.colour, colour))
    return nearest.id if _distance(nearest.colour, colour) <= NEAR_COLOUR else VOID


def _distance(first: Rgb, second: Rgb) -> float:
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


def _forms_of(name: str) -> tuple[str, ...]:
    """Return a name as it is, and without the endings that say nothing."""
    words = _plain(name).split()
    forms = [" ".join(words)]
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
        forms.append(" ".join(words))
    if words and words[0] in ("wall", "floor", "ceiling", "building"):
        forms.append(words[0])
    return tuple(dict.fromkeys(forms))


@cache
def _meanings() -> Mapping[str, tuple[str, ...]]:
    raw = tomllib.loads((FOLDER / MEANINGS).read_text(encoding="utf-8"))
    return {name: tuple(entry["classes"]) for entry in raw["meaning"] for name in entry["names"]}


def _variant(classes: Sequence[Mapping[str, Any]], raw: Mapping[str, Any]) -> Encoding:
    kind: ValueKind = raw["kind"]
    by_value: dict[int, ForeignClass] = {}
    for entry in classes:
        colour = _rgb(entry["colour"]) if "colour" in entry else None
        if kind == "colours":
            value = None if colour is None else colour_value(colour)
        else:
            number = entry.get(raw.get("field", "id"))
            value = None if number is None else number + raw.get("offset", 0)
        if value is not None:
            by_value.setdefault(value, ForeignClass(value, entry["name"], colour))
    void = frozenset(raw.get("void", (0,) if kind == "colours" else ()))
    kept = {value: info for value, info in by_value.items() if value not in void}
    return Encoding(raw["key"], raw["name"], kind, kept, void, raw.get("instances", 0))


def colour_value(colour: Rgb) -> int:
    """Return a colour as one number, 0xrrggbb."""
    return (colour[0] << 16) | (colour[1] << 8) | colour[2]


def value_colour(value: int) -> Rgb:
    """Return the colour of a number, the inverse of `colour_value`."""
    return value >> 16 & 255, value >> 8 & 255, value & 255


def _rgb(text: str) -> Rgb:
    return value_colour(int(text.removeprefix("#"), 16))
