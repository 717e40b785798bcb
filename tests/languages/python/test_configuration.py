"""The configuration file, the control key, and TLS."""

import textwrap

import pytest
import requests

import emulator
from emulator import Api, http_session, run_to_end, running


@pytest.fixture
def config_file(tmp_path):
    """Returns a function that writes a configuration file and returns its path."""

    def write(text):
        path = tmp_path / "emulator.yaml"
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write


def test_an_emulator_starts_as_its_file_says(config_file):
    path = config_file(
        """\
        clients:
          - id: my-id
            secret: my-secret
        token_lifetime_ms: 60000
        unmatched: fail
        stubs:
          - request: { method: GET, path: "/links/{link_id}" }
            responses:
              - status: 503
              - json: { link_id: lnk_1 }
        """
    )
    with running("--config", path) as api:
        token = api.token(client_id="my-id", client_secret="my-secret")
        assert [api.get("/links/a", token).status_code for _ in range(2)] == [503, 200]
        assert api.get("/users", token).status_code == 404
        assert api.control("GET", "/settings")["token_lifetime_ms"] == 60_000


@pytest.mark.parametrize(
    ("line", "text", "reason"),
    [
        (3, "clients:\n  - id: my-id\n    secrt: pale-secret\n", "secrt"),
        (1, "token_lifetime: 5\n", "token_lifetime"),
        (4, "stubs:\n  - request:\n      path: /links\n      method: [GET]\n", "string"),
        (2, "token_lifetime_ms: 5\nunmatched: explode\n", "explode"),
        (2, "clients:\n  - {id: my-id, secret: pale-secret\n", ""),
    ],
)
def test_an_error_in_the_file_is_reported_with_its_line(config_file, line, text, reason):
    path = config_file(text)
    result = run_to_end("--config", path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert path in result.stderr and reason in result.stderr
    assert f"line {line}" in result.stderr, result.stderr
    assert "pale-secret" not in result.stderr


def test_a_missing_file_is_named():
    result = run_to_end("--config", "missing.yaml")
    assert result.returncode == 1
    assert "cannot read missing.yaml" in result.stderr


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "control-key"
    path.write_text("pale-key\n")
    return str(path)


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_listening_beyond_loopback_requires_a_control_key(address):
    result = run_to_end("--listen", address)
    assert result.returncode == 1
    assert "--control-key-file" in result.stderr


def test_the_control_api_requires_its_key(key_file):
    with running("--listen", "127.0.0.2", "--control-key-file", key_file) as api:
        assert api.url.startswith("http://127.0.0.2:")
        for headers in ({}, {"X-Emulator-Key": "other"}, {"Authorization": "Bearer other"}):
            response = api.request("GET", "/__emulator/requests", headers=headers)
            assert response.status_code == 401
            assert response.json()["error_code"] == "emulator_error.unauthorized"
        for headers in ({"X-Emulator-Key": "pale-key"}, {"Authorization": "Bearer pale-key"}):
            assert api.request("GET", "/__emulator/requests", headers=headers).status_code == 200
        assert api.request("GET", "/__emulator/ready").status_code == 200
        assert api.request_token().status_code == 201
        keyed = Api(api.url, api.http, control_key="pale-key")
        assert "pale-key" not in str(keyed.journal())


@pytest.mark.parametrize("headers", [{"Host": "emulator.example"}, {"Origin": "https://emulator.example"}])
def test_web_pages_of_other_sites_are_refused(api, headers):
    assert api.request("GET", "/__emulator/requests", headers=headers).status_code == 403


def test_tls_has_an_authority_of_its_own(tmp_path):
    ca_file = str(tmp_path / "ca.pem")
    with running("--tls", "--ca-file", ca_file, verify=ca_file) as api:
        assert api.url.startswith("https://127.0.0.1:")
        assert api.get("/links").status_code == 200
        named = Api(api.url.replace("127.0.0.1", "localhost"), api.http)
        assert named.request_token().status_code == 201
        assert run_to_end("--wait", api.url, "--ca-file", ca_file).returncode == 0
        with pytest.raises(requests.exceptions.SSLError):
            Api(api.url, http_session()).request_token()
    assert list(tmp_path.iterdir()) == []


def test_plain_http_on_a_tls_port_is_no_response(tmp_path):
    ca_file = str(tmp_path / "ca.pem")
    with running("--tls", "--ca-file", ca_file, verify=ca_file) as api:
        with pytest.raises(requests.ConnectionError):
            Api(api.url.replace("https:", "http:"), http_session()).request_token()
        assert api.request_token().status_code == 201
