"""The command line, ``python -m engine``: one file a command; what is heavy is imported when a command runs."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

PROGRAM = "python -m engine"
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 where it failed, 2 where it was called wrongly.

    Every error becomes one line on stderr; ``TESSERA_DEBUG=1`` shows where it comes from.

    Args:
        arguments: without the program's name; those of the process by default.
    """
    import typer

    from engine.cli.commands import build_command

    try:
        status = build_command().main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.exceptions.TyperException as error:
        message = error.format_message()
        if "\n" in message:  # called without a command: this is the help
            print(message, file=sys.stderr)
        else:
            _print_error(f"{message} (see {PROGRAM} --help)", error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:
        _print_error(_message(error), error)
        return EXIT_FAILED
    return status if isinstance(status, int) else 0


def _message(error: Exception) -> str:
    """Return what to print: an engine's own error and the system's speak for themselves, others name their type."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or type(error).__name__).lower()}"
    if isinstance(error, OSError) or type(error).__module__.startswith("engine."):
        return str(error) or type(error).__name__
    return f"unexpected {type(error).__name__}: {error} (TESSERA_DEBUG=1 shows where)"


def _print_error(message: str, error: Exception) -> None:
    if os.environ.get("TESSERA_DEBUG") == "1":
        traceback.print_exception(error)
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
