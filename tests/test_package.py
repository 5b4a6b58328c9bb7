"""The wheel: built, installed into an empty folder and used outside the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

USE = """
import json, sys
target, libraries = sys.argv[1:]
# No site module: the .pth file of an editable install is not read, the libraries are.
sys.path[:0] = [target, libraries]
import inverse_rg as irg
kernel = irg.Kernel.load("k3-released")
numbers = irg.paper.table("II")
widgets = "export function mount(" in irg.widgets.bundle()
print(json.dumps([irg.__file__, kernel.size, len(kernel.parameters), len(numbers), widgets]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the folder that the wheel was installed into."""
    wheels, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, ROOT]
    run(build, wheels)
    (wheel,) = wheels.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--disable-pip-version-check", "--target", target, wheel], wheels)
    return target


def run(command: list, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_works_outside_the_checkout(installed, tmp_path):
    libraries = sysconfig.get_path("purelib")
    command = [sys.executable, "-I", "-S", "-c", USE, installed, libraries]
    file, size, parameters, numbers, widgets = json.loads(run(command, tmp_path))
    assert Path(file).is_relative_to(installed)
    assert (size, parameters) == (3, 3)
    assert numbers > 0
    assert widgets


@pytest.mark.parametrize("folder", ["kernels", "networks", "paper", "widgets"])
def test_the_wheel_brings_all_data(installed, folder):
    packed = {path.name for path in (installed / "inverse_rg" / "data" / folder).iterdir()}
    assert packed == {path.name for path in (ROOT / "data" / folder).iterdir()}


def test_the_wheel_brings_the_licence_and_the_command(installed):
    (info,) = installed.glob("inverse_rg-*.dist-info")
    assert "MIT License" in (info / "licenses" / "LICENSE").read_text()
    assert "inverse-rg = inverse_rg.cli:app" in (info / "entry_points.txt").read_text()
