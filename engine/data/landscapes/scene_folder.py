"""The folder rendered scenes are kept in: three folders that the ``folder`` importer reads, by split.

``SPLIT/photographs/NAME.webp``, ``layouts/NAME.png``, ``instances/NAME.png``, ``depth/NAME.png``, ``classes.toml``,
``sources.toml``, and ``scenes/NAME.json``, which is written last: a scene without it is not there. Names hold the
seed, so several processes may fill one folder.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import RESOURCES
from engine.data.image_file import encode_webp
from engine.data.importers.reading import encode_depth
from engine.data.landscapes.labels import TABLE
from engine.data.landscapes.noise import Floats
from engine.data.png import write_gray16_png, write_indexed_png
from engine.geometry import Size
from engine.layout import Layout
from engine.whole_file import write_whole

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
DATASET = "tessera-landscapes"
AUTHOR = "The Tessera authors"
LICENCE = "MIT"
PART_SUFFIXES = {"photographs": ".webp", "layouts": ".png", "instances": ".png", "depth": ".png", "scenes": ".json"}
"""The folders of a split, and what their files end in."""
_DEPTH_SIZE = Size(256, 128)
_WEBP_QUALITY = 85


@dataclass(frozen=True, eq=False)
class RenderedScene:
    """A scene that has been rendered.

    Attributes:
        seed: what it was made from.
        family: its scene family.
        size: of the picture.
        rgb: (H, W, 3) uint8 sRGB.
        layout: simplified, of the same size.
        depth_m: (H, W) metres.
        notes: what else is worth keeping, as JSON.
    """

    seed: int
    family: str
    size: Size
    rgb: npt.NDArray[np.uint8]
    layout: Layout
    depth_m: Floats
    notes: dict[str, Any]


def split_of(seed: int) -> Split:
    """Return the part a seed belongs to, by a hash of it: 80 % train, 10 % val, 10 % test."""
    part = hashlib.sha256(f"landscape {seed}".encode()).digest()[0] * 10 // 256
    return "val" if part == 8 else "test" if part == 9 else "train"


def scene_name(seed: int) -> str:
    """Return the name of a seed's scene."""
    return f"landscape_{seed:06d}"


def is_finished(root: Path, seed: int, size: Size) -> bool:
    """Return whether a seed has been rendered at a size."""
    path = root / split_of(seed) / "scenes" / f"{scene_name(seed)}.json"
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("size") == str(size)


def prepare_folder(root: Path) -> None:
    """Make the folders and the class tables.

    Raises:
        OSError: if they cannot be written.
    """
    table = (RESOURCES / "classes" / f"{TABLE.key}.toml").read_text(encoding="utf-8")
    header = f'dataset = "{DATASET}"\nauthor = "{AUTHOR}"\nlicence = "{LICENCE}"\n'
    for split in SPLITS:
        for part in PART_SUFFIXES:
            (root / split / part).mkdir(parents=True, exist_ok=True)
        write_whole(root / split / "classes.toml", (header + table).encode())


def save_scene(root: Path, scene: RenderedScene) -> None:
    """Write a scene's files, its record last.

    Raises:
        OSError: if they cannot be written.
    """
    folder, name = root / split_of(scene.seed), scene_name(scene.seed)
    height, width = _DEPTH_SIZE.height, _DEPTH_SIZE.width
    if scene.size.width * height != scene.size.height * width:
        height, width = scene.size.height, scene.size.width
    small = cv2.resize(scene.depth_m.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    depth_m = np.asarray(small, np.float32)
    write_whole(folder / "photographs" / f"{name}.webp", encode_webp(scene.rgb, quality=_WEBP_QUALITY))
    write_whole(folder / "layouts" / f"{name}.png", write_indexed_png(scene.layout.class_ids, TABLE.colours()))
    write_whole(folder / "instances" / f"{name}.png", write_gray16_png(scene.layout.instance_ids))
    write_whole(folder / "depth" / f"{name}.png", write_gray16_png(encode_depth(depth_m)))
    record = {"seed": scene.seed, "family": scene.family, "size": str(scene.size), **scene.notes}
    write_whole(folder / "scenes" / f"{name}.json", json.dumps(record, indent=1).encode())


def list_sources(root: Path) -> None:
    """Write every split's ``sources.toml`` anew from the records: each scene is a group of its own.

    Raises:
        OSError: if they cannot be written.
    """
    for split in SPLITS:
        entries = []
        for path in sorted((root / split / "scenes").glob("landscape_*.json")):
            entries.append(
                f'[{path.stem}]\ngroup = "{path.stem}"\nauthor = "{AUTHOR}"\nlicence = "{LICENCE}"\n'
                f'file = "photographs/{path.stem}.webp"\n'
            )
        write_whole(root / split / "sources.toml", "\n".join(entries).encode())
