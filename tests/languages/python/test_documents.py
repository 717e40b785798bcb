"""An API tester calls the emulator as its two OpenAPI documents describe it."""

import os
import pathlib
import subprocess
import sys

import pytest

import emulator

HERE = pathlib.Path(__file__).parent
SPEC = HERE.parents[2] / "spec"

SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
"""The seed of the generated requests. CI uses one, so that it does not fail by chance."""

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")
"""The maximum number of requests for each operation and phase."""


@pytest.fixture
def report(tmp_path):
    """Returns a function that runs Schemathesis and returns its exit status and report."""

    def run(api, document, *options, hooks=None):
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(SPEC / document), "--url", api.url]
        command += ["--seed", SEED, "--max-examples", EXAMPLES, "--request-timeout", str(emulator.TIMEOUT)]
        command += ["--continue-on-failure", "--no-color", *options]
        environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
        if hooks:
            environment.update(PYTHONPATH=str(HERE), SCHEMATHESIS_HOOKS=hooks)
        # It keeps failures in the current folder, and repeats them in its next run there.
        result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
        return result.returncode, result.stdout + result.stderr

    return run


def test_the_token_endpoint_is_as_the_contract_says(api, report):
    status, text = report(api, "openapi.yaml", "--auth", f"{emulator.CLIENT_ID}:{emulator.CLIENT_SECRET}")
    assert status == 0, text


def test_the_token_endpoint_is_as_the_contract_says_with_credentials_in_the_form(api, report):
    # Valid requests only: the credentials could replace what makes a request invalid.
    status, text = report(api, "openapi.yaml", "--mode", "positive", hooks="schemathesis_credentials")
    assert status == 0, text


def test_the_control_api_is_as_its_document_says(report):
    # An emulator of its own: the generated requests move the clock and create sessions.
    with emulator.running() as api:
        status, text = report(api, "emulator.openapi.yaml", hooks="schemathesis_hooks")
    assert status == 0, text
