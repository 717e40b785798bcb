"""Fixtures: one emulator for the whole run, and a session of it for each test."""

import itertools
import shutil

import pytest

import emulator

_numbers = itertools.count(1)


def pytest_sessionstart():
    if shutil.which(emulator.PROGRAM) is None:
        pytest.exit(f"{emulator.PROGRAM} is no program: set MONEYKIT_EMULATOR to the path of the emulator", 2)


@pytest.fixture(scope="session")
def default_api():
    """The default session of an emulator that all tests share."""
    with emulator.running() as api:
        yield api


@pytest.fixture
def api(default_api):
    """A session of the test's own."""
    name = f"test-{next(_numbers)}"
    created = default_api.control("PUT", f"/sessions/{name}")
    yield emulator.Api(created["url"], default_api.http)
    default_api.control("DELETE", f"/sessions/{name}")
