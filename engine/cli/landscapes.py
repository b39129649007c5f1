"""``python -m engine landscapes``: render photographs of one's own, with exact layouts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.errors import CommandError

app = typer.Typer(help="Render landscapes with exact layouts (needs the extra [render]).", no_args_is_help=True)


@app.callback()
def landscapes() -> None:
    """Render landscapes with exact layouts (needs the extra [render])."""


@app.command("render")
def render(
    out: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder.", show_default=False)],
    count: Annotated[int, typer.Option("--count", min=1, max=1_000_000, help="How many scenes.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, max=99_999_999, help="The first; the next follow.")] = 0,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Size of the pictures.")] = "768x384",
    samples: Annotated[int, typer.Option("--samples", min=1, max=4096, help="Rays a pixel.")] = 20,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Processors to use; default: all.")] = None,
    skies: Annotated[
        Path | None, typer.Option("--skies", metavar="FILE", help="The table of clear skies; default: the cache's.")
    ] = None,
) -> None:
    """Render scenes by seed into DIR/train, DIR/val and DIR/test, which the folder importer reads.

    Stopped at any moment, it goes on where it was when started again. Processes may share a folder if their seeds do
    not overlap.
    """
    import platformdirs

    from engine.data.landscapes.render import Renderer, render_range
    from engine.geometry import Size
    from engine.layout import check_size

    try:
        target = Size.parse(size)
        check_size(target)
    except ValueError as error:
        raise CommandError(f"--size: {error}") from None
    if out.exists() and not out.is_dir():
        raise CommandError(f"{out}: is a file, not a folder")
    table = skies or platformdirs.user_cache_path("tessera", appauthor=False) / "landscapes" / "sky.npz"
    renderer = Renderer(table, samples=samples, threads=threads or os.cpu_count() or 1, progress=_say)
    report = render_range(out, range(seed, seed + count), target, renderer.render, _show)
    known = f", {len(report.finished_before)} were there" if report.finished_before else ""
    count_rendered = len(report.rendered)
    print(f"{out}: {count_rendered} scene{'' if count_rendered == 1 else 's'} rendered{known}")


@app.command("select")
def select(
    out: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder.", show_default=False)],
    scenes: Annotated[Path, typer.Option("--list", metavar="FILE", help="Kept and rejected seeds.")],
    roots: Annotated[list[Path], typer.Option("--from", metavar="DIR", help="Rendered scenes; may be repeated.")],
) -> None:
    """Gather the scenes a list keeps into DIR/train, DIR/val and DIR/test, for ``bank build --importer folder``."""
    from engine.data.landscapes.selection import SceneListError, load_scene_list, select_scenes

    try:
        count = select_scenes(roots, load_scene_list(scenes), out)
    except SceneListError as error:
        raise CommandError(str(error)) from None
    print(f"{out}: {count} scenes")


@app.command("adopt")
def adopt(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Photographs, layouts, instances, depth.")],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder.", show_default=False)],
    first_seed: Annotated[int, typer.Option("--first-seed", min=0, max=99_000_000, help="Decides names and split.")],
) -> None:
    """Take scenes of another renderer: map their classes by key and simplify their labels."""
    from engine.data.landscapes.selection import adopt_scenes

    if not root.is_dir():
        raise CommandError(f"{root}: no such folder")
    print(f"{out}: {adopt_scenes(root, out, first_seed, _show)} scenes")


def _show(done: int, total: int, what: str) -> None:
    _say(f"{done}/{total} {what}")


def _say(line: str) -> None:
    typer.echo(line, err=True)
