"""Makes the pictures of the examples and the project the program opens with: ``python -m app.make_examples``.

Run it whenever the bundled bank, the networks or a layout changed. The same files give the same bytes.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from app.document_file import save_document
from app.examples import STARTER_PROJECT, Example, list_examples, open_example
from engine.bank.bundled import bundled_banks
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.whole_file import write_whole

if TYPE_CHECKING:
    from engine.pipeline.results import Result

PICTURE_BYTES = 40_000
QUALITIES = range(88, 20, -4)
DOCUMENT_ID = "starter"


def main() -> None:
    """Write ``KEY.webp`` for every example that the bundled bank is made for, and the first one as a project."""
    from engine.pipeline.pipeline import Pipeline

    pipeline = Pipeline(device="cpu", banks=bundled_banks())
    for number, example in enumerate(e for e in list_examples() if e.has_photographs):
        document = open_example(example).document
        result = pipeline.run(document.snapshot(Quality.FINAL))
        write_whole(example.picture, encode_picture(result.image))
        if number == 0:
            _save_starter(example, document, result)
        print(f"{example.picture.name}: {example.picture.stat().st_size} bytes", file=sys.stderr)


def encode_picture(rgb: npt.NDArray[np.uint8]) -> bytes:
    """Return an (H, W, 3) uint8 sRGB picture as WebP, as good as `PICTURE_BYTES` allow.

    Raises:
        ValueError: if it does not fit at the lowest quality.
    """
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    for quality in QUALITIES:
        _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
        if data.size <= PICTURE_BYTES:
            return data.tobytes()
    raise ValueError(f"does not fit into {PICTURE_BYTES} bytes")


def _save_starter(example: Example, document: Document, result: Result) -> None:
    assert result.records is not None
    document.annotate(result.stamp.generation, result.records, result.next_record_id, result.segments)
    snapshot = replace(document.snapshot(Quality.FINAL), document_id=DOCUMENT_ID)
    save_document(example.picture.with_name(STARTER_PROJECT), snapshot, result)


if __name__ == "__main__":
    main()
