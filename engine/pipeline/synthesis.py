"""The synthesis stage: canvas and layout of any size, through the network's frame, to an image of that size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.classes import ClassTable
from engine.geometry import Size
from engine.networks.checkpoint import CheckpointError, load_checkpoint
from engine.networks.configurations import (
    PAPER_KIND,
    SYNTHESIS_KIND,
    AnySynthesisNetwork,
    frame_multiple,
    network_of,
)
from engine.networks.synthesis import PADDING_MULTIPLE, ModulatedBlock, SynthesisOutput, blend
from engine.pipeline.canvas import CANVAS_VERSION, ELIDED, MISSING, PHOTO, Canvas

PREVIEW_ROWS = 128
FINAL_ROWS = 256
BAND_PX = 1 << 17
"""About how many pixels of a document are scaled and blended at once: what lies between fits a processor's cache."""
STATES = np.eye(3, dtype=np.float32)
"""By state of presence, 1 for the one it is."""
REACH_MARGIN_PX = 4
"""What scaling to the network's frame and back adds to its reach, in pixels of that frame."""


@dataclass(frozen=True, eq=False)
class LoadedSynthesis:
    """A synthesis network ready to run, and the digest of its file."""

    network: AnySynthesisNetwork
    table: ClassTable
    digest: str
    device: str

    def reach(self, size: Size, *, rows: int) -> float:
        """Return how far, in picture heights, a pixel of a picture acts on others in a frame of so many rows."""
        reach_px = self.network.reach_px
        if reach_px is None:  # the paper's network: the whole picture
            return max(1.0, size.width / size.height)
        return (reach_px + REACH_MARGIN_PX) / rows


def load_synthesis(path: Path, table: ClassTable | None, *, device: str) -> LoadedSynthesis:
    """Read f, its parametric twin or the paper's network from a weight file, in the configuration the file names.

    Raises:
        CheckpointError: if the file is damaged, of another table, or trained on another version of the canvas.
    """
    checkpoint = load_checkpoint(path, kind=(SYNTHESIS_KIND, PAPER_KIND), table=table)
    if checkpoint.canvas_version != CANVAS_VERSION:
        raise CheckpointError(
            f"{path}: trained on canvas version {checkpoint.canvas_version}; this Tessera composes {CANVAS_VERSION}"
        )
    network = network_of(checkpoint).eval().requires_grad_(requires_grad=False).to(torch.device(device))
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's stub lacks it
    return LoadedSynthesis(network, checkpoint.table, checkpoint.digest, device)


