"""``train`` from the command line: what it refuses, what it writes, and that a bank is built once."""

from __future__ import annotations

import os
from dataclasses import asdict

import pytest
import torch

import engine.cli.train
from engine.classes import builtin_class_table
from engine.cli import main
from engine.cli.cached_bank import cached_bank
from engine.networks.checkpoint import load_checkpoint, save_checkpoint
from engine.networks.configurations import named_configuration, network_of
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.networks.vgg import VggNetwork
from tests.support.learning import one_thread
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset


@pytest.fixture(autouse=True)
def _same_process(monkeypatch, tmp_path):
    """Leave allocator and threads of the tests' process alone, and keep caches out of the home folder."""
    monkeypatch.setattr(engine.cli.train, "prepare_process", lambda: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with one_thread():
        yield


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory):
    return build_tiny_bank(tmp_path_factory.mktemp("bank"), count=3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["completion", "-o", "w.safetensors"], "give the photographs"),
        (["completion", "-o", "w.safetensors", "--bank", "none.bank"], "none.bank: no such file"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--root", "x"], "not both"),
        (["completion", "-o", "w.pt", "--bank", "BANK"], "named .safetensors"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--steps", "3", "--minutes", "1"], "give one"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--steps", "0"], "more than 0"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--minutes", "nan"], "more than 0"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--parametric"], "belong to synthesis"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--retrieved", "0.5"], "belong to synthesis"),
        (["completion", "-o", "w.safetensors", "--bank", "BANK", "--width", "64"], "belongs to features"),
        (["features", "-o", "w.safetensors", "--bank", "BANK", "--configuration", "paper"], "belong to synthesis"),
        (["synthesis", "-o", "w.safetensors", "--bank", "BANK", "--features", "gone"], "gone: no such file"),
        (["completion", "-o", "w.safetensors", "--importer", "foo", "--root", "/"], "no importer 'foo'"),
        (["completion", "-o", "w.safetensors", "--importer", "folder", "--root", "gone"], "gone: no such folder"),
        (["completion", "-o", "w.safetensors", "--bank", __file__, "--steps", "1"], "not a bank"),
    ],
)
def test_what_cannot_be_meant_gets_one_line_and_no_file(arguments, message, bank_path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status = main(["train", *(str(bank_path) if word == "BANK" else word for word in arguments)])
    error = capsys.readouterr().err
    assert status != 0
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("w.*"))


def test_an_unknown_network_is_a_usage_error(capsys):
    assert main(["train", "dreams", "-o", "w.safetensors"]) == 2
    assert "dreams" in capsys.readouterr().err


def test_it_trains_from_a_bank_and_says_so(bank_path, tmp_path, capsys):
    path = tmp_path / "new" / "completion.safetensors"
    options = ["--steps", "2", "--batch-size", "1", "--seed", "4", "--device", "cpu"]
    assert main(["train", "completion", "--bank", str(bank_path), "-o", str(path), *options]) == 0
    checkpoint = load_checkpoint(path, kind="completion", table=builtin_class_table("street"))
    assert checkpoint.training["steps"] == 2
    assert checkpoint.training["config"]["seed"] == 4
    assert checkpoint.training["data"]["photographs"] == 3
    said = capsys.readouterr().err
    assert "training completion on 3 photographs" in said
    assert "trained completion: 2 steps" in said


def test_a_bank_is_built_once_and_again_where_the_files_changed(tmp_path, capsys):
    root = draw_tiny_dataset(tmp_path / "set", count=2)
    first = cached_bank("folder", root, None)
    built = capsys.readouterr().err
    assert "2 photographs" in built
    assert cached_bank("folder", root, None) == first
    assert capsys.readouterr().err == ""
    photograph = next((root / "photographs").iterdir())
    os.utime(photograph, (1, 1))
    assert cached_bank("folder", root, None) != first


@pytest.fixture(scope="module")
def features_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "features.safetensors"
    table, config = builtin_class_table("street"), FeatureConfig(11, width=8)
    tensors = FeatureNetwork(config).state_dict()
    save_checkpoint(path, tensors, kind=KIND, config=asdict(config), table=table, training={})
    return path


def _train_synthesis(bank_path, output, features, *options):
    size = ["--steps", "1", "--batch-size", "1", "--device", "cpu", "--features", str(features)]
    return main(["train", "synthesis", "--bank", str(bank_path), "-o", str(output), *size, *options])


def test_features_that_are_no_weights_get_one_line(bank_path, tmp_path, capsys):
    assert _train_synthesis(bank_path, tmp_path / "f.safetensors", __file__) == 1
    assert capsys.readouterr().err.splitlines()[1:] == [f"error: {__file__}: not readable as weights (UnpicklingError)"]
    assert not (tmp_path / "f.safetensors").exists()


@pytest.mark.parametrize(("name", "kind"), [("quality", "synthesis"), ("paper-quarter", "paper")])
def test_f_is_trained_in_the_configuration_asked_for(bank_path, features_path, tmp_path, name, kind):
    path = tmp_path / "f.safetensors"
    assert _train_synthesis(bank_path, path, features_path, "--configuration", name) == 0
    checkpoint = load_checkpoint(path, kind=kind)
    assert network_of(checkpoint).config == named_configuration(name, 11)
    assert checkpoint.training["data"]["features_name"] == "features"


def test_vgg_serves_as_perceptual_network_with_the_papers_weights(bank_path, tmp_path):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tensors, number = {}, 0
        for block in VggNetwork().blocks:
            for convolution in block:  # pyright: ignore[reportGeneralTypeIssues] - blocks hold convolutions
                tensors |= {f"features.{number}.{name}": p for name, p in convolution.named_parameters()}
                number += 2
            number += 1
    torch.save(tensors, tmp_path / "vgg19-dcbb9e9d.pth")
    assert _train_synthesis(bank_path, tmp_path / "f.safetensors", tmp_path / "vgg19-dcbb9e9d.pth") == 0
    data = load_checkpoint(tmp_path / "f.safetensors", kind="synthesis").training["data"]
    assert data["features_name"] == "VGG-19"
    assert data["losses"]["perceptual"] == 1.0
