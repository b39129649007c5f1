from __future__ import annotations

import sys

import pytest
import torch

from engine.pipeline.device import DeviceError, choose_device


def test_cpu_is_taken_at_its_word():
    assert choose_device("cpu") == "cpu"


@pytest.mark.parametrize(("is_available", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_cuda_where_there_is_one(monkeypatch, is_available, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: is_available)
    assert choose_device("auto") == device


def test_cuda_that_is_absent_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="no CUDA device"):
        choose_device("cuda")


def test_a_device_nobody_knows_is_refused():
    with pytest.raises(DeviceError, match="'tpu'"):
        choose_device("tpu")


def test_asking_for_the_cpu_needs_no_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert choose_device("cpu") == "cpu"
