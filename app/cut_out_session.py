"""A session of its own for one photograph that is being cut out: its layout, its tools, its history; no pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from app.document_file import OpenedDocument
from app.engine_bridge import EngineBridge
from app.photographs import KeptPhotograph
from app.session import Session
from engine.bank.tables import extend_table
from engine.classes import RESOURCES, ClassTable, ClassTableError
from engine.data.photograph import Photograph
from engine.document.document import Document
from engine.document.underlay_file import Underlay
from engine.layout import Layout


class CutOut(QObject):
    """A photograph with a layout over it. GUI thread.

    Attributes:
        photograph: what is cut out of.
        name: what the bank will call it.
        author: who made it.
        licence: under which terms.
        is_kept: whether the painter's own bank holds it already.
        session: paints its layout. Its engine is never started: nobody wants pictures of it.
    """

    def __init__(self, session: Session, photograph: Photograph, kept: KeptPhotograph | None, parent: QObject) -> None:
        """Begin with an empty layout, or with the one it is kept with.

        Args:
            session: the program's; its class table and the origin given last are offered.
            photograph: the photograph.
            kept: what the painter's own bank has of it, None for nothing.
            parent: owns this.
        """
        super().__init__(parent)
        self.photograph = photograph
        self.is_kept = kept is not None
        self.name = Path(photograph.file).stem if kept is None else kept.name
        self.author = session.photographs.author if kept is None else kept.provenance.author
        self.licence = session.photographs.licence if kept is None else kept.provenance.licence
        table = session.table if kept is None else _joined(kept.table, session.table)
        layout = Layout.blank(photograph.size) if kept is None else kept.layout
        underlay = Underlay(self.name, photograph.rgb, photograph.data, placement="stretch")
        opened = OpenedDocument(Document(layout, table, underlay=underlay), name=self.name)
        self.session = Session(EngineBridge(_no_pipeline, self), session.preferences, opened, self)
        self.session.set_live(False)

    @property
    def can_suggest(self) -> bool:
        """Whether a segmentation network ships for the classes in use."""
        return (RESOURCES / "weights" / self.session.table.key / "features.safetensors").is_file()


def _joined(own: ClassTable, other: ClassTable) -> ClassTable:
    """Return a table with the classes of another added, as far as there is room."""
    try:
        return extend_table(own, other, used=np.arange(len(other), dtype=np.uint8))[0]
    except ClassTableError:
        return own


def _no_pipeline() -> None:
    raise RuntimeError("nothing is computed for a photograph that is being cut out")
