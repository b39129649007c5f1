"""A small data set of drawn street scenes, and a bank made of it, for every test that needs photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.builder import build_bank
from engine.classes import RESOURCES, builtin_class_table
from engine.data.importers.folder import FolderImporter
from engine.data.png import write_gray16_png, write_gray_png

GROUPS = ("north", "south")
_COLOURS = {
    "sky": (150, 190, 225), "building": (165, 110, 90), "road": (95, 95, 100), "pavement": (170, 160, 155),
    "tree": (70, 110, 55), "car": (60, 80, 160), "pole": (60, 60, 60),
}  # fmt: skip


def draw_scene(rng: np.random.Generator, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Draw the (H, W) uint8 class ids of a street, in the street table: sky, building, tree, road, cars, a pole."""
    ids = {info.key: info.id for info in builtin_class_table("street")}
    width, height = size
    scene = np.full((height, width), ids["sky"], np.uint8)
    horizon = int(height * rng.uniform(0.5, 0.65))
    split = int(width * rng.uniform(0.35, 0.65))
    scene[int(height * rng.uniform(0.1, 0.3)) : horizon, :split] = ids["building"]
    centre = (int((split + width) / 2), int(horizon * 0.75))
    cv2.ellipse(scene, centre, (max(3, (width - split) // 3), max(3, height // 5)), 0, 0, 360, ids["tree"], -1)
    scene[horizon:] = ids["road"]
    cv2.fillConvexPoly(
        scene, np.array([[0, horizon], [int(width * 0.3), horizon], [0, height - 1]], np.int32), ids["pavement"]
    )
    for _ in range(int(rng.integers(1, 3))):
        left = int(rng.integers(int(width * 0.35), int(width * 0.8)))
        top = int(rng.integers(horizon - 2, int(height * 0.8)))
        scene[top : top + max(4, height // 7), left : left + max(6, width // 7)] = ids["car"]
    column = int(rng.integers(width // 8, width // 3))
    scene[height // 5 : horizon + 3, column : column + max(2, width // 48)] = ids["pole"]
    return scene


def paint_photograph(rng: np.random.Generator, scene: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an (H, W, 3) uint8 sRGB picture of a scene: a colour a class, light of its own, fine and coarse noise."""
    table = builtin_class_table("street")
    palette = np.zeros((256, 3), np.float32)
    light = rng.uniform(0.75, 1.15)
    for key, colour in _COLOURS.items():
        info = table.get(key)
        if info is not None:
            palette[info.id] = np.array(colour) * light + rng.uniform(-12, 12, 3)
    height, width = scene.shape
    coarse = cv2.resize(rng.normal(0, 14, (height // 6 + 1, width // 6 + 1)).astype(np.float32), (width, height))
    noise = coarse[..., None] + rng.normal(0, 6, (height, width, 3))
    return np.clip(palette[scene] + noise, 0, 255).astype(np.uint8)


def draw_tiny_dataset(root: Path, count: int = 6, size: tuple[int, int] = (96, 64), seed: int = 0) -> Path:
    """Draw a data set for the folder importer: street table, depth maps, and two groups of photographs in turn.

    Args:
        root: folder to fill; made where it is missing.
        count: number of photographs.
        size: width and height in pixels.
        seed: the same seed draws the same files.

    Returns:
        The root.
    """
    for folder in ("photographs", "layouts", "depth"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    text = (RESOURCES / "classes" / "street.toml").read_text()
    (root / "classes.toml").write_text('dataset = "Tiny"\nauthor = "the tests"\nlicence = "CC0"\n' + text)
    sources = []
    rng = np.random.default_rng(seed)
    for number in range(count):
        name = f"{number:03d}"
        scene = draw_scene(rng, size)
        bgr = cv2.cvtColor(paint_photograph(rng, scene), cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95])
        assert done
        (root / f"photographs/{name}.jpg").write_bytes(data.tobytes())
        (root / f"layouts/{name}.png").write_bytes(write_gray_png(scene))
        (root / f"depth/{name}.png").write_bytes(write_gray16_png(_depth(scene)))
        sources.append(f'["{name}"]\ngroup = "{GROUPS[number % 2]}"\n')
    (root / "sources.toml").write_text("\n".join(sources))
    return root


def build_tiny_bank(
    tmp_path: Path, *, count: int = 6, size: tuple[int, int] = (96, 64), seed: int = 0, name: str = "tiny"
) -> Path:
    """Draw a tiny data set under ``tmp_path/NAME`` and return the bank ``tmp_path/NAME.bank`` built from it."""
    root = draw_tiny_dataset(tmp_path / name, count, size, seed)
    path = tmp_path / f"{name}.bank"
    build_bank(FolderImporter(root, None), path)
    return path


def _depth(scene: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return a depth map (5000 times the logarithm of metres): the ground comes nearer, cars and poles stand on it."""
    table = builtin_class_table("street")
    height, width = scene.shape
    rows = np.linspace(60, 4, height, dtype=np.float32)[:, None].repeat(width, 1)
    fixed = {"sky": 10_000.0, "building": 50.0, "tree": 40.0, "car": 12.0, "pole": 15.0}
    for key, metres in fixed.items():
        info = table.get(key)
        if info is not None:
            rows[scene == info.id] = metres
    return np.rint(np.log(rows) * 5000).astype(np.uint16)
