"""Which scenes go into the starter bank: a list of kept and rejected seeds, and the folder it leads to.

Also how scenes of another renderer get in: their classes are mapped by key and their labels simplified like ours.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.classes import VOID
from engine.data.importers.folder import FolderImporter
from engine.data.landscapes.labels import TABLE
from engine.data.landscapes.scene_folder import (
    PART_SUFFIXES,
    RenderedScene,
    list_sources,
    prepare_folder,
    save_scene,
    scene_name,
    split_of,
)
from engine.data.landscapes.simplify import simplify_layout
from engine.geometry import Size
from engine.whole_file import write_whole

_MAX_LIST_BYTES = 1 << 20
_ADOPTED_KEYS = {"dirt": "earth", "flower": "flowers"}
"""What classes of the prototype's scenes are called here."""


class SceneListError(Exception):
    """A list of scenes that cannot be read, or names scenes that are not there; the message is one line."""


@dataclass(frozen=True)
class SceneList:
    """What became of rendered scenes.

    Attributes:
        kept: seeds that are in the bank, rising.
        rejected: seeds that were weeded out, with the reason.
    """

    kept: tuple[int, ...]
    rejected: Mapping[int, str]


def load_scene_list(path: Path) -> SceneList:
    """Read a list: ``kept`` holds seeds and [first, last] ranges, ``[rejected]`` reasons by seed.

    A seed that is rejected is not kept, also inside a range.

    Raises:
        SceneListError: if it cannot be read, or is no such list.
    """
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            raise ValueError("larger than 1 MB")
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        rejected = {int(seed): str(reason) for seed, reason in data.get("rejected", {}).items()}
        kept: set[int] = set()
        for entry in data["kept"]:
            first, last = (entry, entry) if isinstance(entry, int) else (int(entry[0]), int(entry[1]))
            if not 0 <= first <= last < 100_000_000 or last - first > 1_000_000:
                raise ValueError(f"{entry} is no seed and no range of seeds")
            kept.update(range(first, last + 1))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SceneListError(f"{path}: no list of scenes: {error}") from None
    return SceneList(tuple(sorted(kept - rejected.keys())), rejected)


def select_scenes(roots: Sequence[Path], scenes: SceneList, out: Path) -> int:
    """Put the kept scenes of some folders into one, as links where the file system lets us; return how many.

    Args:
        roots: folders that `render_range` filled; where several hold a seed, the first is taken.
        scenes: which to keep.
        out: the folder, with a folder for each split; what is not kept is removed from it.

    Raises:
        SceneListError: if a kept scene is in none of the folders.
        OSError: if a file cannot be read or written.
    """
    found = {seed: root for root in reversed(roots) for seed in scenes.kept if _record(root, seed).is_file()}
    if missing := [seed for seed in scenes.kept if seed not in found]:
        listed = ", ".join(map(str, missing[:5]))
        raise SceneListError(f"{len(missing)} kept scenes are not there: {listed}{', …' if len(missing) > 5 else ''}")
    prepare_folder(out)
    kept = {scene_name(seed) for seed in scenes.kept}
    for path in out.glob("*/*/landscape_*"):
        if path.stem not in kept:
            path.unlink()
    for seed, root in found.items():
        for part, suffix in PART_SUFFIXES.items():
            name = Path(split_of(seed), part, scene_name(seed) + suffix)
            _link(root / name, out / name)
    list_sources(out)
    return len(found)


def adopt_scenes(root: Path, out: Path, first_seed: int, progress: Callable[[int, int, str], None]) -> int:
    """Take the scenes of another renderer, in the form the folder importer reads; return how many.

    Args:
        root: photographs with layouts, instances and depth; layouts may be speckled.
        out: a folder as `render_range` fills it.
        first_seed: the first scene's, by name; the next follow. It decides the split.
        progress: called with (done, total, name).

    Raises:
        SampleError: if the folder cannot be read, or a scene lacks depth.
        OSError: if a file cannot be written.
    """
    importer = FolderImporter(root, None)
    keys = {info.id: _ADOPTED_KEYS.get(info.key, info.key) for info in importer.table}
    ids = np.full(256, VOID, np.uint8)
    for class_id, key in keys.items():
        info = TABLE.get(key)
        ids[class_id] = VOID if info is None else info.id
    prepare_folder(out)
    names = importer.names()
    for i, name in enumerate(names):
        progress(i, len(names), name)
        sample = importer.load(name)
        depth_m = np.zeros(sample.rgb.shape[:2], np.float32) if sample.depth_m is None else sample.depth_m
        layout = simplify_layout(ids[sample.layout.class_ids], sample.layout.instance_ids.copy(), depth_m)
        size = Size.of(sample.rgb)
        save_scene(out, RenderedScene(first_seed + i, "adopted", size, sample.rgb, layout, depth_m, {"name": name}))
    list_sources(out)
    progress(len(names), len(names), "done")
    return len(names)


def _record(root: Path, seed: int) -> Path:
    return root / split_of(seed) / "scenes" / f"{scene_name(seed)}.json"


def _link(source: Path, target: Path) -> None:
    if target.exists() and source.samefile(target):
        return
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        if not source.is_file():
            raise
        write_whole(target, source.read_bytes())
