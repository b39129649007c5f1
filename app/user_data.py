"""Where the program keeps what it writes for itself."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

DATA_VARIABLE = "TESSERA_DATA"
JOURNALS = "journals"
MAPPINGS = "mappings.json"


def user_data_folder() -> Path:
    """Return the program's own folder, which need not exist; ``TESSERA_DATA`` in the environment names another."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else platformdirs.user_data_path("tessera", appauthor=False)
