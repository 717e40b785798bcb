"""Runs the code of the guide for each language whose tools are there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import emulator

ROOT = pathlib.Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "testing-in-other-languages.md"


@pytest.mark.parametrize(
    ("language", "file", "command", "expected"),
    [
        ("python", "test_integration.py", [sys.executable, "-m", "pytest", "-q"], "3 passed"),
        ("js", "integration.test.mjs", ["node", "--test"], "# pass 3"),
        ("java", "EmulatorTest.java", ["java"], "3 tests passed"),
        ("sh", "integration.sh", ["sh"], "passed"),
    ],
)
def test_the_code_of_the_guide_runs(tmp_path, language, file, command, expected):
    if shutil.which(command[0]) is None:
        # CI has all tools but Java's.
        assert language == "java" or "CI" not in os.environ, f"{command[0]} is not installed"
        pytest.skip(f"{command[0]} is not installed")
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / file).write_text(code)
    # The guide's code takes a proxy from the environment.
    environment = {**os.environ, "MONEYKIT_EMULATOR": shutil.which(emulator.PROGRAM), "NO_PROXY": "127.0.0.1"}
    # The plugins of this suite take longer to load than the guide's tests take.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    result = subprocess.run([*command, file], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    assert expected in output
