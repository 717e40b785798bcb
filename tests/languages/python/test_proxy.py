"""`moneykit proxy`, used by MoneyKit's own client and by curl, while a token dies."""

import contextlib
import json
import os
import subprocess
import sys

import moneykit
import moneykit.exceptions
import pytest

from emulator import CLIENT_ID, CLIENT_SECRET, TIMEOUT, bearer

PROGRAM = os.environ.get("MONEYKIT_CLI", "moneykit")
"""The path of the program."""

INSTITUTION = {"institution_id": "chase", "name": "Chase", "country": "US", "domain": "chase.com", "color": "#123456"}
INSTITUTION.update(institution_id_aliases=[], is_featured=False)


def settings(api):
    """Returns the environment of a proxy for this API."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONEYKIT_")}
    credentials = {"MONEYKIT_CLIENT_ID": CLIENT_ID, "MONEYKIT_CLIENT_SECRET": CLIENT_SECRET}
    return {**environment, **credentials, "MONEYKIT_URL": api.url}


@contextlib.contextmanager
def running(api, *options):
    """Runs a proxy for the duration of a block, which gets the first line of its output."""
    command = [PROGRAM, "proxy", *options]
    process = subprocess.Popen(command, env=settings(api), stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


@pytest.fixture
def proxy_url(api):
    api.stub("/institutions/{institution_id}", {"json": INSTITUTION})
    with running(api) as url:
        yield url


@pytest.fixture
def client(proxy_url):
    """The official client for Python, which knows the base URL and nothing else."""
    configuration = moneykit.Configuration(host=proxy_url)
    configuration.proxy = None
    with moneykit.ApiClient(configuration) as client:
        yield client


@pytest.fixture(params=["revoked", "expired"])
def kill_tokens(api, request):
    """Returns a function that lets all tokens die."""
    if request.param == "revoked":
        return lambda: api.control("DELETE", "/tokens")
    return lambda: api.advance(3_600)


def test_all_calls_of_the_official_client_succeed_while_a_token_dies(api, client, kill_tokens):
    institutions = moneykit.InstitutionsApi(client)
    for number in range(40):
        if number == 20:
            kill_tokens()
        assert institutions.get_institution(institution_id="chase").name == "Chase"
    assert api.control("GET", "/counts")["token"] == 2


def test_the_token_request_of_the_official_client_is_answered_with_a_placeholder(api, client, kill_tokens):
    credentials = {"client_id": "none", "client_secret": "none"}
    token = moneykit.AccessTokenApi(client).create_access_token(grant_type="client_credentials", **credentials)
    assert (token.token_type, token.expires_in) == ("bearer", 3600)
    client.configuration.access_token = token.access_token
    institutions = moneykit.InstitutionsApi(client)
    for number in range(10):
        if number == 5:
            kill_tokens()
        assert institutions.get_institution(institution_id="chase").name == "Chase"
    # The two tokens are those of the proxy. The program has none.
    assert api.control("GET", "/counts")["token"] == 2
    assert api.request("GET", "/links", headers=bearer(token.access_token)).status_code == 401


def test_the_official_client_raises_the_typed_error_of_the_proxy(api):
    with running(api, "--client-id", "unknown") as url:
        configuration = moneykit.Configuration(host=url)
        configuration.proxy = None
        with moneykit.ApiClient(configuration) as client:
            with pytest.raises(moneykit.exceptions.ServiceException) as error:
                moneykit.InstitutionsApi(client).get_institution(institution_id="chase")
    assert json.loads(error.value.body)["error_code"] == "proxy_error.token.unavailable"
    assert api.control("GET", "/counts")["api"] == 0


def test_a_command_as_the_documentation_has_it_needs_no_change(api):
    api.stub("/institutions/{institution_id}", {"json": INSTITUTION})
    script = f"""
import os, moneykit
configuration = moneykit.Configuration(host=os.environ["MONEYKIT_URL"])
configuration.proxy = None
with moneykit.ApiClient(configuration) as client:
    client_id, client_secret = os.environ["MONEYKIT_CLIENT_ID"], os.environ["MONEYKIT_CLIENT_SECRET"]
    assert client_id == "{CLIENT_ID}" and client_secret != "{CLIENT_SECRET}"
    credentials = dict(grant_type="client_credentials", client_id=client_id, client_secret=client_secret)
    configuration.access_token = moneykit.AccessTokenApi(client).create_access_token(**credentials).access_token
    print(moneykit.InstitutionsApi(client).get_institution(institution_id="chase").name)
"""
    command = [PROGRAM, "proxy", "--", sys.executable, "-c", script]
    run = subprocess.run(command, env=settings(api), capture_output=True, text=True, timeout=TIMEOUT)
    assert (run.stdout, run.stderr, run.returncode) == ("Chase\n", "", 0)
    assert api.control("GET", "/counts")["token"] == 1


def curl(url, *options):
    """Returns the status and the body of a response."""
    command = ["curl", "-q", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *options, url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    assert (run.stderr, run.returncode) == ("", 0)
    body, status = run.stdout.rsplit("\n", 1)
    return int(status), body


def test_all_calls_of_curl_succeed_while_a_token_dies(api, proxy_url, kill_tokens):
    for number in range(10):
        if number == 5:
            kill_tokens()
        status, body = curl(f"{proxy_url}/institutions/chase")
        assert (status, json.loads(body)) == (200, INSTITUTION)
        assert curl(f"{proxy_url}/links", "--data", "{}")[0] == 200
    assert api.control("GET", "/counts")["token"] == 2


@pytest.mark.parametrize("size", [1_000, 1_500_000, 8_000_000])
def test_curl_uploads_bodies_of_any_size(api, proxy_url, tmp_path, size):
    path = tmp_path / "body"
    path.write_bytes(b"x" * size)
    for options in [[], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"], ["--http1.0"]]:
        if "--http1.0" in options and size > 1_000_000:
            continue
        status, body = curl(f"{proxy_url}/links", "--data-binary", f"@{path}", *options)
        assert (status, json.loads(body)["body_bytes"]) == (200, size), options


def test_curl_uses_a_private_socket(api, tmp_path, kill_tokens):
    tmp_path.chmod(0o700)
    path = str(tmp_path / "proxy.sock")
    with running(api, "--socket", path) as name:
        assert name == path
        for number in range(6):
            if number == 3:
                kill_tokens()
            assert curl("http://moneykit/links", "--unix-socket", path)[0] == 200
    assert api.control("GET", "/counts")["token"] == 2
    assert not os.path.exists(path)
