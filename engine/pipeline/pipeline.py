"""The pipeline: networks, open banks and caches, and the whole way from a snapshot to an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.bank.bank import Bank, ClassCount
from engine.bank.personal import PersonalBank
from engine.classes import ClassTable
from engine.data.sample import Rgb8
from engine.document.snapshot import Snapshot
from engine.layout import ClassIds, Layout
from engine.pipeline.ablation import WHOLE, Ablation
from engine.pipeline.cache import StageCache
from engine.pipeline.completion import complete_layout
from engine.pipeline.device import DeviceInfo, choose_device, list_devices, use_threads
from engine.pipeline.finding import Asked, FittingOutline, ask_about, candidates_from, candidates_like, fitting_outlines
from engine.pipeline.materials import Materials
from engine.pipeline.results import Candidate, Result
from engine.pipeline.retrieval import retrieve_candidates
from engine.pipeline.run import Check, Groups, Report, Run
from engine.pipeline.suggestion import suggest_classes
from engine.pipeline.weights import Networks, weights_folder

CACHE_LIMITS = {"completion": 8}
CACHE_BYTES = {
    "crop": 96 << 20,
    "harmonise": 96 << 20,
    "shrunk": 32 << 20,
    "photograph": 16 << 20,
    "layer": 16 << 20,
    "region": 12 << 20,
    "warp": 40 << 20,
}
"""Memory for results of stages whose results are segments."""


@dataclass(frozen=True)
class BankSummary:
    """What the palette and the bank browser want to know of an open bank.

    Attributes:
        path: its file.
        name: what to call it.
        digest: names its content.
        counts: what it holds, by class of its table.
        table: its class table.
        sources: number of photographs.
        is_living: whether it is the painter's own, whose photographs come and go.
    """

    path: Path
    name: str
    digest: str
    counts: tuple[ClassCount, ...]
    table: ClassTable
    sources: int = 0
    is_living: bool = False


@dataclass(frozen=True, slots=True)
class BankChanged:
    """What a change of the painter's own bank led to.

    Attributes:
        summary: the bank as it is now.
        value: what the change returned.
    """

    summary: BankSummary
    value: Any


class Pipeline:
    """Networks, open banks and caches. Owned by one thread, the engine's."""

    def __init__(
        self,
        weights: Path | None = None,
        device: str = "auto",
        banks: Sequence[Path] = (),
        *,
        ablation: Ablation = WHOLE,
    ) -> None:
        """Choose the device and open banks; networks load when they are first needed.

        Args:
            weights: folder of weight files; by default the ones that ship for a layout's class table.
            device: ``auto``, ``cpu`` or ``cuda``.
            banks: banks to open.
            ablation: parts that are left out, for evaluation.

        Raises:
            BankFormatError: if a bank cannot be opened.
            DeviceError: if CUDA is asked for and there is none.
        """
        self.device = choose_device(device)
        self._weights, self._ablation = weights, ablation
        self._networks: dict[Path, Networks] = {}
        self._banks: list[Bank] = []
        self._off: set[Path] = set()
        self._cache = StageCache(CACHE_LIMITS, budgets_bytes=CACHE_BYTES)
        for path in banks:
            self.open_bank(path)

    @property
    def banks(self) -> tuple[Bank, ...]:
        """The open banks, in the order they were opened."""
        return tuple(self._banks)

    def devices(self) -> tuple[DeviceInfo, ...]:
        """Return what the networks can run on here."""
        return list_devices()

    def use_device(self, name: str) -> None:
        """Run the networks on another device from the next run on; they load again where it differs.

        Raises:
            DeviceError: if CUDA is asked for and there is none; the device in use stays.
        """
        device = choose_device(name)
        if device != self.device:
            self.device = device
            self._networks.clear()

    def use_threads(self, count: int) -> None:
        """Compute with so many threads on the CPU; 0 means as many as there are cores."""
        use_threads(count)

    def open_bank(self, path: Path) -> BankSummary:
        """Open a bank beside those already open; one that is open stays as it is.

        Raises:
            BankFormatError: if it is no bank, or an empty one.
        """
        bank = next((b for b in self._banks if b.path == path), None)
        if bank is None:
            bank = Bank.open(path)
            self._banks.append(bank)
        return _summary(bank)

    def close_bank(self, path: Path) -> None:
        """Close a bank; it is no error if it is not open."""
        for bank in [b for b in self._banks if b.path == path]:
            self._banks.remove(bank)
            self._off.discard(path)
            bank.close()

    def set_bank_on(self, path: Path, on: bool, /) -> None:
        """Ask an open bank for segments, or keep it open without asking it."""
        (self._off.discard if on else self._off.add)(path)

    def change_bank(
        self, path: Path, change: Callable[[PersonalBank], Any], *, table: ClassTable | None = None
    ) -> BankChanged:
        """Change the painter's own bank; it is open afterwards, and as it is now.

        Args:
            path: the bank.
            change: what to do with it, open for writing.
            table: class table of the bank that is made where there is none; None makes none.

        Raises:
            BankFormatError: if it cannot be written.
            Exception: what ``change`` raises; the bank is as it was.
        """
        with closing(PersonalBank.open(path, table)) as personal:
            value = change(personal)
        self._refresh()
        return BankChanged(self.open_bank(path), value)

    def suggest(self, rgb: Rgb8, table: ClassTable) -> ClassIds:
        """Return what a photograph seems to show, (H, W) uint8 ids of a table, VOID where that is not sure.

        Raises:
            CheckpointError: if no weights serve the table.
        """
        networks = self._networks_in(self._weights or weights_folder(table))
        return suggest_classes(rgb, networks.features, networks.table.mapping_to(table))

    def networks_for(self, table: ClassTable) -> Networks:
        """Return the networks that serve a class table.

        Raises:
            CheckpointError: if none ship for it, or they know nothing like one of its classes. (Damaged ones are
                refused on first use.)
        """
        networks = self._networks_in(self._weights or weights_folder(table))
        networks.ids_from(table)
        return networks

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
        self._refresh()
        run = Run(
            self.networks_for(snapshot.table),
            self._asked_banks(),
            self._cache,
            snapshot,
            complete=lambda layout: self.complete(layout, snapshot.table, check=check),
            check=check,
            report=report,
            excluded_groups=excluded_groups,
            ablation=self._ablation,
        )
        return run.result()

    def find_candidates(
        self, snapshot: Snapshot, record_id: int, *, like: str | None = None, source_key: str | None = None
    ) -> tuple[Candidate, ...]:
        """Return other candidates for a region: those like a segment, or those of one photograph.

        Args:
            snapshot: the document.
            record_id: the region's record.
            like: key of a segment.
            source_key: key of a photograph; either this or ``like``.

        Raises:
            KeyError: if no region has the record, or no bank the segment.
            ValueError: if neither or both are given.
        """
        asked, banks, materials = self._ask(snapshot, record_id)
        if like is not None and source_key is None:
            return candidates_like(asked, banks, snapshot.table, materials, like=like)
        if source_key is not None and like is None:
            return candidates_from(asked, banks, snapshot.table, source_key=source_key)
        raise ValueError("ask for what is like a segment, or for what a photograph has")

    def fitting_outlines(self, snapshot: Snapshot, record_id: int, *, count: int = 3) -> tuple[FittingOutline, ...]:
        """Return outlines near a region that segments of the open banks would fill.

        Raises:
            KeyError: if no region has the record.
        """
        asked, banks, materials = self._ask(snapshot, record_id)
        candidates = retrieve_candidates(asked.descriptor, asked.class_key, banks, snapshot.table)
        return fitting_outlines(asked, candidates, materials, count=count)

    def _ask(self, snapshot: Snapshot, record_id: int) -> tuple[Asked, list[Bank], Materials]:
        self._refresh()
        layout, banks = snapshot.layout, self._asked_banks()
        if snapshot.settings.complete:
            layout = self.complete(layout, snapshot.table)
        return ask_about(snapshot, layout, record_id), banks, Materials(banks, snapshot.segments, self._cache)

    def _asked_banks(self) -> list[Bank]:
        return [bank for bank in self._banks if bank.path not in self._off and bank.segment_count]

    def _networks_in(self, folder: Path) -> Networks:
        if folder not in self._networks:
            self._networks[folder] = Networks(folder, device=self.device)
        return self._networks[folder]

    def _refresh(self) -> None:
        """Open banks anew that have changed since: the painter's own one lives."""
        for at, bank in enumerate(self._banks):
            if not bank.is_current:
                self._banks[at] = Bank.open(bank.path)
                bank.close()


def _summary(bank: Bank) -> BankSummary:
    return BankSummary(
        bank.path, bank.name, bank.digest, bank.counts(), bank.table, bank.source_count, is_living=bank.is_living
    )
