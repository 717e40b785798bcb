"""Faults and rate limits, as a client experiences them."""

import time

import pytest
import requests

from emulator import TIMEOUT


def test_the_next_token_requests_fail_and_then_succeed(api):
    api.fault(requests=2, type="status", status=503)
    assert [api.request_token().status_code for _ in range(3)] == [503, 503, 201]


@pytest.mark.parametrize("target", ["token_endpoint", "api"])
def test_429_has_retry_after_rounded_up_to_seconds(api, target):
    token = api.token()
    api.fault(target, type="status", status=429, retry_after_ms=1_500)
    response = api.request_token() if target == "token_endpoint" else api.get("/links", token)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
    assert response.json()["error_code"] == "api_error.rate_limit_exceeded"


def test_a_401_for_one_path_leaves_the_others_alone(api):
    token = api.token()
    api.fault("/links/{link_id}", type="status", status=401)
    assert api.get("/accounts", token).status_code == 200
    assert api.get("/links/lnk_1", token).status_code == 401
    assert api.get("/links/lnk_1", token).status_code == 200


def test_the_api_learns_of_a_token_late(api):
    api.fault(type="activation_delay", delay_ms=2_000)
    token = api.token()
    assert api.get("/links", token).status_code == 401
    api.advance(2)
    assert api.get("/links", token).status_code == 200


def test_a_token_can_have_another_lifetime(api):
    api.fault(type="lifetime", lifetime_ms=1_000)
    assert api.request_token().json()["expires_in"] == 1
    assert api.request_token().json()["expires_in"] == 3_600


# A connection that is closed in the middle of the head is no case: Python takes the rest of the head as absent.
@pytest.mark.parametrize(("fault", "sent"), [("close_after", 0), ("reset_after", 0), ("reset_after", 40)])
def test_a_broken_connection_is_a_connection_error(api, fault, sent):
    token = api.token()
    api.fault("api", type=fault, bytes=sent)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.get("/links", token)
    assert api.get("/links", token).status_code == 200


def test_a_truncated_body_is_noticed(api):
    api.stub("/links", {"json": {"links": ["lnk_1", "lnk_2"]}})
    token = api.token()
    api.fault("api", type="truncate_body", bytes=10)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        api.get("/links", token)


def test_a_slow_body_arrives_in_pieces(api):
    api.stub("/links", {"text": "0123456789"})
    token = api.token()
    api.fault("api", type="slow_body", chunk_bytes=2, interval_ms=40)
    started = time.monotonic()
    response = api.get("/links", token, stream=True)
    head = time.monotonic()
    assert response.text == "0123456789"
    assert time.monotonic() - started >= 0.2
    assert head - started < 0.2


def test_a_slow_body_runs_into_the_timeout_of_the_client(api):
    api.fault(type="slow_body", chunk_bytes=1, interval_ms=5_000)
    with pytest.raises((requests.Timeout, requests.ConnectionError)):
        api.request("POST", "/auth/token", timeout=0.2)


def test_garbage_is_not_json(api):
    api.fault(type="garbage", body="<html>Please log in to this network</html>")
    response = api.request_token()
    assert response.status_code == 201
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert api.control("GET", "/counts")["tokens_issued"] == 0


def test_a_wrong_content_type_has_the_usual_body(api):
    api.fault(type="content_type", content_type="text/html")
    response = api.request_token()
    assert response.headers["Content-Type"] == "text/html"
    assert response.json()["token_type"] == "bearer"


def test_a_delay_runs_into_the_timeout_of_the_client(api):
    token = api.token()
    api.fault("api", type="delay", delay_ms=TIMEOUT * 1000)
    with pytest.raises(requests.Timeout):
        api.get("/links", token, timeout=0.2)


def test_random_faults_repeat_with_their_seed(api):
    rules = [{"target": "api", "one_in": 3, "fault": {"type": "status", "status": 500}}]
    token = api.token()

    def statuses(seed):
        api.control("PUT", "/faults", {"seed": seed, "rules": rules})
        return [api.get("/links", token).status_code for _ in range(40)]

    first = statuses(7)
    assert set(first) == {200, 500}
    assert statuses(7) == first
    assert statuses(8) != first


def test_queued_faults_are_listed_and_removed(api):
    api.fault("/links/*", requests=3, type="status", status=500)
    queue = [{"target": "/links/*", "requests": 3, "fault": {"type": "status", "status": 500}}]
    assert api.control("GET", "/faults")["queue"] == queue
    api.control("DELETE", "/faults", expected=204)
    assert api.get("/links/lnk_1").status_code == 200


@pytest.mark.parametrize(
    ("target", "fault", "reason"),
    [
        ("api", {"type": "lifetime", "lifetime_ms": 1}, "token_endpoint"),
        ("links", {"type": "status", "status": 500}, "starts with a slash"),
        ("api", {"type": "explode"}, "explode"),
        ("api", {"type": "status", "status": 500, "retry_after": 1}, "retry_after"),
    ],
)
def test_an_invalid_fault_is_rejected_with_the_reason(api, target, fault, reason):
    error = api.control("POST", "/faults", {"target": target, "fault": fault}, expected=400)
    assert reason in error["error_message"]


@pytest.mark.parametrize("target", ["token_endpoint", "api"])
def test_a_rate_limit_rejects_until_the_clock_refills_it(api, target):
    token = api.token()
    api.control("PATCH", "/clock", {"frozen": True})
    api.control("PUT", "/rate-limits", {target: {"capacity": 2, "refill_per_second": 0.5}})

    def send():
        return api.request_token() if target == "token_endpoint" else api.get("/links", token)

    assert [send().ok for _ in range(3)] == [True, True, False]
    rejected = send()
    assert (rejected.status_code, rejected.headers["Retry-After"]) == (429, "2")
    assert rejected.json()["error_code"] == "api_error.rate_limit_exceeded"
    api.advance(2)
    assert [send().ok for _ in range(2)] == [True, False]
    api.control("PUT", "/rate-limits", {})
    assert send().ok
