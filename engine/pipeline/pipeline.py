"""The pipeline: networks, open banks and caches, and the whole way from a snapshot to an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.bank.bank import Bank, ClassCount
from engine.classes import ClassTable
from engine.document.snapshot import Snapshot
from engine.layout import Layout
from engine.pipeline.cache import StageCache
from engine.pipeline.completion import complete_layout
from engine.pipeline.device import choose_device
from engine.pipeline.results import Result
from engine.pipeline.run import Check, Groups, Report, Run
from engine.pipeline.weights import Networks, weights_folder

CACHE_LIMITS = {"completion": 8, "crop": 1024, "harmonise": 1024}
"""Results kept of stages whose results are pictures."""


@dataclass(frozen=True)
class BankSummary:
    """What the palette wants to know of an open bank."""

    path: Path
    name: str
    digest: str
    counts: tuple[ClassCount, ...]
    table: ClassTable


class Pipeline:
    """Networks, open banks and caches. Owned by one thread, the engine's."""

    def __init__(self, weights: Path | None = None, device: str = "auto", banks: Sequence[Path] = ()) -> None:
        """Choose the device and open banks; networks load when they are first needed.

        Args:
            weights: folder of weight files; by default the ones that ship for a layout's class table.
            device: ``auto``, ``cpu`` or ``cuda``.
            banks: banks to open.

        Raises:
            BankFormatError: if a bank cannot be opened.
            DeviceError: if CUDA is asked for and there is none.
        """
        self.device = choose_device(device)
        self._weights = weights
        self._networks: dict[tuple[Path, str], Networks] = {}
        self._banks: list[Bank] = []
        self._cache = StageCache(CACHE_LIMITS)
        for path in banks:
            self.open_bank(path)

    @property
    def banks(self) -> tuple[Bank, ...]:
        """The open banks, in the order they were opened."""
        return tuple(self._banks)

    def open_bank(self, path: Path) -> BankSummary:
        """Open a bank beside those already open; one that is open stays as it is.

        Raises:
            BankFormatError: if it is no bank, or an empty one.
        """
        bank = next((b for b in self._banks if b.path == path), None)
        if bank is None:
            bank = Bank.open(path)
            self._banks.append(bank)
        return BankSummary(bank.path, bank.name, bank.digest, bank.counts(), bank.table)

    def close_bank(self, path: Path) -> None:
        """Close a bank; it is no error if it is not open."""
        for bank in [b for b in self._banks if b.path == path]:
            self._banks.remove(bank)
            bank.close()

    def networks_for(self, table: ClassTable) -> Networks:
        """Return the networks that serve a class table.

        Raises:
            CheckpointError: if none ship for it. (Damaged ones, or of another table, are refused on first use.)
        """
        folder = self._weights or weights_folder(table)
        key = (folder, table.digest)
        if key not in self._networks:
            self._networks[key] = Networks(folder, table, device=self.device)
        return self._networks[key]

    def complete(self, layout: Layout, table: ClassTable, *, check: Check = lambda: None) -> Layout:
        """Fill the unpainted pixels of a layout; painted ones stay.

        Raises:
            CheckpointError: if the weights do not serve the layout's classes.
        """
        check()
        networks = self.networks_for(table)
        return self._cache.get(
            "completion",
            (layout.digest, table.digest, str(networks.folder)),
            lambda: complete_layout(layout, table, networks.completion),
        )

    def run(
        self,
        snapshot: Snapshot,
        *,
        check: Check = lambda: None,
        report: Report = lambda _stage, _fraction: None,
        excluded_groups: Groups = frozenset(),
    ) -> Result:
        """Turn a snapshot into a canvas and an image.

        The same snapshot, banks, weights and device give the same bytes.

        Args:
            snapshot: the document.
            check: called between stages, regions and blocks; raises to abandon the run.
            report: told the stage reached and the share of the run that is done.
            excluded_groups: (dataset, group) of photographs that are no candidates; for evaluation.

        Raises:
            CheckpointError: if the weights do not serve the layout's classes.
        """
        run = Run(
            self.networks_for(snapshot.table),
            self.banks,
            self._cache,
            snapshot,
            complete=lambda layout: self.complete(layout, snapshot.table, check=check),
            check=check,
            report=report,
            excluded_groups=excluded_groups,
        )
        return run.result()
