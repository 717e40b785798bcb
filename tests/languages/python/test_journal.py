"""The journal: finding requests, waiting for them, and what it never contains."""

import base64
import json
import threading
import urllib.parse

import emulator
from emulator import CLIENT_ID, CLIENT_SECRET, bearer


def test_requests_are_listed_with_how_the_emulator_responded(api):
    api.stub("/links/{link_id}", {"status": 418, "json": {}}, id="teapot")
    response = api.request(
        "GET", "/links/lnk_1?page=2", headers={**bearer(api.token()), "MoneyKit-Version": "2023-02-18"}
    )
    assert response.status_code == 418
    token_request, request = api.journal()["requests"]
    assert (token_request["method"], token_request["path"], token_request["status"]) == ("POST", "/auth/token", 201)
    assert token_request["token"] == request["token"] == 1
    assert token_request["client_id"] == request["client_id"] == CLIENT_ID
    assert (request["path"], request["query"], request["stub"]) == ("/links/lnk_1", "page=2", "teapot")
    assert request["headers"]["moneykit-version"] == ["2023-02-18"]


def test_bodies_and_faults_are_recorded(api):
    api.fault("api", type="status", status=503)
    api.request("POST", "/transfers", json={"amount": "12.50"}, headers=bearer(api.token()))
    request = api.journal(path="/transfers")["requests"][0]
    assert json.loads(request["body"]) == {"amount": "12.50"}
    assert request["body_bytes"] == len(request["body"])
    assert (request["status"], request["fault"], request["rate_limited"]) == (503, "status", False)


def test_requests_are_filtered_and_counted(api):
    token = api.token()
    for path in ("/links/lnk_1", "/links/lnk_2", "/accounts"):
        api.get(path, token)
    api.get("/links/lnk_1", "unknown")
    api.request("DELETE", "/links/lnk_1", headers=bearer(token))

    def count(**query):
        listing = api.journal(limit=0, **query)
        assert listing["requests"] == []
        return listing["matched"]

    assert count() == 6
    assert count(path="/links/{link_id}") == 4
    assert count(path="/links/*", method="GET", status=200) == 2
    assert count(status=401) == 1
    assert count(client_id=CLIENT_ID, method="DELETE") == 1
    assert count(path="/users") == 0


def test_waiting_ends_when_enough_requests_match(api):
    token = api.token()
    # A connection of its own: sessions of requests are not safe for threads.
    other = emulator.Api(api.url)
    listings = []

    def wait():
        listings.append(other.journal(path="/links", min_count=2, timeout_ms=20_000))

    waiter = threading.Thread(target=wait)
    waiter.start()
    for _ in range(2):
        api.get("/links", token)
    waiter.join(emulator.TIMEOUT)
    assert (listings[0]["matched"], listings[0]["timed_out"]) == (2, False)


def test_waiting_ends_with_the_timeout(api):
    listing = api.journal(path="/links", min_count=1, timeout_ms=50)
    assert (listing["matched"], listing["timed_out"]) == (0, True)


def test_later_requests_follow_the_last_id(api):
    token = api.token()
    last_id = api.journal()["last_id"]
    api.get("/links", token)
    assert [request["path"] for request in api.journal(since=last_id)["requests"]] == ["/links"]
    api.control("DELETE", "/requests", expected=204)
    assert api.journal()["requests"] == []


def test_an_unknown_filter_is_an_error_that_lists_the_known_ones(api):
    response = api.request("GET", "/__emulator/requests?state=200")
    assert response.status_code == 400
    assert "status" in response.json()["error_message"]


def test_neither_secrets_nor_tokens_are_in_any_response_of_the_control_api():
    secret = "s3cret/with+signs %&=ä"
    with emulator.running() as api:
        api.control("POST", "/clients", {"id": "my-id", "secret": secret})
        token = api.token(client_id="my-id", client_secret=secret)
        encoded = base64.b64encode(f"my-id:{secret}".encode()).decode()
        # Also in the wrong places.
        api.request("POST", "/auth/token", headers={"Authorization": "Basic " + encoded})
        api.request("POST", "/auth/token", json={"client_id": "my-id", "client_secret": secret})
        api.request("POST", "/auth/token", params={"client_secret": secret}, data={"client_id": secret})
        api.request("GET", "/links", headers=bearer(token), params={"access_token": token, "secret": secret})
        api.request("GET", f"/links/{token}", headers=bearer(token))
        api.request("POST", "/links", headers=bearer(token), json={"token": token, "secret": secret})
        api.request("GET", "/links", headers={"Authorization": "Basic " + encoded, "X-Token": token})
        api.control("PATCH", "/settings", {"unmatched": "fail"})
        errors = api.request("GET", f"/users/{token}", headers=bearer(token)).text
        paths = ["requests", "clients", "settings", "clock", "stubs", "faults", "rate-limits", "counts", "sessions"]
        texts = [errors] + [api.request("GET", f"/__emulator/{path}").text for path in paths]
        texts += [json.dumps(json.loads(text), ensure_ascii=False) for text in texts]
    written = [secret, urllib.parse.quote(secret), urllib.parse.quote_plus(secret), json.dumps(secret)[1:-1]]
    for text in texts:
        for forbidden in [*written, encoded, token]:
            assert forbidden not in text
    assert "[redacted]" in texts[1]


def test_the_secret_of_the_default_client_is_redacted(api):
    api.token()
    text = json.dumps(api.journal())
    assert CLIENT_ID in text
    assert CLIENT_SECRET not in text
