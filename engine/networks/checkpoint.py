"""Weight files: safetensors, with configuration, class table and training record in the header. Never pickle."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from engine.classes import ClassTable, ClassTableError
from engine.whole_file import write_whole

FORMAT = 1
HEADER_KEY = "tessera"
MAX_FILE_BYTES = 1 << 30
MAX_HEADER_CHARS = 4_000_000
_Config = TypeVar("_Config")


class CheckpointError(Exception):
    """A weight file that cannot be used; the message says why in one line."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The content of one weight file.

    Attributes:
        path: the file.
        kind: which network: ``alignment``, ``ordering``, ``synthesis``, ``paper``, ``completion``, ``features``.
        config: the network's configuration, as written by its frozen dataclass.
        table: class table the network was trained with.
        training: how it was trained: data, digest, seed, steps, curve.
        canvas_version: version of `compose_canvas` it was trained with, or None where it sees no canvas.
        tensors: parameters and buffers by name.
        digest: 16 hex digits of the file's SHA-256.
    """

    path: Path
    kind: str
    config: Mapping[str, Any]
    table: ClassTable
    training: Mapping[str, Any]
    canvas_version: int | None
    tensors: Mapping[str, Tensor]
    digest: str

    def load_into(self, network: nn.Module) -> None:
        """Copy the tensors into a network built from `config`, as float32.

        Raises:
            CheckpointError: if names or shapes differ.
        """
        tensors = {name: t.float() if t.is_floating_point() else t for name, t in self.tensors.items()}
        try:
            network.load_state_dict(tensors, strict=True)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise CheckpointError(f"{self.path}: the weights do not fit their own configuration: {reason}") from None


def save_checkpoint(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    kind: str,
    config: Mapping[str, Any],
    table: ClassTable,
    training: Mapping[str, Any],
    canvas_version: int | None = None,
    half: bool = True,
) -> None:
    """Write a weight file whole and rename it.

    Args:
        path: where to.
        tensors: parameters and buffers by name.
        kind: which network.
        config: its configuration, JSON values only.
        table: class table it was trained with.
        training: how it was trained, JSON values only.
        canvas_version: version of `compose_canvas` it was trained with.
        half: store floating-point tensors as float16, half the size.
    """
    header = {
        "format": FORMAT,
        "kind": kind,
        "config": dict(config),
        "table": json.loads(table.to_json()),
        "training": dict(training),
        "canvas_version": canvas_version,
    }
    stored = {
        name: (t.detach().to("cpu", torch.float16) if half and t.is_floating_point() else t.detach().cpu()).contiguous()
        for name, t in tensors.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, safetensors_bytes(stored, metadata={HEADER_KEY: json.dumps(header, sort_keys=True)}))


def load_checkpoint(path: Path, *, kind: str | tuple[str, ...], table: ClassTable | None = None) -> Checkpoint:
    """Read a weight file.

    Args:
        path: the file.
        kind: the network it must hold, or any of several.
        table: if given, the class table it must have been trained with (same keys in the same order).

    Raises:
        CheckpointError: if the file is missing, damaged, of another kind, format or class table, or holds numbers
            that are not finite.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CheckpointError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MB, no weights of Tessera")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there are no such weights") from None
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}") from None
    except SafetensorError as error:
        raise CheckpointError(f"{path}: no safetensors file ({error})") from None
    header = _read_header(path, metadata)
    kinds = (kind,) if isinstance(kind, str) else kind
    if header["kind"] not in kinds:
        raise CheckpointError(f"{path}: holds {header['kind']!r:.40} weights where {kinds[0]!r} weights are needed")
    try:
        own_table = ClassTable.from_json(json.dumps(header["table"]))
    except ClassTableError as error:
        raise CheckpointError(f"{path}: {error}") from None
    if table is not None and own_table.digest != table.digest:
        raise CheckpointError(f"{path}: trained for the classes of {own_table.key!r}, not of {table.key!r}")
    if not all(bool(torch.isfinite(t).all()) for t in tensors.values() if t.is_floating_point()):
        raise CheckpointError(f"{path}: holds numbers that are not finite")
    version = header.get("canvas_version")
    return Checkpoint(
        path=path,
        kind=header["kind"],
        config=header["config"],
        table=own_table,
        training=header["training"],
        canvas_version=version if isinstance(version, int) else None,
        tensors=tensors,
        digest=digest,
    )


def read_class_table(path: Path) -> ClassTable:
    """Return the class table a weight file was trained with; the weights themselves are not read.

    Raises:
        CheckpointError: if the file is missing or holds no weights of Tessera.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return ClassTable.from_json(json.dumps(_read_header(path, file.metadata() or {})["table"]))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there are no such weights") from None
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}") from None
    except (SafetensorError, ClassTableError) as error:
        raise CheckpointError(f"{path}: no weights of Tessera ({error})") from None


def _read_header(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    text = metadata.get(HEADER_KEY, "")
    if not text or len(text) > MAX_HEADER_CHARS:
        raise CheckpointError(f"{path}: no weights of Tessera (its header is missing)")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path}: its header is damaged") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: written in a format this version of Tessera does not know")
    for name, expected in (("kind", str), ("config", dict), ("table", dict), ("training", dict)):
        if not isinstance(header.get(name), expected):
            raise CheckpointError(f"{path}: its header lacks {name!r}")
    return header


def config_from(config_type: type[_Config], values: Mapping[str, Any]) -> _Config:
    """Build a configuration dataclass from a header; JSON lists become tuples.

    Raises:
        CheckpointError: if fields are missing or unknown, or a value has another type or is out of bounds.
    """
    hints = get_type_hints(config_type)
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, value in given.items():
        if name in hints and not _is_of(hints[name], value):
            raise CheckpointError(f"the weights' configuration is not understood: {name} cannot be {value!r:.40}")
    try:
        return config_type(**given)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the weights' configuration is not understood: {error}") from None


def _is_of(hint: Any, value: object) -> bool:
    """Return whether a value has a type: bool, int, float, str or a tuple of one of them."""
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if not isinstance(value, tuple):
            return False
        kinds = kinds[:1] * len(value) if kinds[-1] is Ellipsis else kinds
        return len(kinds) == len(value) and all(map(_is_of, kinds, value))
    if hint is float:
        return type(value) in (int, float) and math.isfinite(float(value))  # pyright: ignore[reportArgumentType]
    return type(value) is hint
