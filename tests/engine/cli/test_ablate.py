"""``ablate`` from the command line: what it refuses, what it prints, and that rows already made are kept."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import torch

import engine.cli.ablate
import engine.training.ablation
from engine.classes import builtin_class_table
from engine.cli import main
from engine.evaluation.ablation import STAGES
from engine.geometry import Size
from engine.networks.checkpoint import save_checkpoint
from engine.networks.features import KIND, FeatureConfig, FeatureNetwork
from engine.training.ablation import VARIANTS
from tests.support.tiny_bank import build_tiny_bank, draw_tiny_dataset
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def _same_process(monkeypatch, tmp_path):
    """Leave the tests' process alone, keep caches out of the home folder, and train on little."""
    monkeypatch.setattr(engine.cli.ablate, "prepare_process", lambda: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engine.training.ablation, "ROWS", 32)
    monkeypatch.setattr(engine.training.ablation, "CROP", Size(32, 32))
    monkeypatch.setattr(engine.training.ablation, "BATCH_SIZE", 2)


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    """The options every call needs: held-out drawings, a bank of others, weights and a judge."""
    folder = tmp_path_factory.mktemp("ablate")
    root = draw_tiny_dataset(folder / "held", count=2, seed=1)
    sources = root / "sources.toml"
    sources.write_text(sources.read_text().replace("north", "east").replace("south", "east"))
    table = builtin_class_table("street")
    judge = folder / "judge.safetensors"
    config = FeatureConfig(len(table), width=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        tensors = FeatureNetwork(config).state_dict()
    save_checkpoint(judge, tensors, kind=KIND, config=asdict(config), table=table, training={})
    options = ["--bank", build_tiny_bank(folder, count=4), "--weights", write_tiny_weights(folder / "weights")]
    networks = ["--evaluator", judge, "--features", judge, "--device", "cpu", "--limit", "1"]
    return ["--importer", "folder", "--root", str(root), *map(str, options), *map(str, networks)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--importer", "foo", "--root", "/"], "no importer 'foo'"),
        (["--importer", "camvid", "--root", "gone"], "gone: no such folder"),
        (["--importer", "camvid", "--root", ".", "-o", "rows.txt"], "named .json"),
        (["--importer", "camvid", "--root", ".", "-o", "gone/rows.json"], "gone: no such folder"),
        (["--importer", "camvid", "--root", ".", "--features", "gone"], "gone: no such file"),
        (["--importer", "camvid", "--root", ".", "--evaluator", "gone"], "gone: no such file"),
    ],
)
def test_what_cannot_be_done_gets_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["ablate", "stages", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_an_ablation_that_does_not_exist_is_refused_with_those_that_do(arguments, capsys):
    assert main(["ablate", "stages", *arguments, "--only", "without copying"]) == 1
    error = capsys.readouterr().err
    assert "no ablation 'without copying': full, without context IoU" in error


def test_an_unknown_part_is_a_usage_error(arguments, capsys):
    assert main(["ablate", "everything", *arguments]) == 2
    assert "stages" in capsys.readouterr().err


def test_rows_of_stages_are_printed_and_not_made_again(arguments, tmp_path, capsys, monkeypatch):
    rows = tmp_path / "rows.json"
    command = ["ablate", "stages", *arguments, "-o", str(rows), "--only", "full", "--only", "without elision"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads(rows.read_text())
    assert [row["name"] for row in report["stages"]["rows"]] == ["full", "without elision"]
    monkeypatch.setattr("engine.evaluation.ablation.judge_without", None)  # would fail if it were called
    assert main(command) == 0
    shown = capsys.readouterr()
    assert "made before" in shown.err
    assert "without elision" in shown.out
    assert "their canvases" in shown.out


def test_a_training_that_was_interrupted_goes_on_with_the_rows_that_are_missing(
    arguments, tmp_path, capsys, monkeypatch
):
    rows = tmp_path / "rows.json"
    command = ["ablate", "training", *arguments, "-o", str(rows), "--steps", "1"]
    run, made = engine.training.ablation.TrainingBench.run, []

    def run_once(bench, name):
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(name)
        return run(bench, name)

    monkeypatch.setattr(engine.training.ablation.TrainingBench, "run", run_once)
    assert main([*command, "--only", "base", "--only", "without copying"]) == 130
    made.clear()
    assert main([*command, "--only", "base", "--only", "without copying"]) == 0
    assert made == ["without copying"]
    shown = capsys.readouterr().out
    assert "minutes of training: base" in shown
    assert "without any canvas" in shown


def test_rows_made_with_other_settings_are_refused(arguments, tmp_path, capsys):
    rows = tmp_path / "rows.json"
    command = ["ablate", "stages", *arguments, "-o", str(rows), "--only", "full"]
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--limit", "2"]) == 1
    assert "made with another limit" in capsys.readouterr().err


def test_f_is_not_judged_on_what_it_is_trained_on(arguments, capsys):
    bank = arguments[arguments.index("--bank") + 1]
    asked = ["bank" if word == "folder" else word for word in arguments]
    asked[asked.index("--root") + 1] = bank
    assert main(["ablate", "training", *asked, "--only", "base"]) == 1
    assert "judged on what it is trained on" in capsys.readouterr().err


def test_every_ablation_has_a_name_of_its_own():
    assert not set(STAGES) & set(VARIANTS)
