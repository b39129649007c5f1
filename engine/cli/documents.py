"""Documents on the command line: opened from a file as the app opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable, builtin_class_tables
from engine.data.layout_file import choose_table, load_layout
from engine.document.document import Document
from engine.document.project_file import ProjectError, load_project
from engine.layout import Layout


def open_document(
    path: Path, table: ClassTable | None, banks: Sequence[Bank], *, keeps_table: bool = False
) -> Document:
    """Open a layout or a project as the app opens it.

    Args:
        path: a PNG, or a project.
        table: the class table asked for, or None: the project's, else the one whose colours the layout has, else the
            first bank's, else the default one.
        banks: the open banks.
        keeps_table: let a project keep its own table, and a layout the one whose colours it has; the one asked for is
            taken for a layout that has no colours, or those of no other table.

    Raises:
        LayoutFileError: if a layout cannot be read.
        ProjectError: if a project cannot be read, or has classes that the table asked for lacks.
    """
    if path.suffix.lower() == ".png":
        if table is None or keeps_table:
            first = [] if table is None else [table]
            table = choose_table(path, [*first, *(bank.table for bank in banks), *builtin_class_tables()])
        return Document(load_layout(path, table), table)
    project = load_project(path)
    if table is not None and not keeps_table:
        layout = _translated(path, project.layout, project.table, table)
        project = replace(project, layout=layout, table=table)
    return project.build_document()


def _translated(path: Path, layout: Layout, own: ClassTable, wanted: ClassTable) -> Layout:
    """Return a layout with its classes mapped, by key, to another table's ids."""
    lookup = own.mapping_to(wanted)
    lost = [own[i].key for i in np.unique(layout.class_ids).tolist() if i != VOID and lookup[i] == VOID]
    if lost:
        raise ProjectError(path, f"the class table {wanted.key!r} lacks {', '.join(lost)}")
    return Layout(lookup[layout.class_ids], layout.instance_ids)
