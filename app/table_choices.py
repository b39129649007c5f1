"""The class tables a painter can choose from: the open document's, those of open banks, and the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.classes import ClassTable, builtin_class_tables

if TYPE_CHECKING:
    from app.session import Session


@dataclass(frozen=True)
class TableChoice:
    """A class table under the name a painter knows it by."""

    name: str
    table: ClassTable


def table_choices(session: Session) -> tuple[TableChoice, ...]:
    """Return the tables at hand, the open document's first; equal ones once."""
    found = [TableChoice(f"{session.table.name} (of this document)", session.table)]
    found += [TableChoice(table.name, table) for table in builtin_class_tables()]
    found += [
        TableChoice(f"{bank.table.name} (of {session.bank_label(bank.path)})", bank.table) for bank in session.banks
    ]
    seen: list[ClassTable] = []
    choices: list[TableChoice] = []
    for choice in found:
        if choice.table not in seen:
            seen.append(choice.table)
            choices.append(choice)
    return tuple(choices)
