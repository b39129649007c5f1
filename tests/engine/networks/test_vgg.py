"""VGG-19 from a file."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save_file

from engine.classes import builtin_class_table
from engine.networks.checkpoint import CheckpointError, save_checkpoint
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.networks.vgg import VggNetwork, holds_vgg, load_any_features, load_vgg

_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
"""Where torchvision's VGG-19 has its convolutions."""


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    convolutions = [c for block in VggNetwork().blocks for c in block]  # type: ignore[union-attr]
    named = {}
    for place, convolution in zip(_PLACES, convolutions, strict=True):
        named[f"features.{place}.weight"] = convolution.weight.clone()
        named[f"features.{place}.bias"] = torch.randn_like(convolution.bias)
    return named


def test_a_file_of_torchvisions_names_is_loaded_in_either_form(tmp_path, tensors):
    torch.save(tensors, tmp_path / "vgg19.pth")
    save_file(tensors, tmp_path / "vgg19.safetensors")
    rgb = torch.rand(1, 3, 32, 48)
    one, other = (load_vgg(tmp_path / name).features(rgb) for name in ("vgg19.pth", "vgg19.safetensors"))
    assert [tuple(level.shape[1:]) for level in one] == [
        (64, 32, 48),
        (128, 16, 24),
        (256, 8, 12),
        (512, 4, 6),
        (512, 2, 3),
    ]
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert not any(p.requires_grad for p in load_vgg(tmp_path / "vgg19.pth").parameters())


class _Hostile:
    def __reduce__(self):
        return (print, ("code ran",))


def test_a_file_that_would_run_code_is_refused(tmp_path, capsys):
    path = tmp_path / "vgg19.pth"
    path.write_bytes(pickle.dumps({"features.0.weight": _Hostile()}))
    with pytest.raises(CheckpointError):
        load_vgg(path)
    torch.save({"features.0.weight": _Hostile()}, path)
    with pytest.raises(CheckpointError):
        load_vgg(path)
    assert "code ran" not in capsys.readouterr().out


def test_what_is_no_vgg_is_refused_in_one_line(tmp_path, tensors):
    path = tmp_path / "x.safetensors"
    save_file({name: tensor[:1].contiguous() for name, tensor in tensors.items()}, path)
    for bad in (path, tmp_path / "missing.pth"):
        with pytest.raises(CheckpointError) as caught:
            load_vgg(bad)
        assert "\n" not in str(caught.value)


def test_an_archive_that_unpacks_to_gigabytes_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "vgg19.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    monkeypatch.setattr("engine.networks.vgg.MAX_FILE_BYTES", 1 << 19)
    monkeypatch.setattr(torch, "load", lambda *_args, **_kwargs: pytest.fail("it was read"))
    assert path.stat().st_size < 1 << 19
    with pytest.raises(CheckpointError, match="not torchvision's VGG-19"):
        load_vgg(path)


def test_numbers_that_are_not_finite_are_refused(tmp_path, tensors):
    spoiled = {**tensors, "features.2.bias": torch.full_like(tensors["features.2.bias"], float("inf"))}
    save_file(spoiled, tmp_path / "vgg19.safetensors")
    with pytest.raises(CheckpointError, match="not torchvision's VGG-19"):
        load_vgg(tmp_path / "vgg19.safetensors")


def test_a_file_says_itself_which_network_it_holds(tmp_path, tensors):
    ours, vgg = tmp_path / "features.safetensors", tmp_path / "vgg19.safetensors"
    table, config = builtin_class_table("street"), FeatureConfig(11, width=8)
    tensors_of_ours = FeatureNetwork(config).state_dict()
    save_checkpoint(ours, tensors_of_ours, kind=KIND, config=asdict(config), table=table, training={})
    save_file(tensors, vgg)
    assert (holds_vgg(ours), holds_vgg(vgg), holds_vgg(tmp_path / "vgg19.pth")) == (False, True, True)
    loaded = load_any_features(ours, table)
    assert (loaded.name, loaded.level_widths) == ("features", (8, 8, 16, 24, 32))
    assert load_any_features(vgg, table).name == "VGG-19"
    assert load_any_features(vgg).digest != loaded.digest
    (tmp_path / "w.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_any_features(tmp_path / "w.safetensors")
