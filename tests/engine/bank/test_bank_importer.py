"""A bank read as a data set."""

from __future__ import annotations

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.builder import build_bank
from engine.bank.importer import BankImporter
from engine.data.importers.folder import FolderImporter
from engine.data.sample import SampleError
from tests.support.tiny_bank import draw_tiny_dataset


def test_a_bank_gives_back_the_photographs_it_was_built_from(tmp_path):
    root = draw_tiny_dataset(tmp_path / "set", count=3)
    build_bank(FolderImporter(root, None), tmp_path / "a.bank")
    original, importer = FolderImporter(root, None), BankImporter(tmp_path / "a.bank", None)
    assert importer.names() == original.names()
    assert importer.table.to_json() == original.table.to_json()
    for name in importer.names():
        ours, theirs = importer.load(name), original.load(name)
        assert np.array_equal(ours.rgb, theirs.rgb)
        assert np.array_equal(ours.layout.class_ids, theirs.layout.class_ids)
        assert ours.photograph_bytes == theirs.photograph_bytes
        assert ours.provenance == theirs.provenance
        assert ours.depth_m is not None


def test_a_bank_built_from_a_bank_holds_the_same_segments(tmp_path):
    build_bank(FolderImporter(draw_tiny_dataset(tmp_path / "set", count=3), None), tmp_path / "a.bank")
    build_bank(BankImporter(tmp_path / "a.bank", None), tmp_path / "b.bank")
    with_keys = []
    for name in ("a", "b"):
        bank = Bank.open(tmp_path / f"{name}.bank")
        with_keys.append(sorted(s.key for source in bank.sources() for s in bank.segments_of(source.key)))
        bank.close()
    assert with_keys[0] == with_keys[1] != []


def test_a_bank_has_no_splits_and_other_files_are_no_banks(tmp_path):
    build_bank(FolderImporter(draw_tiny_dataset(tmp_path / "set", count=1), None), tmp_path / "a.bank")
    with pytest.raises(SampleError, match="no splits"):
        BankImporter(tmp_path / "a.bank", "val")
    (tmp_path / "x.bank").write_bytes(b"no bank at all")
    with pytest.raises(SampleError):
        BankImporter(tmp_path / "x.bank", None)
