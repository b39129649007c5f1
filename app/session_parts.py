"""What a session offers of its parts under its own name, so that panels and tools need to know the session only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.bank_list import BankList
from app.engine_bridge import EngineBridge
from app.picture_flow import PictureFlow
from app.region_choice import RegionChoice
from app.tool_state import ToolName, ToolState
from engine.classes import ClassTable
from engine.document.document import Document
from engine.pipeline.results import Candidate, RegionResult, Result


class SessionParts:
    """Passes calls on to tools, region choice, pictures and banks; decides nothing. GUI thread; see `Session`."""

    engine: EngineBridge
    tools: ToolState
    choice: RegionChoice
    pictures: PictureFlow
    failed: Any
    _banks: BankList

    @property
    def document(self) -> Document:
        """The open document."""
        raise NotImplementedError

    @property
    def table(self) -> ClassTable:
        """The class table of the open document."""
        return self.document.table

    # -- tools (see `ToolState`) --------------------------------------------------------------------------------

    @property
    def class_id(self) -> int:
        """The class that brush and fill paint."""
        return self.tools.class_id

    @property
    def previous_class_id(self) -> int:
        """The class painted with before."""
        return self.tools.previous_class_id

    @property
    def brush_px(self) -> float:
        """Diameter of the brush in layout pixels."""
        return self.tools.brush_px

    @property
    def tool(self) -> ToolName:
        """Name of the tool in use."""
        return self.tools.tool

    @property
    def instance_id(self) -> int:
        """The fresh instance the next stroke gets, or 0."""
        return self.tools.instance_id

    def set_class(self, class_id: int) -> None:
        """Paint with a class of the table.

        Raises:
            ValueError: if the table has no such class.
        """
        if not 0 <= class_id < len(self.table):
            raise ValueError(f"the table has no class {class_id}")
        self.tools.set_class(class_id)

    def swap_class(self) -> None:
        """Paint with the previous class again."""
        self.tools.set_class(self.tools.previous_class_id)

    def set_brush_px(self, brush_px: float) -> None:
        """Set the diameter of the brush in layout pixels."""
        self.tools.set_brush_px(brush_px)

    def set_tool(self, name: ToolName) -> None:
        """Take another tool."""
        self.tools.set_tool(name)

    def new_object(self) -> None:
        """Give the next stroke a fresh instance, so that it is an object of its own; once more takes that back."""
        try:
            self.tools.set_instance(0 if self.tools.instance_id else self.document.fresh_instance_id())
        except ValueError as error:
            self.failed.emit(f"There is no room for a new object: {error}", "")

    # -- selection and choice (see `RegionChoice`) --------------------------------------------------------------

    @property
    def selected_record_id(self) -> int:
        """Record of the selected region, or -1."""
        return self.choice.selected_record_id

    @property
    def highlighted_key(self) -> str:
        """Segment key of the candidate under the cursor keys, empty for none."""
        return self.choice.highlighted_key

    def select(self, record_id: int) -> None:
        """Select a region by its record, or none with -1."""
        self.choice.select(record_id)

    def select_at(self, x: float, y: float) -> None:
        """Select the region under a layout position, or none."""
        self.choice.select_at(x, y)

    def region_result(self, record_id: int) -> RegionResult | None:
        """Return what the result on show says of a region."""
        return self.choice.region_result(record_id)

    def candidates_of(self, record_id: int) -> tuple[Candidate, ...]:
        """Return the candidates of a region, best first."""
        region = self.region_result(record_id)
        return () if region is None else region.candidates

    def pick(self, record_id: int, segment_key: str) -> None:
        """Make a region of another segment."""
        self.choice.pick(record_id, segment_key)

    def step_candidate(self, delta: int) -> None:
        """Move the highlight among the selected region's candidates."""
        self.choice.step_candidate(delta)

    def pick_highlighted(self) -> None:
        """Pick the highlighted candidate for the selected region."""
        self.choice.pick_highlighted()

    def toggle_lock(self, record_id: int) -> None:
        """Lock or unlock what a region is made of."""
        self.choice.toggle_lock(record_id)

    def ban(self, record_id: int, segment_key: str) -> None:
        """Never make a region of a segment again."""
        self.choice.ban(record_id, segment_key)

    def highlight(self, segment_key: str) -> None:
        """Highlight a candidate of the selected region."""
        self.choice.highlight(segment_key)

    def unban(self, record_id: int, segment_key: str) -> None:
        """Allow a segment again for a region."""
        self.choice.unban(record_id, segment_key)

    def reset_choice(self, record_id: int) -> None:
        """Let Tessera choose for a region."""
        self.choice.reset_choice(record_id)

    # -- pictures (see `PictureFlow`) ---------------------------------------------------------------------------

    @property
    def result(self) -> Result | None:
        """The result on show, or None before the first."""
        return self.pictures.result

    @property
    def final_result(self) -> Result | None:
        """The FINAL result of the document as it is now, or None."""
        return self.pictures.final_result

    @property
    def latency_ms(self) -> float | None:
        """Time from the last request to its picture."""
        return self.pictures.latency_ms

    @property
    def device(self) -> str:
        """What synthesis ran on last, empty before the first picture."""
        return self.pictures.device

    @property
    def is_running(self) -> bool:
        """Whether the engine works on a picture."""
        return self.pictures.is_running

    @property
    def is_live(self) -> bool:
        """Whether every edit asks for a new picture."""
        return self.pictures.is_live

    def set_live(self, live: bool, /) -> None:
        """Follow every edit, or wait for `run_now`."""
        self.pictures.set_live(live)

    def run_now(self) -> None:
        """Ask for a FINAL of the document as it is."""
        self.pictures.run_now()

    def cancel(self) -> None:
        """Abandon the run in progress; the picture on show stays."""
        self.pictures.cancel()

    # -- banks (see `BankList`) ---------------------------------------------------------------------------------

    @property
    def banks(self) -> tuple[Any, ...]:
        """Summaries of the open banks: path, name, digest, counts, table."""
        return self._banks.summaries

    @property
    def expects_banks(self) -> bool:
        """Whether banks are still to come: the program has not begun yet, or one is being opened."""
        return self._banks.is_expecting

    @property
    def bank_digests(self) -> tuple[str, ...]:
        """Digests of the open banks."""
        return self._banks.digests

    def bank_label(self, path: Path) -> str:
        """Return what an open bank is called in lists: no two are called the same."""
        return self._banks.label(path)

    def bank_counts(self) -> dict[str, int]:
        """Return how many segments the open banks have, by class key of the document's table."""
        return self._banks.counts(self.table)

    def open_bank(self, path: Path) -> None:
        """Open a memory bank on the engine thread."""
        self._banks.open(path)

    @property
    def closed_bundled_bank(self) -> Path | None:
        """The bank that ships with Tessera, where it is there, not open and not about to be."""
        return self._banks.closed_bundled

    def close_bank(self, path: Path) -> None:
        """Close a memory bank."""
        self._banks.close(path)

    def is_bank_on(self, path: Path) -> bool:
        """Whether an open bank is asked for candidates."""
        return self._banks.is_on(path)

    def set_bank_on(self, path: Path, on: bool, /) -> None:
        """Ask an open bank for candidates, or keep it open without asking it."""
        self._banks.set_on(path, on)

    def request_thumbnail(self, segment_key: str, side_px: int = 96) -> None:
        """Ask for a cut-out of a segment; `thumbnail_ready` follows, with None where it cannot be read."""
        self.engine.request_thumbnail(segment_key, side_px)
