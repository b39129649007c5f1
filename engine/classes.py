"""Semantic classes and the tables that hold them.

Classes are identified by string keys (``tree``); integer ids are local to one table. Id 255 is void: unpainted.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

VOID = 255
MAX_CLASSES = 255
MAX_FILE_BYTES = 1_000_000
RESOURCES = Path(__file__).resolve().parent.parent / "resources"
DEFAULT_TABLE_KEY = "landscape"
BUILTIN_TABLE_KEYS = (DEFAULT_TABLE_KEY, "street")

Kind = Literal["stuff", "thing"]
Rgb = tuple[int, int, int]


class ClassTableError(ValueError):
    """A class table that cannot be used; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One semantic class.

    Attributes:
        id: index in its table, 0 to 254.
        key: stable lower-case identifier.
        name: what the palette shows.
        colour: sRGB, 0 to 255.
        kind: ``thing`` for countable objects, else ``stuff``.
        thin: poles and signs, which cut larger regions apart.
        ground: planar ground that objects stand on.
        group: heading in the palette.
        synonyms: other keys for the same class in foreign tables.
        looks_like: key of the network's class that stands for this one, where a painter added it.
        depth_order: place in the fixed order of classes, larger is nearer.
    """

    id: int
    key: str
    name: str
    colour: Rgb
    kind: Kind = "stuff"
    thin: bool = False
    ground: bool = False
    group: str = ""
    synonyms: tuple[str, ...] = ()
    looks_like: str | None = None
    depth_order: int = 0


@dataclass(frozen=True)
class ClassTable:
    """An ordered set of classes; position is id.

    Raises:
        ClassTableError: if ids, keys or colours are not unique, there are none or too many, or a key is malformed.
    """

    key: str
    name: str
    classes: tuple[ClassInfo, ...]
    _by_key: Mapping[str, ClassInfo] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the table once, where it enters."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.key):  # it names the folder of the weights
            raise ClassTableError(f"{self.key[:64]!r} is no key of a class table: letters, digits, _ and -")
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise ClassTableError(f"a class table has 1 to {MAX_CLASSES} classes, not {len(self.classes)}")
        if [c.id for c in self.classes] != list(range(len(self.classes))):
            raise ClassTableError("class ids must count up from 0 without a gap")
        by_key = {c.key: c for c in self.classes}
        if len(by_key) != len(self.classes):
            raise ClassTableError("two classes share a key")
        if len({c.colour for c in self.classes}) != len(self.classes):
            raise ClassTableError("two classes share a colour")
        for info in self.classes:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", info.key):
                raise ClassTableError(f"{info.key!r} is no class key: lower-case letters, digits and _")
            if len(info.colour) != 3 or not all(0 <= v <= 255 for v in info.colour):
                raise ClassTableError(f"class {info.key!r}: a colour has three parts from 0 to 255")
        object.__setattr__(self, "_by_key", by_key)

    def __len__(self) -> int:
        """Return the number of classes, void not counted."""
        return len(self.classes)

    def __iter__(self) -> Iterator[ClassInfo]:
        """Iterate in the order of ids."""
        return iter(self.classes)

    def __getitem__(self, class_id: int) -> ClassInfo:
        """Return the class with an id."""
        return self.classes[class_id]

    def get(self, key: str) -> ClassInfo | None:
        """Return the class with a key, or None."""
        return self._by_key.get(key)

    @property
    def digest(self) -> str:
        """16 hex digits that name keys, their order and what they look like: what ids mean."""
        text = "\n".join(c.key if c.looks_like is None else f"{c.key}={c.looks_like}" for c in self.classes)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def colours(self) -> npt.NDArray[np.uint8]:
        """Return (256, 3) uint8 sRGB colours by id; ids of no class, and void, are black."""
        palette = np.zeros((256, 3), np.uint8)
        for info in self.classes:
            palette[info.id] = info.colour
        return palette

    def mapping_to(self, other: ClassTable) -> npt.NDArray[np.uint8]:
        """Return a (256,) uint8 lookup from this table's ids to another's, VOID where it has none.

        Keys are matched first, then synonyms of either side, then ``looks_like``.
        """
        lookup = np.full(256, VOID, np.uint8)
        by_synonym = {synonym: info for info in other.classes for synonym in info.synonyms}
        for info in self.classes:
            names = (info.key, *info.synonyms, *((info.looks_like,) if info.looks_like else ()))
            found = other.get(info.key) or next(
                (hit for name in names if (hit := other.get(name) or by_synonym.get(name))), None
            )
            if found is not None:
                lookup[info.id] = found.id
        return lookup

    def unknown_ids(self, class_ids: npt.NDArray[np.uint8]) -> dict[int, int]:
        """Return {id: number of pixels} of the ids that are neither in the table nor void."""
        is_unknown = (class_ids >= len(self.classes)) & (class_ids != VOID)
        if not is_unknown.any():
            return {}
        ids, counts = np.unique(class_ids[is_unknown], return_counts=True)
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))

    def to_json(self) -> str:
        """Return the table as JSON text, the inverse of `from_json`."""
        return json.dumps(
            {
                "key": self.key,
                "name": self.name,
                "classes": [
                    {
                        "key": c.key, "name": c.name, "colour": list(c.colour), "kind": c.kind, "thin": c.thin,
                        "ground": c.ground, "group": c.group, "synonyms": list(c.synonyms),
                        "looks_like": c.looks_like, "depth_order": c.depth_order,
                    }
                    for c in self.classes
                ],
            },
            separators=(",", ":"),
        )  # fmt: skip

    @classmethod
    def from_json(cls, text: str | bytes) -> ClassTable:
        """Read a table from JSON text.

        Raises:
            ClassTableError: if it is not a table.
        """
        try:
            return cls._from_mapping(json.loads(text))
        except ClassTableError:
            raise
        except (ValueError, RecursionError) as error:
            raise ClassTableError(f"not a class table: {error}") from None

    @classmethod
    def _from_mapping(cls, raw: Any) -> ClassTable:
        try:
            classes = tuple(_class_info(i, entry) for i, entry in enumerate(_entries(raw)))
            return cls(str(raw["key"]), str(raw.get("name", raw["key"])), classes)
        except (KeyError, TypeError, AttributeError) as error:
            raise ClassTableError(f"not a class table: {error!r}") from None


def _entries(raw: Any) -> Iterable[Any]:
    entries = raw.get("classes", raw.get("class"))
    if not isinstance(entries, list):
        raise ClassTableError("a class table lists its classes")
    return entries


def _class_info(class_id: int, raw: Any) -> ClassInfo:
    colour = raw["colour"]
    if isinstance(colour, str):
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ClassTableError(f"{colour!r} is no colour: #rrggbb")
        colour = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    if not isinstance(colour, list) or not all(isinstance(v, int) for v in colour):
        raise ClassTableError("a colour is #rrggbb or three integers")
    kind = raw.get("kind", "stuff")
    if kind not in ("stuff", "thing"):
        raise ClassTableError(f"{kind!r} is no kind: stuff or thing")
    depth_order = raw.get("depth_order", class_id)
    if not isinstance(depth_order, int):
        raise ClassTableError(f"{depth_order!r} is no depth order: a whole number")
    looks_like = raw.get("looks_like")
    return ClassInfo(
        id=class_id,
        key=str(raw["key"]),
        name=str(raw.get("name", raw["key"])),
        colour=(colour[0], colour[1], colour[2]) if len(colour) == 3 else (-1, -1, -1),
        kind=kind,
        thin=bool(raw.get("thin", False)),
        ground=bool(raw.get("ground", False)),
        group=str(raw.get("group", "")),
        synonyms=tuple(str(s) for s in raw.get("synonyms", ())),
        looks_like=None if looks_like is None else str(looks_like),
        depth_order=depth_order,
    )


def load_class_table(path: Path) -> ClassTable:
    """Read a class table from a TOML or JSON file of at most 1 MB.

    Raises:
        ClassTableError: if the file cannot be read or holds no table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ClassTableError("larger than 1 MB, no class table")
        raw = json.loads(data) if path.suffix.lower() == ".json" else tomllib.loads(data.decode())
        if isinstance(raw, dict):
            raw.setdefault("key", re.sub(r"[^A-Za-z0-9_-]", "_", path.stem))
        return ClassTable._from_mapping(raw)
    except OSError as error:
        raise ClassTableError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except (ValueError, RecursionError) as error:
        raise ClassTableError(f"{path}: {error}") from None


def builtin_class_table(key: str = DEFAULT_TABLE_KEY) -> ClassTable:
    """Return a class table that ships with Tessera, by key.

    Raises:
        ClassTableError: if there is none of that key.
    """
    path = RESOURCES / "classes" / f"{key}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", key) or not path.is_file():
        raise ClassTableError(f"there is no class table {key!r}")
    return load_class_table(path)


def builtin_class_tables() -> list[ClassTable]:
    """Return every class table that ships with Tessera, the default one first."""
    return [builtin_class_table(key) for key in BUILTIN_TABLE_KEYS]
