"""Which device the networks run on, and with how many threads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, cast, get_args

DeviceName = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device the networks can run on.

    Attributes:
        name: ``cpu`` or ``cuda``.
        text: what to call it before a person.
        memory_bytes: its own memory; 0 for the CPU, which has none of its own.
    """

    name: Literal["cpu", "cuda"]
    text: str
    memory_bytes: int = 0


class DeviceError(Exception):
    """A device that was asked for and is not there; the message says so in one line."""


def choose_device(name: str = "auto") -> Literal["cpu", "cuda"]:
    """Return the device to run on; imports torch unless ``cpu`` is asked for.

    Args:
        name: ``auto`` (a CUDA device where there is one, else the CPU), ``cpu`` or ``cuda``.

    Raises:
        DeviceError: if the name is none of these, or CUDA is asked for and absent.
    """
    if name not in get_args(DeviceName):
        raise DeviceError(f"there is no device {name!r}: auto, cpu or cuda")
    wanted = cast(DeviceName, name)
    if wanted == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise DeviceError("no CUDA device can be used here: take --device cpu, or set Tessera up with TORCH=cuda")
    return "cpu"


def list_devices() -> tuple[DeviceInfo, ...]:
    """Return every device there is: the CPU, and the first CUDA device where one can be used. Imports torch."""
    import torch

    cpu = DeviceInfo("cpu", f"{os.cpu_count() or 1} processor cores")
    if not torch.cuda.is_available():
        return (cpu,)
    properties = torch.cuda.get_device_properties(0)
    return cpu, DeviceInfo("cuda", str(properties.name), int(properties.total_memory))


def use_threads(count: int) -> None:
    """Compute with so many threads on the CPU from now on; 0 means as many as there are cores. Imports torch.

    Raises:
        ValueError: if the count is negative.
    """
    if count < 0:
        raise ValueError(f"a number of threads is 0 or more, not {count}")
    import cv2
    import torch

    threads = count or os.cpu_count() or 1
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
