"""``python -m engine bank add|remove|export``: a bank of one's own from the command line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.errors import CommandError
from engine.cli.options import ClassesOption, OutputOption, read_class_table, require_files

if TYPE_CHECKING:
    from engine.geometry import Size
    from engine.layout import Layout

PersonalOption = Annotated[
    Path | None, typer.Option("--to", metavar="B.bank", help="A bank of one's own; default: the program's.")
]
FromOption = Annotated[
    Path | None, typer.Option("--from", metavar="B.bank", help="A bank of one's own; default: the program's.")
]


def add(
    photograph: Annotated[Path, typer.Argument(metavar="PHOTOGRAPH", help="JPEG, PNG or WebP.", show_default=False)],
    layout: Annotated[Path, typer.Argument(metavar="LAYOUT.png", help="Its layout.", show_default=False)],
    bank: PersonalOption = None,
    classes: ClassesOption = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call it; default: the file's name.")] = None,
    author: Annotated[str, typer.Option("--author", help="Who made the photograph.")] = "",
    licence: Annotated[str, typer.Option("--licence", help="Under which terms.")] = "",
) -> None:
    """Add a photograph with its layout to a bank of one's own, which is made where there is none.

    A photograph that is there already gets the new layout. Larger ones are scaled to 2048 pixels a side.
    """
    from engine.bank.personal import DATASET, PersonalBank, personal_bank_path
    from engine.bank.schema import BankFormatError
    from engine.classes import ClassTableError, builtin_class_table
    from engine.data.image_file import ImageError
    from engine.data.layout_file import LayoutFileError, load_layout
    from engine.data.photograph import load_photograph
    from engine.data.sample import Provenance, Sample

    require_files((photograph, layout))
    path = personal_bank_path() if bank is None else bank
    try:
        table = builtin_class_table() if classes is None else read_class_table(classes)
        kept = load_photograph(photograph)
        painted = _fitted(load_layout(layout, table), kept.original_size, kept.size, layout)
        origin = Provenance(DATASET, photograph.name, author=author, licence=licence)
        sample = Sample(name or photograph.stem, kept.rgb, painted, origin, kept.data)
        with closing(PersonalBank.open(path, table)) as personal:
            added = personal.add(sample, table)
    except (BankFormatError, ClassTableError, ImageError, LayoutFileError) as error:
        raise CommandError(str(error)) from None
    except ValueError as error:
        raise CommandError(f"{layout}: {error}") from None
    what = "added" if added.is_new else "updated"
    print(f"{path}: {what} {added.source_key} ({sample.name}), {added.segments} segments")


def remove(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Of a photograph or a segment.", show_default=False)],
    bank: FromOption = None,
) -> None:
    """Remove a photograph with its segments, or one segment, from a bank of one's own."""
    from engine.bank.personal import PersonalBank, personal_bank_path
    from engine.bank.schema import BankFormatError

    path = personal_bank_path() if bank is None else bank
    try:
        with closing(PersonalBank.open(path)) as personal:
            try:
                removed = personal.remove_source(key)
            except KeyError:
                removed = personal.remove_segment(key)
    except BankFormatError as error:
        raise CommandError(str(error)) from None
    except KeyError:
        raise CommandError(f"{path}: holds neither a photograph nor a segment {key}") from None
    print(f"{path}: removed {'photograph' if removed.sources else 'segment'} {key}, {len(removed.segments)} segments")


def export(out: OutputOption, bank: FromOption = None) -> None:
    """Write a finished copy of a bank, to be kept or given away."""
    from engine.bank.personal import export_bank, personal_bank_path
    from engine.bank.schema import BankFormatError

    path = personal_bank_path() if bank is None else bank
    if out.resolve() == path.resolve():
        raise CommandError(f"{out}: is the bank itself")
    if not out.parent.is_dir():
        raise CommandError(f"{out.parent}: no such folder")
    try:
        export_bank(path, out)
    except BankFormatError as error:
        raise CommandError(str(error)) from None
    print(f"{out}: a copy of {path}")


def _fitted(layout: Layout, original: Size, kept: Size, path: Path) -> Layout:
    """Return a layout of the size a photograph is kept at.

    Raises:
        CommandError: if it has another size than the photograph.
    """
    import numpy as np

    from engine.layout import Layout

    if layout.size not in (original, kept):
        raise CommandError(f"{path}: has {layout.size} pixels, its photograph {original}")
    if layout.size == kept:
        return layout
    rows = ((2 * np.arange(kept.height) + 1) * original.height // (2 * kept.height))[:, None]
    columns = (2 * np.arange(kept.width) + 1) * original.width // (2 * kept.width)
    return Layout(layout.class_ids[rows, columns], layout.instance_ids[rows, columns])
