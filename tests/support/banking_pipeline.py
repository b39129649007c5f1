"""The fake pipeline with real banks: pictures are invented, but photographs truly come and go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine.bank.bank import Bank
from engine.bank.personal import PersonalBank
from engine.classes import ClassTable
from engine.data.photograph import Photograph, prepare_photograph
from engine.pipeline.pipeline import BankChanged, BankSummary
from tests.support.fake_engine import FakePipeline


@dataclass
class BankingPipeline(FakePipeline):
    """Opens real banks; ``suggestion`` is the class that fills every photograph it is asked about."""

    suggestion: int = 0
    opened: list[BankSummary] = field(default_factory=list)

    def open_bank(self, path: Path) -> BankSummary:  # type: ignore[override]
        """Open a bank and close it again."""
        with closing(Bank.open(path)) as bank:
            summary = BankSummary(
                path, bank.name, bank.digest, bank.counts(), bank.table, bank.source_count, is_living=bank.is_living
            )
        self.opened.append(summary)
        return summary

    def close_bank(self, path: Path) -> None:
        """Nothing is open."""

    def change_bank(
        self, path: Path, change: Callable[[PersonalBank], Any], *, table: ClassTable | None = None
    ) -> BankChanged:
        """Change the painter's own bank."""
        with closing(PersonalBank.open(path, table)) as bank:
            value = change(bank)
        return BankChanged(self.open_bank(path), value)

    def suggest(self, rgb: np.ndarray, table: ClassTable) -> np.ndarray:
        """See one class everywhere."""
        return np.full(rgb.shape[:2], self.suggestion, np.uint8)


def draw_photograph(width: int = 160, height: int = 100, *, file: str = "beach.png", seed: int = 0) -> Photograph:
    """Return a photograph of a red disc, a third of the height across, on green."""
    rng = np.random.default_rng(seed)
    bgr = np.full((height, width, 3), (60, 120, 40), np.uint8)
    cv2.circle(bgr, (width // 2, height // 2), height // 6, (40, 50, 210), -1)
    noisy = np.clip(bgr.astype(np.int16) + rng.integers(-12, 12, bgr.shape), 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".png", noisy)
    assert done
    return prepare_photograph(data.tobytes(), file)
