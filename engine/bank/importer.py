"""A memory bank read as a data set: the way to evaluate on photographs that ship as a bank."""

from __future__ import annotations

from pathlib import Path

from engine.bank.bank import Bank
from engine.bank.schema import BankFormatError
from engine.classes import ClassTable
from engine.data.sample import Sample, SampleError


class BankImporter:
    """Reads the photographs of a bank with their layouts and depth."""

    def __init__(self, root: Path, split: str | None) -> None:
        """Open the bank.

        Args:
            root: the bank's file.
            split: None; a bank has no parts.

        Raises:
            SampleError: if it is no bank, or a split is asked for.
        """
        if split is not None:
            raise SampleError(split, "a bank has no splits")
        try:
            self._bank = Bank.open(root)
        except BankFormatError as error:
            raise SampleError(str(root), error.reason) from None
        self._keys = {source.name: source.key for source in self._bank.sources()}

    @property
    def table(self) -> ClassTable:
        """The bank's class table."""
        return self._bank.table

    def names(self) -> list[str]:
        """Return the names of all photographs, sorted."""
        return sorted(self._keys)

    def load(self, name: str) -> Sample:
        """Read one photograph with its layout, instances and depth.

        Raises:
            SampleError: if the bank is damaged there.
        """
        key = self._keys[name]
        try:
            source = self._bank.source(key)
            rgb, layout, depth_m = self._bank.photograph(key), self._bank.layout(key), self._bank.depth_m(key)
            data = self._bank.photograph_bytes(key)
        except BankFormatError as error:
            raise SampleError(name, error.reason) from None
        return Sample(name, rgb, layout, source.provenance, data, depth_m)
