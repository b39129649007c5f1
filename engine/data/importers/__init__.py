"""Readers of data sets, by the name the command line knows them by."""

from __future__ import annotations

from engine.data.importers.camvid import CamVidImporter
from engine.data.importers.folder import FolderImporter
from engine.data.sample import ImporterFactory

IMPORTERS: dict[str, ImporterFactory] = {"camvid": CamVidImporter, "folder": FolderImporter}
