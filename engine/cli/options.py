"""Options that several commands share, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.classes import ClassTable, builtin_class_table, load_class_table
from engine.cli.errors import CommandError

BankOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--bank",
        metavar="B.bank",
        help="A memory bank; give it again for more. Default: the bank that ships with Tessera, for landscapes.",
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes", metavar="TABLE", help="A built-in class table (landscape, street), or a TOML or JSON file."
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", metavar="DIR", help="Folder of weight files; default: those of the class table."),
]
DeviceOption = Annotated[str, typer.Option("--device", metavar="auto|cpu|cuda", help="What the networks run on.")]
OutputOption = Annotated[Path, typer.Option("-o", "--output", help="Where to write.", show_default=False)]


@dataclass(frozen=True)
class Wishes:
    """Options as they were written, each in the form that ``--help`` shows.

    Attributes:
        picks: ``REGION=SEGMENT`` or ``REGION=none``; a region is ``X,Y``, a pixel of the layout, or a record id.
        bans: ``REGION=KEY``, or ``KEY`` for all regions; a key names a segment or a photograph.
        orders: ``FRONT>BACK``, two regions.
        spills: ``REGION=SHARE``, or ``SHARE`` for the document, in picture heights.
    """

    picks: tuple[str, ...] = ()
    bans: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    spills: tuple[str, ...] = ()

    def first(self) -> str | None:
        """Return the option that is given, for a refusal; None where none is."""
        given = (("--pick", self.picks), ("--ban", self.bans), ("--order", self.orders), ("--spill", self.spills))
        return next((name for name, values in given if values), None)


def read_class_table(name: str) -> ClassTable:
    """Return a built-in class table by its key, or one from a file.

    Raises:
        ClassTableError: if there is none.
    """
    if re.fullmatch(r"[a-z0-9_]+", name) and not Path(name).is_file():
        return builtin_class_table(name)
    return load_class_table(Path(name))


def require_files(paths: Iterable[Path]) -> None:
    """Refuse paths that are no files, before anything slow is done.

    Raises:
        CommandError: naming the first.
    """
    for path in paths:
        if not path.is_file():
            raise CommandError(f"{path}: {'is a folder, not a file' if path.is_dir() else 'no such file'}")


def require_picture(path: Path) -> Path:
    """Return a path that a PNG or a WebP can be written to.

    Raises:
        CommandError: if it is not named so, or its folder does not exist.
    """
    if path.suffix.lower() not in (".png", ".webp"):
        raise CommandError(f"{path}: pictures are written as .png or .webp")
    if not path.parent.is_dir():
        raise CommandError(f"{path.parent}: no such folder")
    return path


def require_png(path: Path) -> Path:
    """Return a path that a PNG can be written to.

    Raises:
        CommandError: if it is not named so, or its folder does not exist.
    """
    if path.suffix.lower() != ".png":
        raise CommandError(f"{path}: pictures are written as .png")
    if not path.parent.is_dir():
        raise CommandError(f"{path.parent}: no such folder")
    return path
