"""Stubs: which requests they match, and how they respond."""

import time

import pytest

from emulator import bearer


def test_responses_are_sent_in_sequence_and_the_last_one_repeats(api):
    api.stub("/links", {"status": 503}, {"json": {"links": []}})
    token = api.token()
    responses = [api.get("/links", token) for _ in range(3)]
    assert [response.status_code for response in responses] == [503, 200, 200]
    assert responses[2].json() == {"links": []}
    assert responses[2].headers["Content-Type"] == "application/json"


def test_a_delay_is_in_real_time(api):
    api.stub("/slow", {"delay_ms": 200})
    token = api.token()
    started = time.monotonic()
    assert api.get("/slow", token).status_code == 200
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("/links/lnk_1", "/links/lnk_1", "/links/lnk_2"),
        ("/links/{link_id}", "/links/lnk_2", "/links/lnk_2/accounts"),
        ("/links/{link_id}/accounts", "/links/a%2Fb/accounts", "/links/accounts"),
        ("/files/*", "/files/a/b/c", "/files"),
    ],
)
def test_paths_match_literally_by_template_or_by_prefix(api, pattern, matching, other):
    api.stub(pattern, {"text": "stubbed"})
    token = api.token()
    assert api.get(matching, token).text == "stubbed"
    assert api.get(other, token).json()["path"] == other


def test_the_path_is_matched_before_the_method(api):
    api.stub("/links", {"text": "GET only"})
    response = api.request("POST", "/links", headers=bearer(api.token()))
    assert response.json()["method"] == "POST"


def test_headers_and_query_are_conditions(api):
    conditions = {"headers": {"MoneyKit-Version": "2023-02-18"}, "query": {"page": "2", "q": "a b"}}
    api.stub("/links", {"text": "stubbed"}, request=conditions)
    headers = {**bearer(api.token()), "moneykit-version": "2023-02-18"}

    def responds(query, headers=headers):
        return api.request("GET", "/links", params=query, headers=headers).text == "stubbed"

    assert responds({"page": "2", "q": "a b", "other": "1"})
    assert not responds({"page": "3", "q": "a b"})
    assert not responds({"page": "2"})
    assert not responds({"page": "2", "q": "a b"}, bearer(api.token()))


@pytest.mark.parametrize(
    ("matcher", "matching", "other"),
    [
        ({"equals_json": {"a": 1, "b": [2]}}, {"b": [2], "a": 1}, {"a": 1, "b": [2], "c": 3}),
        ({"contains_json": {"a": {"b": 1}}}, {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 2}}),
        ({"contains_text": '"amount": "12.50"'}, {"amount": "12.50"}, {"amount": "12.51"}),
    ],
)
def test_the_body_is_a_condition(api, matcher, matching, other):
    api.stub("/transfers", {"status": 201, "text": "stubbed"}, request={"method": "POST", "body": matcher})
    headers = bearer(api.token())
    assert api.request("POST", "/transfers", json=matching, headers=headers).status_code == 201
    assert api.request("POST", "/transfers", json=other, headers=headers).json()["method"] == "POST"


def test_the_newest_stub_responds_until_its_times_are_used_up(api):
    api.stub("/links", {"text": "old"})
    api.stub("/links", {"text": "new"}, times=2)
    token = api.token()
    assert [api.get("/links", token).text for _ in range(3)] == ["new", "new", "old"]


def test_a_stub_is_replaced_and_removed_by_its_id(api):
    api.stub("/links", {"text": "one"}, id="links")
    assert api.get("/links").text == "one"
    assert api.control("GET", "/stubs/links")["matched"] == 1
    stub = {"request": {"path": "/links"}, "responses": [{"text": "two"}]}
    assert api.control("PUT", "/stubs/links", stub, expected=201)["id"] == "links"
    assert api.get("/links").text == "two"
    api.control("DELETE", "/stubs/links", expected=204)
    assert api.get("/links").json()["path"] == "/links"
    api.control("DELETE", "/stubs/links", expected=404)


def test_a_stub_needs_a_valid_token(api):
    api.stub("/links", {"text": "stubbed"})
    assert api.request("GET", "/links").status_code == 401


def test_headers_of_a_response_are_sent(api):
    headers = {"X-Request-Id": "req_1", "Content-Type": "text/csv"}
    api.stub("/export", {"text": "a,b\n", "headers": headers})
    response = api.get("/export")
    assert (response.text, response.headers["X-Request-Id"]) == ("a,b\n", "req_1")
    assert response.headers["Content-Type"] == "text/csv"


def test_unmatched_requests_fail_if_the_session_says_so_and_the_error_names_the_nearest_stub(api):
    api.stub("/links/{link_id}", {"json": {}}, id="one-link", request={"headers": {"MoneyKit-Version": "2023-02-18"}})
    api.control("PATCH", "/settings", {"unmatched": "fail"})
    response = api.get("/links/lnk_1")
    assert response.status_code == 404
    assert response.json()["error_code"] == "emulator_error.no_stub"
    message = response.json()["error_message"]
    assert "GET /links/lnk_1" in message and "/links/{link_id}" in message and "moneykit-version" in message


@pytest.mark.parametrize(
    ("stub", "reason"),
    [
        ({"request": {"pth": "/links"}}, "pth"),
        ({"request": {"path": "links"}}, "start with a slash"),
        ({"request": {"path": "/links"}, "responses": [{"status": 99}]}, "status"),
        ({"request": {"path": "/links"}, "responses": [{"json": 1, "text": "1"}]}, "json"),
        ({"request": {"path": "/links", "body": {"equals_json": 1, "contains_text": "1"}}}, "body"),
        ({"request": {"path": "/auth/token"}}, "/auth/token"),
    ],
)
def test_an_invalid_stub_is_rejected_with_the_reason(api, stub, reason):
    assert reason in api.control("POST", "/stubs", stub, expected=400)["error_message"]
