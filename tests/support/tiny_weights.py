"""Weights of networks that were never trained: small, quick to make, the same every time."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.classes import ClassTable, builtin_class_table
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork
from engine.networks.checkpoint import save_checkpoint
from engine.networks.completion import CompletionConfig, CompletionNetwork
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.networks.synthesis import SynthesisConfig, SynthesisNetwork
from engine.pipeline.canvas import CANVAS_VERSION


def write_tiny_weights(
    folder: Path, *, table: ClassTable | None = None, canvas_version: int = CANVAS_VERSION, seed: int = 0
) -> Path:
    """Write a whole folder of weights for a class table (street by default) and return it."""
    table = builtin_class_table("street") if table is None else table
    classes = len(table)
    synthesis = SynthesisConfig(classes, embedding=4, widths=(8, 8, 8), dilations=(1,))
    twin = SynthesisConfig(classes, embedding=4, widths=(8, 8, 8), dilations=(1,), parametric=True)
    alignment, ordering = AlignmentConfig(width=4, rounds=1), OrderingConfig(classes, width=4)
    completion = CompletionConfig(classes, width=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks: dict[str, tuple[str, nn.Module, Any, int | None]] = {
            "synthesis": ("synthesis", SynthesisNetwork(synthesis), synthesis, canvas_version),
            "synthesis_parametric": ("synthesis", SynthesisNetwork(twin), twin, canvas_version),
            "alignment": ("alignment", AlignmentNetwork(alignment), alignment, None),
            "ordering": ("ordering", OrderingNetwork(ordering), ordering, None),
            "completion": ("completion", CompletionNetwork(completion, table), completion, None),
        }
    folder.mkdir(parents=True, exist_ok=True)
    for name, (kind, network, config, version) in networks.items():
        save_checkpoint(
            folder / f"{name}.safetensors",
            network.state_dict(),
            kind=kind,
            config=asdict(config),
            table=table,
            training={"steps": 0},
            canvas_version=version,
        )
    return folder
