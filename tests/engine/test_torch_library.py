"""Whether torch's library is there before torch is, and torch works with it."""

import sys

import pytest

from tests.test_contracts import run_python


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="elsewhere the import loads it")
def test_the_library_is_loaded_before_torch_is_imported():
    said = run_python(
        "import sys\n"
        "from engine.torch_library import load_torch_library\n"
        "first = load_torch_library()\n"
        "is_imported = 'torch' in sys.modules\n"
        "import torch\n"
        "print(first, is_imported, float(torch.ones(2).sum()), load_torch_library())"
    )
    assert said.strip() == "True False 2.0 False"
