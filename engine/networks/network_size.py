"""How large a network is and how much it computes, counted without computing it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.networks.configurations import AnySynthesisConfig, build_network

REFERENCE_FRAME = (256, 512)
"""Rows and columns of the frame in which work is counted."""


@dataclass(frozen=True)
class NetworkSize:
    """How large a network is.

    Attributes:
        parameters: their number.
        megabytes: of its weights in memory, as float32; half of it in a file.
        gflop: floating-point operations, multiplications and additions, in the 512x256 frame, in 10⁹.
        reach_px: how far a pixel acts in a frame of 256 rows, None for the whole picture.
    """

    parameters: int
    megabytes: float
    gflop: float
    reach_px: int | None


def measure_network(config: AnySynthesisConfig) -> NetworkSize:
    """Count parameters and operations of a network in the 512x256 frame; nothing is allocated or computed."""
    rows, columns = REFERENCE_FRAME
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        network = build_network(config)
        network(*(torch.empty(1, channels, rows, columns) for channels in (3, 3, config.classes + 1)))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return NetworkSize(parameters, parameters * 4 / 1e6, counter.get_total_flops() / 1e9, network.reach_px)
