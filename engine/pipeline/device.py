"""Which device the networks run on."""

from __future__ import annotations

from typing import Literal, cast, get_args

DeviceName = Literal["auto", "cpu", "cuda"]


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
