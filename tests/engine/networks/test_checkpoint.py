"""Weight files: a round trip, and one clear line for everything that is not one."""

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as safetensors_bytes

from engine.classes import builtin_class_table
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint, save_checkpoint
from engine.networks.synthesis import SynthesisConfig, SynthesisNetwork
from engine.pipeline.synthesis import load_synthesis

CONFIG = SynthesisConfig(classes=11, embedding=4, widths=(8, 8, 8), dilations=(1,))


def _save(path: Path, **changes: object) -> SynthesisNetwork:
    torch.manual_seed(0)
    network = SynthesisNetwork(CONFIG)
    from dataclasses import asdict

    values = {
        "kind": "synthesis",
        "config": asdict(CONFIG),
        "table": builtin_class_table("street"),
        "training": {"steps": 3},
        "canvas_version": 1,
        **changes,
    }
    save_checkpoint(path, network.state_dict(), **values)  # type: ignore[arg-type]
    return network


def test_a_network_survives_the_round_trip_at_half_precision(tmp_path: Path) -> None:
    network = _save(tmp_path / "w.safetensors")
    loaded = load_checkpoint(tmp_path / "w.safetensors", kind="synthesis", table=builtin_class_table("street"))
    copy = SynthesisNetwork(config_from(SynthesisConfig, loaded.config))
    loaded.load_into(copy)
    for (name, one), (_, other) in zip(network.named_parameters(), copy.named_parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-3), name
    assert loaded.training["steps"] == 3
    assert loaded.canvas_version == 1
    assert len(loaded.digest) == 16


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no safetensors file"),
        (b"\x80\x04\x95 a pickle", "no safetensors file"),
        (struct.pack("<Q", 1 << 60) + b"{}", "no safetensors file"),
        (struct.pack("<Q", 2) + b"{}", "header is missing"),
    ],
)
def test_what_is_no_weight_file_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_checkpoint(path, kind="synthesis")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there are no such weights"):
        load_checkpoint(tmp_path / "none.safetensors", kind="synthesis")


def test_another_kind_and_another_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _save(path)
    with pytest.raises(CheckpointError, match="'alignment' weights are needed"):
        load_checkpoint(path, kind="alignment")
    other = builtin_class_table("street")
    other = type(other)("other", "Other", other.classes[:3])
    with pytest.raises(CheckpointError, match="trained for the classes of 'street', not of 'other'"):
        load_checkpoint(path, kind="synthesis", table=other)


def test_another_canvas_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _save(path, canvas_version=999)
    with pytest.raises(CheckpointError, match="canvas version 999"):
        load_synthesis(path, None, device="cpu")


def test_weights_that_do_not_fit_their_configuration_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _save(path, config={"classes": 11, "embedding": 5, "widths": [8, 8, 8], "dilations": [1]})
    loaded = load_checkpoint(path, kind="synthesis")
    with pytest.raises(CheckpointError, match=r"w\.safetensors: the weights do not fit"):
        loaded.load_into(SynthesisNetwork(config_from(SynthesisConfig, loaded.config)))


def test_an_unknown_configuration_field_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not understood"):
        config_from(SynthesisConfig, {"classes": 3, "surprise": 1})


@pytest.mark.parametrize(
    "change",
    [
        {"classes": True},
        {"classes": 10**9},
        {"embedding": 10**9},
        {"embedding": "ten"},
        {"widths": [8, 8]},
        {"widths": [8, 8, 10**9]},
        {"widths": 8},
        {"dilations": [1] * 10_000},
        {"dilations": [0]},
        {"dilations": None},
        {"parametric": 1},
    ],
)
def test_a_configuration_no_network_of_ours_has_is_refused_before_anything_is_allocated(change: dict) -> None:
    values = {"classes": 11, "embedding": 4, "widths": [8, 8, 8], "dilations": [1], "parametric": False}
    assert config_from(SynthesisConfig, values) == CONFIG
    with pytest.raises(CheckpointError, match="not understood") as caught:
        config_from(SynthesisConfig, values | change)
    assert len(str(caught.value)) < 200


def test_synthesis_weights_for_another_number_of_classes_than_their_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _save(path, config={"classes": 12, "embedding": 4, "widths": [8, 8, 8], "dilations": [1]})
    with pytest.raises(CheckpointError, match="made for 12 classes, its table has 11"):
        load_synthesis(path, None, device="cpu")


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = _save(tmp_path / "w.safetensors")
    spoiled = {name: t.clone() for name, t in network.state_dict().items()}
    next(iter(spoiled.values())).view(-1)[0] = float("nan")
    values = {"config": {}, "table": builtin_class_table("street"), "training": {}}
    save_checkpoint(tmp_path / "w.safetensors", spoiled, kind="synthesis", **values)
    with pytest.raises(CheckpointError, match="not finite"):
        load_checkpoint(tmp_path / "w.safetensors", kind="synthesis")


def test_a_header_with_a_number_of_5000_digits_is_refused(tmp_path: Path) -> None:
    data = safetensors_bytes({"a": torch.zeros(1)}, metadata={"tessera": '{"format": ' + "9" * 5000 + "}"})
    (tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(CheckpointError, match="header is damaged"):
        load_checkpoint(tmp_path / "w.safetensors", kind="synthesis")


def test_the_header_is_json_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    _save(path)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    assert json.loads(header["__metadata__"]["tessera"])["kind"] == "synthesis"
