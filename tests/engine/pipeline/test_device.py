from __future__ import annotations

import sys
from types import SimpleNamespace

import cv2
import pytest
import torch

from engine.pipeline.device import DeviceError, DeviceInfo, choose_device, list_devices, use_threads
from engine.pipeline.pipeline import Pipeline


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


def test_the_processor_is_always_listed_and_cuda_where_it_can_be_used(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [device.name for device in list_devices()] == ["cpu"]
    card = SimpleNamespace(name="A card", total_memory=8 << 30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _index: card)
    assert list_devices()[1] == DeviceInfo("cuda", "A card", 8 << 30)


def test_threads_are_set_for_torch_and_opencv_and_none_is_refused():
    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        use_threads(1)
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
        with pytest.raises(ValueError, match="-1"):
            use_threads(-1)
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def test_a_pipeline_stays_on_its_device_where_the_other_is_absent(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    pipeline = Pipeline(None, "cpu")
    with pytest.raises(DeviceError):
        pipeline.use_device("cuda")
    assert pipeline.device == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    pipeline.use_device("auto")
    assert pipeline.device == "cuda"
