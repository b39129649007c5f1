"""Fixtures that many tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Run torch on one thread, in the tests of files that ask for it: pictures so small gain nothing from more."""
    from tests.support import learning

    with learning.one_thread():
        yield
