"""What is installed: all four packages with their data, and one command."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, tracked

PACKAGES = {"complaints", "providers", "tasks", "worker"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built without network by the locked backend."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])",
            str(place),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = place.glob("redress-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """SQL, templates and settings inside the packages travel with the code."""
    ours = {path.as_posix() for path in tracked() if path.parts[0] in PACKAGES}

    held = set(zipfile.ZipFile(wheel).namelist())

    assert ours - held == set()


def test_the_wheel_holds_nothing_but_the_packages(wheel: Path) -> None:
    """Tests and tooling stay out of what is installed."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_the_wheel_brings_the_command(wheel: Path) -> None:
    """`redress` starts the main function of worker.cli."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        points = archive.read(name).decode("utf-8")

    assert "[console_scripts]\nredress = worker.cli:main" in points
