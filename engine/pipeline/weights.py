"""The networks of one domain, loaded from a folder of weight files when they are first needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.classes import RESOURCES, VOID, ClassTable
from engine.networks.alignment import AlignmentNetwork
from engine.networks.checkpoint import CheckpointError, read_class_table
from engine.networks.completion import CompletionNetwork, load_completion
from engine.networks.features import FeatureNetwork, load_features
from engine.networks.ordering import OrderingNetwork
from engine.pipeline.alignment import load_alignment
from engine.pipeline.ordering import load_ordering
from engine.pipeline.synthesis import LoadedSynthesis, load_synthesis

WEIGHTS_ROOT = RESOURCES / "weights"
PAPER_FILE = "synthesis_paper.safetensors"


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
        CheckpointError: on first use, if a file is missing, damaged, or of another table than that of f, or of
            another canvas version.
    """

    def __init__(self, folder: Path, *, device: str) -> None:
        """Remember where the files are; nothing is read yet."""
        self.folder = folder
        self.device = device

    @cached_property
    def table(self) -> ClassTable:
        """The class table the networks were trained with."""
        return read_class_table(self.folder / "synthesis.safetensors")

    def ids_from(self, table: ClassTable) -> npt.NDArray[np.uint8]:
        """Return a (256,) uint8 lookup from a document's class ids to the networks'; VOID stays VOID.

        A painter's own class stands for the one it looks like.

        Raises:
            CheckpointError: if the networks know nothing like one of the table's classes.
        """
        lookup = table.mapping_to(self.table)
        unknown = [info.name for info in table if lookup[info.id] == VOID]
        if unknown:
            raise CheckpointError(
                f"{self.folder}: trained for the classes of {self.table.key!r}, which know nothing like "
                f"{', '.join(unknown[:3])}{' …' if len(unknown) > 3 else ''}"
            )
        return lookup

    @cached_property
    def synthesis(self) -> LoadedSynthesis:
        """The synthesis network f."""
        return load_synthesis(self.folder / "synthesis.safetensors", self.table, device=self.device)

    @cached_property
    def twin(self) -> LoadedSynthesis:
        """The parametric twin of f."""
        return load_synthesis(self.folder / "synthesis_parametric.safetensors", self.table, device=self.device)

    @cached_property
    def paper(self) -> LoadedSynthesis:
        """The paper's own network, where it was trained."""
        return load_synthesis(self.folder / PAPER_FILE, self.table, device=self.device)

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

    @cached_property
    def features(self) -> FeatureNetwork:
        """The segmentation network, which suggests layouts of photographs."""
        return load_features(self.folder / "features.safetensors", self.table)
