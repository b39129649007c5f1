"""Does f keep the detail it copies? The shipped weights, on drawn, simulated, retrieved and large canvases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.bank.builder import build_bank
from engine.classes import builtin_class_table
from engine.data.importers.camvid import CamVidImporter
from engine.data.importers.folder import FolderImporter
from engine.data.png import write_gray_png
from engine.data.sample import Rgb8
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.evaluation.metrics import COPIED_ABOVE, copied_energies, gradient_energy
from engine.geometry import Size
from engine.layout import ClassIds, Layout
from engine.pipeline.canvas import PHOTO, Canvas
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.pipeline.synthesis import FINAL_ROWS, load_synthesis, synthesize_image
from engine.pipeline.weights import WEIGHTS_ROOT
from engine.training.photographs import load_photographs
from engine.training.simulation import CanvasSimulator, SimulationConfig
from tests.support.tiny_bank import draw_scene, paint_photograph

pytestmark = pytest.mark.usefixtures("one_thread")

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CAMVID, CITYSCAPES = DATA / "camvid", DATA / "cityscapes"
WEIGHTS = WEIGHTS_ROOT / "street"
TABLE = builtin_class_table("street")
KEPT = 0.95
LARGE = Size(2048, 1024)
CLASS_OF_CITYSCAPES = {
    7: "road", 8: "pavement", 11: "building", 12: "building", 13: "fence", 17: "pole", 19: "sign", 20: "sign",
    21: "tree", 22: "tree", 23: "sky", 24: "pedestrian", 25: "pedestrian", 26: "car", 27: "car", 28: "car",
    33: "bicyclist",
}  # fmt: skip


class FewCamVid(CamVidImporter):
    """A few photographs of the drives f was trained on."""

    def names(self) -> list[str]:
        return super().names()[::24]


@pytest.fixture(scope="module")
def camvid_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a bank of a few CamVid photographs."""
    if not CAMVID.is_dir():
        pytest.skip("the CamVid photographs are not here")
    path = tmp_path_factory.mktemp("camvid") / "few.bank"
    build_bank(FewCamVid(CAMVID, "dev-train"), path)
    return path


def share_kept(pictures: Sequence[tuple[Rgb8, Rgb8, np.ndarray]]) -> float:
    """Return the gradient energy of images as a share of their canvases', over what is copied of all of them."""
    energies = np.array([copied_energies(image, canvas, share) for image, canvas, share in pictures])
    copied = np.mean([(share > COPIED_ABOVE * 255).mean() for _, _, share in pictures])
    assert copied > 0.03  # else nothing was tested
    image, canvas = energies.sum(0)
    return float(image / canvas)


def synthesize(canvas: Canvas, class_ids: ClassIds) -> tuple[Rgb8, Rgb8, np.ndarray]:
    synthesis = load_synthesis(WEIGHTS / "synthesis.safetensors", TABLE, device="cpu")
    image, share = synthesize_image(canvas, class_ids, synthesis, rows=FINAL_ROWS)
    return image, canvas.rgb, share


def test_a_drawn_photograph_keeps_its_detail():
    rng = np.random.default_rng(3)
    pictures = []
    for _ in range(3):
        class_ids = draw_scene(rng, (512, 256))
        rgb = cv2.GaussianBlur(paint_photograph(rng, class_ids), (0, 0), 0.7)
        edge = cv2.morphologyEx(class_ids, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        presence = np.where(edge, 1, PHOTO).astype(np.uint8)
        canvas = Canvas(np.where(edge[..., None], 0, rgb).astype(np.uint8), presence, (~edge).astype(np.uint16))
        pictures.append(synthesize(canvas, class_ids))
    assert share_kept(pictures) >= KEPT


def test_simulated_canvases_keep_their_detail(camvid_bank: Path):
    bank = Bank.open(camvid_bank)
    simulator = CanvasSimulator(bank, load_photographs(bank, rows=FINAL_ROWS), SimulationConfig())
    rng = np.random.default_rng(0)
    examples = [simulator.simulate(number, rng) for number in range(0, len(simulator), 3)]
    bank.close()
    assert share_kept([synthesize(e.canvas, e.painted.class_ids) for e in examples]) >= KEPT


def test_retrieved_canvases_keep_their_detail(camvid_bank: Path):
    pipeline = Pipeline(weights=WEIGHTS, device="cpu", banks=[camvid_bank])
    held_out = CamVidImporter(CAMVID, "dev")
    results = [paint(pipeline, held_out.load(name).layout) for name in held_out.names()[5::25]]
    assert share_kept([(r.image, r.canvas, r.copy_share) for r in results]) >= KEPT


def test_at_2048x1024_the_detail_of_large_photographs_survives(tmp_path: Path):
    if not CITYSCAPES.is_dir():
        pytest.skip("the Cityscapes photographs are not here")
    bank = tmp_path / "cityscapes.bank"
    build_bank(FolderImporter(import_cityscapes(tmp_path / "set"), None), bank)
    pipeline = Pipeline(weights=WEIGHTS, device="cpu", banks=[bank])
    layout = street_layout(sorted((CITYSCAPES / "gtFine" / "val").glob("*/*_labelIds.png"))[0])
    large = paint(pipeline, layout)
    assert share_kept([(large.image, large.canvas, large.copy_share)]) >= KEPT
    small_ids = cv2.resize(layout.class_ids, (512, 256), interpolation=cv2.INTER_NEAREST_EXACT)
    small = paint(pipeline, Layout.from_classes(np.asarray(small_ids, np.uint8)))
    enlarged = cv2.resize(small.image, (LARGE.width, LARGE.height), interpolation=cv2.INTER_CUBIC)
    copied = large.copy_share > COPIED_ABOVE * 255
    assert fine_energy(large.image, copied) > 3 * fine_energy(np.asarray(enlarged, np.uint8), copied)


def paint(pipeline: Pipeline, layout: Layout) -> Result:
    return pipeline.run(Document(layout, TABLE).snapshot(Quality.FINAL))


def fine_energy(rgb: Rgb8, counted: np.ndarray) -> float:
    """Return the gradient energy of what a blur of four pixels takes away: what 512x256 cannot hold."""
    fine = rgb.astype(np.float32) - cv2.GaussianBlur(rgb, (0, 0), 4).astype(np.float32)
    return gradient_energy(np.clip(fine + 128, 0, 255).astype(np.uint8), counted)


def import_cityscapes(root: Path) -> Path:
    """Write the training photographs and layouts as a folder of one's own."""
    for folder in ("photographs", "layouts"):
        (root / folder).mkdir(parents=True)
    text = (WEIGHTS_ROOT.parent / "classes" / "street.toml").read_text()
    (root / "classes.toml").write_text('dataset = "Cityscapes"\n' + text)
    for path in sorted((CITYSCAPES / "leftImg8bit" / "train").glob("*/*.png")):
        name = path.name.removesuffix("_leftImg8bit.png")
        labels = CITYSCAPES / "gtFine" / "train" / path.parent.name / f"{name}_gtFine_labelIds.png"
        (root / "photographs" / f"{name}.png").symlink_to(path)
        (root / "layouts" / f"{name}.png").write_bytes(write_gray_png(street_layout(labels).class_ids))
    return root


def street_layout(path: Path) -> Layout:
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert labels is not None
    lookup = np.full(256, 255, np.uint8)
    for label, key in CLASS_OF_CITYSCAPES.items():
        info = TABLE.get(key)
        assert info is not None
        lookup[label] = info.id
    return Layout.from_classes(lookup[np.asarray(labels, np.uint8)])