def synthesize_image(
    canvas: Canvas,
    class_ids: npt.NDArray[np.uint8],
    synthesis: LoadedSynthesis,
    *,
    rows: int,
    check: Callable[[], None] = lambda: None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Turn a canvas and its layout into an image.

    Args:
        canvas: (H, W).
        class_ids: (H, W) uint8 in the network's own table; ids it lacks count as void.
        synthesis: the network.
        rows: rows of the network frame; its columns follow the canvas's aspect.
        check: called between blocks; may raise to abandon the run.

    Returns:
        (H, W, 3) uint8 sRGB and (H, W) uint8, the share copied from the canvas.
    """
    size = Size.of(class_ids)
    frame = Size(max(PADDING_MULTIPLE, round(size.width * rows / size.height)), rows)
    device = synthesis.device
    with torch.inference_mode():
        inputs = frame_inputs(canvas, class_ids, frame, synthesis.network.config.classes)
        check()
        multiple = frame_multiple(synthesis.network.config)
        padded = [pad_to_multiple(t, multiple).to(device) for t in inputs]
        check()
        with _checked(synthesis.network, check):
            output = crop_output(synthesis.network(*padded), frame)
        check()
        return _blend_in_bands(canvas, output, check)


@contextmanager
def _checked(network: nn.Module, check: Callable[[], None]) -> Iterator[None]:
    """Call ``check`` before every block of the network, so that a run ends soon after it is abandoned."""
    blocks = (module for module in network.modules() if isinstance(module, ModulatedBlock))
    hooks = [block.register_forward_pre_hook(lambda _block, _inputs: check()) for block in blocks]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _blend_in_bands(
    canvas: Canvas, output: SynthesisOutput, check: Callable[[], None]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Blend at the canvas's size, some rows after others: all at once, numbers of a large one would fill memory."""
    size = Size.of(canvas.presence)
    grids = [grid.contiguous() for grid in (output.generated, output.copy_mask, output.colour_shift)]
    image, share = np.empty((size.height, size.width, 3), np.uint8), np.empty((size.height, size.width), np.uint8)
    unit = math.lcm(*(_unit_rows(size.height, grid.shape[-2]) for grid in grids))
    for rows in _bands(size, unit):
        check()
        local = SynthesisOutput(*(_scaled_rows(grid, rows, size) for grid in grids))
        device = output.generated.device
        rgb = torch.from_numpy(np.array(canvas.rgb[rows])).to(device).permute(2, 0, 1)[None].contiguous().float() / 255
        photo = torch.from_numpy(canvas.presence[rows] == PHOTO).to(device)[None, None].float()
        band_image, band_share = blend(rgb, photo, local)
        image[rows] = _to_uint8(band_image[0]).permute(1, 2, 0).cpu().numpy()
        share[rows] = _to_uint8(band_share[0, 0]).cpu().numpy()
    return image, share


def _scaled_rows(grid: Tensor, rows: slice, size: Size) -> Tensor:
    """Return some rows of a (1, C, h, w) grid scaled bilinearly to a size; they are whole rows of the grid."""
    if grid.shape[-2:] == (size.height, size.width):
        return grid[..., rows, :]
    unit, height = _unit_rows(size.height, grid.shape[-2]), grid.shape[-2]
    top, bottom = max(0, rows.start - unit), min(size.height, rows.stop + unit)
    part = grid[..., top * height // size.height : bottom * height // size.height, :]
    scaled = F.interpolate(part, size=(bottom - top, size.width), mode="bilinear", align_corners=False)
    return scaled[..., rows.start - top : rows.stop - top, :]


def _unit_rows(height: int, other: int) -> int:
    """Return the fewest rows of a picture that are whole rows of the same picture scaled to another height."""
    return height // math.gcd(height, other)


def _bands(size: Size, unit: int) -> Iterator[slice]:
    """Yield the rows of a picture in bands of whole units."""
    rows = max(unit, BAND_PX // size.width // unit * unit)
    for top in range(0, size.height, rows):
        yield slice(top, min(top + rows, size.height))


def frame_inputs(
    canvas: Canvas, class_ids: npt.NDArray[np.uint8], frame: Size, classes: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the network's inputs (1, 3, h, w) canvas, (1, 3, h, w) presence, (1, classes + 1, h, w) layout.

    Where the frame has another size, a pixel takes the state that most of it has, and colours are averaged over
    photograph only: the network was trained on canvases composed in its frame, whose outlines are sharp.
    """
    size = Size.of(class_ids)
    ids, unit = class_ids, size.height
    if frame != size:
        ids = np.asarray(cv2.resize(ids, (frame.width, frame.height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    if frame.height < size.height:
        unit = _unit_rows(size.height, frame.height)
    rgb, states = (
        np.concatenate(parts)
        for parts in zip(
            *(_scaled_canvas(canvas.rgb[rows], canvas.presence[rows], size, frame) for rows in _bands(size, unit)),
            strict=True,
        )
    )
    return (
        _to_tensor(rgb),
        _to_tensor(states),
        torch.from_numpy(one_hot(ids, classes))[None],
    )


def _scaled_canvas(
    rgb8: npt.NDArray[np.uint8], presence: npt.NDArray[np.uint8], size: Size, frame: Size
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return rows of a canvas as they are in the frame: (h, w, 3) float32 colours, and states, 1 for the one it has."""
    if frame == size:
        return rgb8.astype(np.float32) / np.float32(255), np.take(STATES, presence, axis=0, mode="clip")
    target = (frame.width, len(presence) * frame.height // size.height)
    mode = cv2.INTER_AREA if frame.height < size.height else cv2.INTER_LINEAR
    planes = ((presence == state).astype(np.float32) for state in (MISSING, ELIDED, PHOTO))
    shares = np.stack([np.asarray(cv2.resize(plane, target, interpolation=mode)) for plane in planes], -1)
    photograph = cv2.bitwise_and(rgb8, rgb8, mask=(presence == PHOTO).view(np.uint8)).astype(np.float32)
    scaled = np.asarray(cv2.resize(photograph, target, interpolation=mode))
    scaled /= np.maximum(shares[..., PHOTO:], np.float32(1e-3)) * np.float32(255)
    states = STATES[shares.argmax(-1)]
    return scaled * states[..., PHOTO:], states


def one_hot(class_ids: npt.NDArray[np.uint8], classes: int) -> npt.NDArray[np.float32]:
    """Return (classes + 1, H, W) float32; ids that are no class go to the last channel, void."""
    return np.take(np.eye(classes + 1, dtype=np.float32), class_ids, axis=0, mode="clip").transpose(2, 0, 1)


def pad_to_multiple(x: Tensor, multiple: int = PADDING_MULTIPLE) -> Tensor:
    """Pad (B, C, H, W) at the right and bottom, by its edge, to multiples of 32 or another number."""
    height, width = x.shape[-2:]
    down, right = -height % multiple, -width % multiple
    return F.pad(x, (0, right, 0, down), mode="replicate") if down or right else x


def crop_output(output: SynthesisOutput, frame: Size) -> SynthesisOutput:
    """Cut padding off again; the colour shift is brought from its grid to the frame's pixels first."""
    padded = output.generated.shape[-2:]
    if padded == (frame.height, frame.width):
        return output
    shift = F.interpolate(output.colour_shift, size=padded, mode="bilinear", align_corners=False)
    window = (..., slice(frame.height), slice(frame.width))
    return SynthesisOutput(output.generated[window], output.copy_mask[window], shift[window])


def _to_tensor(image: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), np.float32))[None]


def _to_uint8(x: Tensor) -> Tensor:
    return x.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8)
