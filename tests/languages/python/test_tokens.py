"""The token endpoint, and the life of a token."""

import base64
import email.utils
import time

import pytest

from emulator import CLIENT_ID, CLIENT_SECRET, bearer

GRANT = {"grant_type": "client_credentials"}
FORM = {**GRANT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


CREDENTIALS = basic(f"{CLIENT_ID}:{CLIENT_SECRET}")


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        pytest.param({}, FORM, id="form"),
        pytest.param(CREDENTIALS, GRANT, id="basic"),
        pytest.param(CREDENTIALS, None, id="basic-without-a-body"),
        pytest.param(CREDENTIALS, FORM, id="both"),
        pytest.param(CREDENTIALS, {**GRANT, "client_id": CLIENT_ID}, id="basic-and-the-id-in-the-form"),
        pytest.param(basic(":"), FORM, id="empty-basic-beside-the-form"),
    ],
)
def test_credentials_are_accepted(api, headers, form):
    response = api.request("POST", "/auth/token", headers=headers, data=form)
    assert response.status_code == 201
    body = response.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert response.headers["Cache-Control"] == "no-store"
    assert api.get("/links", body["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        pytest.param({}, {**FORM, "client_secret": "wrong"}, 401, id="wrong-secret"),
        pytest.param({}, {**FORM, "client_id": "unknown"}, 401, id="unknown-client"),
        pytest.param({}, GRANT, 401, id="no-credentials"),
        pytest.param(basic(":"), GRANT, 401, id="empty-basic-alone"),
        pytest.param(CREDENTIALS, {**FORM, "client_secret": "wrong"}, 401, id="contradiction"),
        pytest.param({}, {**FORM, "grant_type": "password"}, 400, id="wrong-grant-type"),
        pytest.param({}, {**FORM, "scope": "two  spaces"}, 401, id="malformed-scope"),
    ],
)
def test_invalid_token_requests_get_the_documented_error(api, headers, form, status):
    response = api.request("POST", "/auth/token", headers=headers, data=form)
    assert response.status_code == status
    assert response.json()["error_code"] == "api_error.auth.unauthorized"
    assert response.json()["documentation_url"]
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_json_instead_of_a_form_is_an_error_that_names_the_content_type(api):
    response = api.request("POST", "/auth/token", json=FORM)
    assert response.status_code == 400
    assert "application/x-www-form-urlencoded" in response.json()["error_message"]


def test_a_client_is_allowed_its_scopes_only(api):
    client = {"id": "reader", "secret": "reader-secret", "scopes": ["accounts"], "token_lifetime_ms": 60_000}
    api.control("POST", "/clients", client, expected=201)
    response = api.request_token("reader", "reader-secret", scope="accounts")
    assert response.json()["expires_in"] == 60
    assert api.get("/links", response.json()["access_token"]).json()["scope"] == ["accounts"]
    assert api.request_token("reader", "reader-secret", scope="transactions").status_code == 401


@pytest.mark.parametrize("headers", [{}, bearer("unknown"), CREDENTIALS], ids=["absent", "unknown", "basic"])
def test_requests_without_a_valid_token_get_401(api, headers):
    response = api.request("GET", "/links", headers=headers)
    assert response.status_code == 401
    assert response.json()["error_code"] == "api_error.auth.unauthorized"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_expires_when_the_clock_is_advanced(api):
    token = api.token()
    api.advance(3_590)
    assert api.get("/links", token).status_code == 200
    api.advance(10)
    response = api.get("/links", token)
    assert response.status_code == 401
    assert response.json()["error_code"] == "api_error.auth.expired_access_token"


def test_the_date_header_follows_the_clock(api):
    api.control("PATCH", "/clock", {"frozen": True, "advance_ms": 86_400_000})
    clock = api.control("GET", "/clock")
    date = email.utils.parsedate_to_datetime(api.request_token().headers["Date"]).timestamp()
    assert date == clock["unix_ms"] // 1000
    assert date - time.time() > 86_000


def test_a_frozen_clock_stands_still_until_it_is_resumed(api):
    frozen = api.control("PATCH", "/clock", {"frozen": True})
    assert api.control("GET", "/clock") == frozen
    assert not api.control("PATCH", "/clock", {"frozen": False})["frozen"]


def test_the_clock_can_be_set_to_a_time_of_day(api):
    tomorrow = (int(time.time()) + 86_400) * 1000
    clock = api.control("PATCH", "/clock", {"unix_ms": tomorrow, "frozen": True})
    assert clock["unix_ms"] == tomorrow
    error = api.control("PATCH", "/clock", {"unix_ms": 0}, expected=409)
    assert "set a later time" in error["error_message"]


def test_revoked_tokens_are_unknown(api):
    first, second = api.token(), api.token()
    api.control("DELETE", "/tokens/1")
    assert [api.get("/links", token).status_code for token in (first, second)] == [401, 200]
    api.control("DELETE", "/tokens")
    response = api.get("/links", second)
    assert response.status_code == 401
    assert response.json()["error_code"] == "api_error.auth.unauthorized"


def test_a_token_can_be_issued_without_a_token_request(api):
    issued = api.control("POST", "/tokens", {"client_id": CLIENT_ID, "lifetime_ms": 5_000}, expected=201)
    assert api.get("/links", issued["access_token"]).status_code == 200
    api.advance(5)
    assert api.get("/links", issued["access_token"]).status_code == 401
    assert api.control("GET", "/counts")["token"] == 0


def test_a_wrong_base_url_is_named(api):
    response = api.request("POST", "/v1/auth/token", data=FORM)
    assert response.status_code == 404
    assert "fix the base URL" in response.json()["error_message"]
