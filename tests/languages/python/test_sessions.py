"""Sessions: emulated APIs that do not affect each other."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import emulator


def test_parallel_sessions_do_not_meet(default_api):
    def scenario(number):
        name = f"parallel-{number}"
        created = emulator.Api(default_api.url).control("PUT", f"/sessions/{name}", {"unmatched": "fail"}, expected=201)
        api = emulator.Api(created["url"])
        api.stub("/links", {"json": {"number": number}})
        api.advance(number * 1_000)
        token = api.token()
        bodies = [api.get("/links", token).json() for _ in range(5)]
        counts = api.control("GET", "/counts")
        clock = api.control("GET", "/clock")["now_ms"]
        return bodies, counts, clock

    with ThreadPoolExecutor(8) as pool:
        for number, (bodies, counts, clock) in enumerate(pool.map(scenario, range(16))):
            assert bodies == [{"number": number}] * 5
            assert counts == {"token": 1, "tokens_issued": 1, "api": 5, "api_rejected": 0}
            assert number * 1_000_000 <= clock < number * 1_000_000 + 60_000


def test_a_token_is_valid_in_its_session_only(default_api, api):
    assert default_api.get("/links", api.token()).status_code == 401


def test_reset_returns_to_the_start(api):
    api.stub("/links", {"text": "stubbed"})
    api.control("PATCH", "/settings", {"unmatched": "fail", "token_lifetime_ms": 1_000})
    api.advance(3_600)
    token = api.token()
    api.control("POST", "/reset", expected=204)
    assert api.get("/links", token).status_code == 401
    assert api.control("GET", "/stubs") == {"stubs": []}
    assert api.control("GET", "/settings") == {"token_lifetime_ms": 3_600_000, "unmatched": "echo"}
    assert api.control("GET", "/clock")["now_ms"] < 60_000


def test_a_removed_session_is_an_error_that_says_how_to_create_it(default_api):
    url = default_api.control("PUT", "/sessions/short")["url"]
    default_api.control("DELETE", "/sessions/short", expected=204)
    response = emulator.Api(url).request_token()
    assert response.status_code == 404
    assert response.json()["error_code"] == "emulator_error.no_session"
    assert "PUT /__emulator/sessions/{name}" in response.json()["error_message"]


@pytest.mark.parametrize("name", ["a%20b", "%C3%A4", "x" * 101])
def test_an_invalid_name_is_rejected(default_api, name):
    assert default_api.control("PUT", f"/sessions/{name}", expected=400)["error_code"] == "emulator_error.invalid_request"


def test_a_session_has_no_sessions(api):
    api.control("PUT", "/sessions/nested", expected=404)


def test_a_session_starts_with_its_configuration(default_api):
    config = {"clients": [{"id": "a", "secret": "b"}], "token_lifetime_ms": 5_000, "stubs": [{"request": {"path": "/x"}}]}
    api = emulator.Api(default_api.control("PUT", "/sessions/configured", config)["url"])
    assert api.request_token().status_code == 401
    response = api.request_token("a", "b")
    assert response.json()["expires_in"] == 5
    assert api.get("/x", response.json()["access_token"]).text == ""
    assert "configured" in [session["name"] for session in default_api.control("GET", "/sessions")["sessions"]]
