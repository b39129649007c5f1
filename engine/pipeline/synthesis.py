"""The synthesis stage: canvas and layout of any size, through the network's frame, to an image of that size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.classes import ClassTable
from engine.geometry import Size
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint
from engine.networks.synthesis import (
    PADDING_MULTIPLE,
    SynthesisConfig,
    SynthesisNetwork,
    SynthesisOutput,
    blend,
)
from engine.pipeline.canvas import CANVAS_VERSION, ELIDED, MISSING, PHOTO, Canvas

PREVIEW_ROWS = 128
FINAL_ROWS = 256


@dataclass(frozen=True, eq=False)
class LoadedSynthesis:
    """A synthesis network ready to run, and the digest of its file."""

    network: SynthesisNetwork
    table: ClassTable
    digest: str
    device: str


def load_synthesis(path: Path, table: ClassTable | None, *, device: str) -> LoadedSynthesis:
    """Read f, or its parametric twin, from a weight file.

    Raises:
        CheckpointError: if the file is damaged, of another table, or trained on another version of the canvas.
    """
    checkpoint = load_checkpoint(path, kind="synthesis", table=table)
    if checkpoint.canvas_version != CANVAS_VERSION:
        raise CheckpointError(
            f"{path}: trained on canvas version {checkpoint.canvas_version}; this Tessera composes {CANVAS_VERSION}"
        )
    config = config_from(SynthesisConfig, checkpoint.config)
    if config.classes != len(checkpoint.table):
        raise CheckpointError(f"{path}: made for {config.classes} classes, its table has {len(checkpoint.table)}")
    network = SynthesisNetwork(config)
    checkpoint.load_into(network)
    network = network.eval().requires_grad_(requires_grad=False).to(torch.device(device))
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
        padded = [pad_to_multiple(t).to(device, memory_format=torch.channels_last) for t in inputs]
        check()
        output = crop_output(synthesis.network(*padded), frame)
        check()
        rgb = torch.from_numpy(np.array(canvas.rgb)).to(device).permute(2, 0, 1)[None].float() / 255
        photo = torch.from_numpy(canvas.presence == PHOTO).to(device)[None, None].float()
        image, share = blend(rgb, photo, output)
        check()
        return _to_uint8(image[0].permute(1, 2, 0)), _to_uint8(share[0, 0])


def frame_inputs(
    canvas: Canvas, class_ids: npt.NDArray[np.uint8], frame: Size, classes: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the network's inputs (1, 3, h, w) canvas, (1, 3, h, w) presence, (1, classes + 1, h, w) layout.

    Where the frame has another size, a pixel takes the state that most of it has, and colours are averaged over
    photograph only: the network was trained on canvases composed in its frame, whose outlines are sharp.
    """
    size = Size.of(class_ids)
    ids = class_ids
    photo = (canvas.presence == PHOTO).astype(np.float32)
    states = np.stack([canvas.presence == state for state in (MISSING, ELIDED, PHOTO)], -1).astype(np.float32)
    rgb = canvas.rgb.astype(np.float32) / 255
    if frame != size:
        target = (frame.width, frame.height)
        mode = cv2.INTER_AREA if frame.height < size.height else cv2.INTER_LINEAR
        ids = np.asarray(cv2.resize(ids, target, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
        share = np.asarray(cv2.resize(photo, target, interpolation=mode))[..., None]
        rgb = np.asarray(cv2.resize(rgb * photo[..., None], target, interpolation=mode)) / np.maximum(share, 1e-3)
        shares = np.asarray(cv2.resize(states, target, interpolation=mode))
        states = (shares.argmax(-1)[..., None] == np.arange(shares.shape[-1])).astype(np.float32)
        rgb = rgb * states[..., 2:]
    return (
        _to_tensor(rgb),
        _to_tensor(states),
        torch.from_numpy(one_hot(ids, classes))[None],
    )


def one_hot(class_ids: npt.NDArray[np.uint8], classes: int) -> npt.NDArray[np.float32]:
    """Return (classes + 1, H, W) float32; ids that are no class go to the last channel, void."""
    ids = np.where(class_ids < classes, class_ids, np.uint8(classes))
    return (ids[None] == np.arange(classes + 1, dtype=np.uint8)[:, None, None]).astype(np.float32)


def pad_to_multiple(x: Tensor) -> Tensor:
    """Pad (B, C, H, W) at the right and bottom, by its edge, to multiples of 32."""
    height, width = x.shape[-2:]
    down, right = -height % PADDING_MULTIPLE, -width % PADDING_MULTIPLE
    return F.pad(x, (0, right, 0, down), mode="replicate") if down or right else x


def crop_output(output: SynthesisOutput, frame: Size) -> SynthesisOutput:
    """Cut padding off again; the colour map is brought from its grid to the frame's pixels first."""
    padded = output.generated.shape[-2:]
    colour_map = output.colour_map
    if padded != (frame.height, frame.width):
        colour_map = F.interpolate(colour_map, size=padded, mode="bilinear", align_corners=False)
    window = (..., slice(frame.height), slice(frame.width))
    at_frame = colour_map if padded == (frame.height, frame.width) else colour_map[window]
    return SynthesisOutput(output.generated[window], output.copy_mask[window], at_frame)


def _to_tensor(image: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), np.float32))[None]


def _to_uint8(x: Tensor) -> npt.NDArray[np.uint8]:
    return x.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8).contiguous().cpu().numpy()
