"""One source of truth: pyproject.toml, requirements.lock and environment.yml install the same."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = [
    line
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def pins() -> dict[str, Version]:
    found = {}
    for line in LINES:
        name, _, version = line.partition("==")
        assert name not in found
        found[canonicalize_name(name)] = Version(version)
    return found


def test_every_line_of_the_lock_is_a_plain_pin():
    for line in LINES:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line


def test_torch_is_pinned_without_a_build_and_without_cuda():
    found = pins()
    assert str(found["torch"]) == "2.13.0"
    assert not [name for name in found if name.startswith(("nvidia", "cuda", "triton"))]


def test_the_lock_satisfies_pyproject_with_all_extras():
    found = pins()
    extras = PROJECT["optional-dependencies"].values()
    for text in [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]:
        wanted = Requirement(text)
        version = found[canonicalize_name(wanted.name)]
        assert version in wanted.specifier, f"the lock has {wanted.name} {version}, wanted {wanted}"


def test_conda_installs_the_lock_and_the_package():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}
    python, name = conda
    assert name == "pip"
    assert Version(python.partition("=")[2]) in SpecifierSet(PROJECT["requires-python"])


def test_vendored_files_are_those_that_are_listed():
    vendor = ROOT / "book" / "_static" / "vendor"
    packages = json.loads((vendor / "versions.json").read_text(encoding="utf-8"))
    listed = {name: digest for one in packages.values() for name, digest in one["files"].items()}
    files = [path for path in vendor.rglob("*") if path.is_file() and path.parent != vendor]
    found = {
        path.relative_to(vendor).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    assert found == listed


def test_vendored_packages_say_what_they_are():
    vendor = ROOT / "book" / "_static" / "vendor"
    readme = (vendor / "README.md").read_text(encoding="utf-8")
    packages = json.loads((vendor / "versions.json").read_text(encoding="utf-8"))
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-")
        row = f"| {name} | {package['version']} | {package['license']} "
        assert row in readme, f"the README lacks {row}"


def test_anywidget_in_the_pages_is_that_of_the_lock():
    vendor = ROOT / "book" / "_static" / "vendor"
    packages = json.loads((vendor / "versions.json").read_text(encoding="utf-8"))
    assert Version(packages["anywidget"]["version"]) == pins()["anywidget"]
