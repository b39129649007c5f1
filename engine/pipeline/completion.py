"""The completion stage: fill the unpainted pixels of a layout; painted pixels stay as painted."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

from engine.classes import VOID, ClassTable
from engine.geometry import Size
from engine.layout import ClassIds, Layout
from engine.networks.checkpoint import CheckpointError
from engine.networks.completion import FRAME_MULTIPLE, FRAME_ROWS, CompletionNetwork

MAX_FRAME_COLUMNS = 512


def complete_layout(layout: Layout, table: ClassTable, network: CompletionNetwork) -> Layout:
    """Fill the void of a layout with the likeliest classes.

    Classes the network does not know count as void when it looks, and stay where they are painted. The same layout
    and weights give the same result.

    Args:
        layout: of any size; it may be void altogether.
        table: class table of its ids.
        network: in eval mode, on the CPU.

    Returns:
        A layout without void; every painted pixel keeps its class and instance, a filled one has instance 0.

    Raises:
        CheckpointError: if the network knows none of the table's classes.
    """
    void = layout.class_ids == VOID
    if not void.any():
        return layout
    from_network = network.table.mapping_to(table)
    if (from_network[: len(network.table)] == VOID).all():
        raise CheckpointError(f"none of the classes of {table.key!r} is known to the completion network")
    network_ids = table.mapping_to(network.table)[layout.class_ids]
    columns = frame_columns(layout.size)
    shares = pad_columns(frame_shares(network_ids, network.config.classes, Size(columns, FRAME_ROWS)))
    with torch.inference_mode():
        logits = network(torch.from_numpy(shares)[None])[0, :, :, :columns].numpy()
    class_ids = np.array(layout.class_ids)
    class_ids[void] = _likeliest(logits, layout.size, from_network)[void]
    return Layout(class_ids, np.where(void, np.uint16(0), layout.instance_ids))


def frame_columns(size: Size) -> int:
    """Return the columns of the network frame that keep a layout's aspect (very wide ones are compressed)."""
    return min(MAX_FRAME_COLUMNS, max(1, round(size.width * FRAME_ROWS / size.height)))


def frame_shares(class_ids: ClassIds, classes: int, frame: Size) -> npt.NDArray[np.float32]:
    """Return (C + 1, h, w) float32: the share of every frame pixel that each class, and void as the last, covers.

    Args:
        class_ids: (H, W) uint8; ids of ``classes`` and above count as void.
        classes: number of classes C.
        frame: size of the frame.
    """
    shares = np.zeros((classes + 1, frame.height, frame.width), np.float32)
    for class_id in np.unique(class_ids).tolist():
        mask = (class_ids == class_id).astype(np.float32)
        share = cv2.resize(mask, (frame.width, frame.height), interpolation=cv2.INTER_AREA)
        shares[min(class_id, classes)] += share
    return shares


def pad_columns(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Repeat the right edge of (K, h, w) until w is a multiple of `FRAME_MULTIPLE`."""
    missing = -shares.shape[2] % FRAME_MULTIPLE
    return np.pad(shares, ((0, 0), (0, 0), (0, missing)), mode="edge")


def _likeliest(logits: npt.NDArray[np.float32], size: Size, from_network: npt.NDArray[np.uint8]) -> ClassIds:
    """Return (H, W) uint8 ids of the document with the highest logit, enlarged bilinearly; ties to the lower id.

    Args:
        logits: (C, h, w) of the network's classes.
        size: of the document.
        from_network: (256,) lookup from network to document ids; classes it maps to void are left out.
    """
    best = np.full((size.height, size.width), -np.inf, np.float32)
    class_ids = np.zeros((size.height, size.width), np.uint8)
    for network_id, plane in enumerate(logits):
        if from_network[network_id] == VOID:
            continue
        enlarged = cv2.resize(plane, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
        better = enlarged > best
        best[better] = enlarged[better]
        class_ids[better] = from_network[network_id]
    return class_ids
