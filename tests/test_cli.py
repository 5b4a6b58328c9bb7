import json

import numpy as np
import pytest
from typer.testing import CliRunner

from inverse_rg import results
from inverse_rg.cli import app
from inverse_rg.dreaming import dream
from inverse_rg.kernels import Kernel
from inverse_rg.swendsen_wang import sample_ising

COMMANDS = ["sample", "train", "dream", "measure"]
SMALL = {
    "sample": ["--size", "8", "-n", "20"],
    "train": ["--size", "3", "--training-size", "8", "-n", "200"],
    "dream": ["--kernel", "k3-released", "--size", "16", "-n", "20"],
    "measure": ["--kernel", "k3-released", "--size", "16", "-n", "200"],
}
ENDING = {"sample": "npy", "train": "json", "dream": "npy", "measure": "nc"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return ``run(*arguments)`` that calls the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def small(command: str, *more, out: str | None = None) -> list:
    out = out or f"result.{ENDING[command]}"
    return [command, *SMALL[command], "--seed", 3, "--quiet", "--out", out, *more]


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(result, tmp_path, *words) -> None:
    """Check that a command stopped with a line that names the trouble, and wrote nothing."""
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    text = " ".join(result.output.split())
    for word in words:
        assert word in text
    assert "Traceback" not in text
    assert files(tmp_path) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: inverse-rg {command}" in result.output
    assert "--out" in result.output


def test_help_lists_the_commands(run):
    result = run("--help")
    assert result.exit_code == 0
    assert all(command in result.output for command in COMMANDS)


def test_sample(run, tmp_path):
    result = run(*small("sample", "--coupling", 0.4, "--sweeps", 2))
    assert result.exit_code == 0, result.output
    assert "20 configurations of side 8 are in result.npy" in result.output
    expected = sample_ising(20, 8, rng=3, coupling=0.4, sweeps=2)
    np.testing.assert_array_equal(np.load(tmp_path / "result.npy"), expected)


def test_dream(run, tmp_path):
    result = run(*small("dream"))
    assert result.exit_code == 0, result.output
    expected = dream(Kernel.load("k3-released"), 20, 16, rng=3)
    np.testing.assert_array_equal(np.load(tmp_path / "result.npy"), expected)


def test_dream_with_a_kernel_file_and_a_monte_carlo_start(run, tmp_path):
    Kernel(1, (30.0,)).save(tmp_path / "own.json")
    arguments = ["--kernel", "own.json", "--size", 8, "--start", 4, "-n", 5]
    result = run("dream", *arguments, "--out", "dream.npy", "--quiet")
    assert result.exit_code == 0, result.output
    spins = np.load(tmp_path / "dream.npy")
    np.testing.assert_array_equal(spins, spins[:, ::2, ::2].repeat(2, 1).repeat(2, 2))


@pytest.mark.parametrize("method", ["newton", "adamw"])
@pytest.mark.parametrize("weighted", [(), ("--weighted",)])
def test_train(run, tmp_path, method, weighted):
    result = run(*small("train", "--method", method, "--epochs", 2, *weighted))
    assert result.exit_code == 0, result.output
    kernel = Kernel.load(tmp_path / "result.json")
    assert kernel.size == 3
    assert "parameters " + ", ".join(f"{value:.5f}" for value in kernel.parameters) in result.output


def test_measure(run, tmp_path):
    result = run(*small("measure"))
    assert result.exit_code == 0, result.output
    dataset = results.load_measurement(tmp_path / "result.nc")
    assert dataset["size"].values.tolist() == [2, 4, 8, 16]
    assert (dataset.attrs["n"], dataset.attrs["seed"]) == (200, "3")
    assert "200 configurations a point, seed 3" in result.output
    assert all(name in result.output for name in ("chi", "c_me", "U4"))


def test_measure_without_a_kernel_is_monte_carlo(run, tmp_path):
    result = run("measure", "--size", 8, "-n", 128, "--out", "mc.json", "--quiet")
    assert result.exit_code == 0, result.output
    content = json.loads((tmp_path / "mc.json").read_text())
    assert content["attributes"]["label"] == "Monte Carlo"
    assert content["columns"]["size"] == [8]


@pytest.mark.parametrize(
    ("command", "out"),
    [
        ("sample", "a.nc"),
        ("sample", "a.png"),
        ("dream", "a.nc"),
        ("dream", "a.png"),
        ("measure", "a.json"),
        ("measure", "a.png"),
    ],
)
def test_other_endings(run, tmp_path, command, out):
    result = run(*small(command, out=out))
    assert result.exit_code == 0, result.output
    assert files(tmp_path) == [out]
    assert out in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_same_seed_same_file(run, tmp_path, command):
    contents = []
    for seed in (3, 3, 4):
        out = f"{seed}-{len(contents)}.{'json' if command in ('train', 'measure') else 'npy'}"
        assert run(*small(command, "--seed", seed, out=out)).exit_code == 0
        contents.append((tmp_path / out).read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_a_bar_shows_how_far_it_is_and_quiet_hides_it(run):
    arguments = ["sample", "--size", 4, "-n", 64, "--out", "a.npy"]
    assert "Monte Carlo" in run(*arguments).stderr
    assert run(*arguments, "--quiet").stderr == ""


@pytest.mark.parametrize(("text", "n"), [("1e2", 100), ("100", 100), ("1.5e2", 150)])
def test_numbers_may_be_written_as_powers(run, tmp_path, text, n):
    result = run("sample", "--size", 4, "-n", text, "--out", "a.npy", "--quiet")
    assert result.exit_code == 0, result.output
    assert len(np.load(tmp_path / "a.npy")) == n


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["many", "1.5", "nan", "inf", "1e", ""])
def test_what_is_no_number(run, tmp_path, command, text):
    refused(run(*small(command, "-n", text)), tmp_path, "-n", "must be a whole number")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("n", ["0", "-3"])
def test_n_is_positive(run, tmp_path, command, n):
    refused(run(*small(command, "-n", n)), tmp_path, "n must be at least 1")


def test_measuring_needs_two_groups(run, tmp_path):
    refused(run(*small("measure", "-n", 100)), tmp_path, "n must be at least 128, got 100")


@pytest.mark.parametrize("command", COMMANDS)
def test_out_is_required(run, tmp_path, command):
    refused(run(command, *SMALL[command]), tmp_path, "--out")


@pytest.mark.parametrize("command", COMMANDS)
def test_out_has_a_known_ending(run, tmp_path, command):
    refused(run(*small(command, out="result.txt")), tmp_path, "out must end in", "result.txt")


@pytest.mark.parametrize("command", COMMANDS)
def test_out_is_in_a_folder(run, tmp_path, command):
    out = f"nowhere/result.{ENDING[command]}"
    refused(run(*small(command, out=out)), tmp_path, "out must be in a folder", "nowhere")


@pytest.mark.parametrize("command", COMMANDS)
def test_seeds_are_not_negative(run, tmp_path, command):
    refused(run(*small(command, "--seed", -1)), tmp_path, "seed", "-1")


@pytest.mark.parametrize(
    ("command", "option", "value", "words"),
    [
        ("sample", "--size", "0", "size must be at least 2"),
        ("sample", "--size", "8.5", "--size"),
        ("sample", "--coupling", "-1", "coupling must be at least 0"),
        ("sample", "--coupling", "nan", "coupling must be finite"),
        ("sample", "--sweeps", "0", "sweeps must be at least 1"),
        ("train", "--size", "4", "size must be odd"),
        ("train", "--size", "-1", "size must be"),
        ("train", "--size", "11", "size must be"),
        ("train", "--training-size", "7", "even"),
        ("train", "--training-size", "0", "size must be"),
        ("train", "--method", "sgd", "method must be one of 'newton', 'adamw', got 'sgd'"),
        ("dream", "--size", "100", "size must be"),
        ("dream", "--start", "0", "start must be at least 1"),
        ("dream", "--start", "3", "size must be the start's side times a power of two"),
        ("dream", "--kernel", "k4", "'k4'"),
        ("dream", "--kernel", "missing.json", "kernel file missing.json cannot be read"),
        ("measure", "--kernel", "missing.json", "kernel file missing.json cannot be read"),
        ("measure", "--size", "100", "size must be"),
        ("measure", "--start", "-4", "start must be at least 1"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(run, tmp_path, command, option, value, words):
    refused(run(*small(command, option, value)), tmp_path, words)


def test_epochs_are_positive(run, tmp_path):
    result = run(*small("train", "--method", "adamw", "--epochs", 0))
    refused(result, tmp_path, "epochs must be at least 1")


@pytest.mark.parametrize("content", ["", "{", '{"format": "other"}', "[]"])
def test_corrupt_kernel_file(run, tmp_path, content):
    (tmp_path / "broken.json").write_text(content)
    result = run(*small("dream", "--kernel", "broken.json"))
    assert result.exit_code == 1
    assert "kernel file broken.json" in result.output
    assert files(tmp_path) == ["broken.json"]


def test_a_failure_leaves_the_old_file(run, tmp_path):
    (tmp_path / "result.npy").write_text("old")
    assert run(*small("sample", "--sweeps", 0)).exit_code == 1
    assert (tmp_path / "result.npy").read_text() == "old"
