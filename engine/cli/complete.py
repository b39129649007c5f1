"""``python -m engine complete``: from a coarse layout to a dense one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import CommandError
from engine.cli.options import (
    ClassesOption,
    DeviceOption,
    OutputOption,
    WeightsOption,
    read_class_table,
    require_files,
    require_png,
)


def complete(
    source: Annotated[Path, typer.Argument(metavar="LAYOUT.png", help="A layout with unpainted pixels (id 255).")],
    output: OutputOption,
    classes: ClassesOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Fill the unpainted pixels of a layout; painted ones stay as they are. Writes an index PNG."""
    from engine.classes import builtin_class_tables
    from engine.data.layout_file import choose_table, load_layout, save_layout_index

    require_files([source])
    require_png(output)
    table = choose_table(source, builtin_class_tables()) if classes is None else read_class_table(classes)
    layout = load_layout(source, table)

    from engine.pipeline.pipeline import Pipeline

    dense = Pipeline(weights=weights, device=device).complete(layout, table)
    try:
        save_layout_index(output, dense, table)
    except OSError as error:
        raise CommandError(f"{output}: cannot be written: {error.strerror}") from None
