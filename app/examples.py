"""The example layouts that come with the program, and the one it opens with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from app.document_file import OpenedDocument, open_document
from engine.bank.bundled import bundled_banks
from engine.classes import DEFAULT_TABLE_KEY, RESOURCES, ClassTable, builtin_class_table
from engine.document.document import Document
from engine.geometry import Size
from engine.layout import Layout

EXAMPLES_FOLDER = RESOURCES / "examples"
EMPTY_SIZE = Size(512, 256)
STARTER_PROJECT = "starter.tessera"
"""The first example with its picture, as a project: what a new window shows before the engine has run."""


@dataclass(frozen=True, slots=True)
class Example:
    """One layout to begin from.

    Attributes:
        key: stem of its files.
        title: what it is called.
        table_key: its class table.
        layout: its layout, an index PNG.
        picture: a small picture made from it, WebP.
    """

    key: str
    title: str
    table_key: str
    layout: Path
    picture: Path

    @property
    def has_photographs(self) -> bool:
        """Whether a bank that ships with Tessera is made for it; else the network invents what no other bank holds."""
        return bool(bundled_banks(self.table_key))


def list_examples(folder: Path = EXAMPLES_FOLDER) -> tuple[Example, ...]:
    """Return the examples in the order they are offered."""
    listed = tomllib.loads((folder / "examples.toml").read_text(encoding="utf-8"))["examples"]
    return tuple(
        Example(
            key=entry["key"],
            title=entry["title"],
            table_key=entry.get("table", DEFAULT_TABLE_KEY),
            layout=folder / f"{entry['key']}.png",
            picture=folder / f"{entry['key']}.webp",
        )
        for entry in listed
    )


def open_example(example: Example) -> OpenedDocument:
    """Open an example as a new document without a file.

    Raises:
        FileError: if its layout cannot be read.
    """
    opened = open_document(example.layout, builtin_class_table(example.table_key))
    return replace(opened, name=example.title)


def open_starter(table: ClassTable | None = None) -> OpenedDocument:
    """Open what the program begins with, as a new document without a file.

    Args:
        table: of the bank the program was started with, if any. In the default table it is the first example with
            its picture; in that of another example, that example; else an empty layout.

    Raises:
        FileError: if it cannot be read.
    """
    table = table or builtin_class_table()
    own = next((e for e in list_examples() if builtin_class_table(e.table_key).digest == table.digest), None)
    if own is None:
        return OpenedDocument(Document(Layout.blank(EMPTY_SIZE), table))
    if own.table_key != DEFAULT_TABLE_KEY:
        return open_example(own)
    project = open_document(EXAMPLES_FOLDER / STARTER_PROJECT, table)
    return replace(project, path=None, name=own.title)
