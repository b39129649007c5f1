"""The networks of one domain, loaded from a folder of weight files when they are first needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from engine.classes import RESOURCES, ClassTable
from engine.networks.alignment import AlignmentNetwork
from engine.networks.checkpoint import CheckpointError
from engine.networks.completion import CompletionNetwork, load_completion
from engine.networks.ordering import OrderingNetwork
from engine.pipeline.alignment import load_alignment
from engine.pipeline.ordering import load_ordering
from engine.pipeline.synthesis import LoadedSynthesis, load_synthesis

WEIGHTS_ROOT = RESOURCES / "weights"


def weights_folder(table: ClassTable) -> Path:
    """Return the folder of the weights that ship for a class table.

    Raises:
        CheckpointError: if none do.
    """
    folder = WEIGHTS_ROOT / table.key
    if not (folder / "synthesis.safetensors").is_file():
        known = ", ".join(sorted(p.parent.name for p in WEIGHTS_ROOT.glob("*/synthesis.safetensors"))) or "none"
        raise CheckpointError(f"there are no weights for the classes of {table.key!r} (there are for: {known})")
    return folder


class Networks:
    """Every network of one folder. Owned by the engine thread; each is loaded on first use.

    Raises:
        CheckpointError: on first use, if a file is missing, damaged, or of another table or canvas version.
    """

    def __init__(self, folder: Path, table: ClassTable, *, device: str) -> None:
        """Remember where the files are and which table they must serve; nothing is read yet."""
        self.folder = folder
        self.table = table
        self.device = device

    @cached_property
    def synthesis(self) -> LoadedSynthesis:
        """The synthesis network f."""
        return load_synthesis(self.folder / "synthesis.safetensors", self.table, device=self.device)

    @cached_property
    def twin(self) -> LoadedSynthesis:
        """The parametric twin of f."""
        return load_synthesis(self.folder / "synthesis_parametric.safetensors", self.table, device=self.device)

    @cached_property
    def alignment(self) -> AlignmentNetwork:
        """The transformation network T."""
        return load_alignment(self.folder / "alignment.safetensors", self.table)

    @cached_property
    def ordering(self) -> OrderingNetwork:
        """The ordering network."""
        return load_ordering(self.folder / "ordering.safetensors", self.table)

    @cached_property
    def completion(self) -> CompletionNetwork:
        """The completion network."""
        return load_completion(self.folder / "completion.safetensors", self.table)
