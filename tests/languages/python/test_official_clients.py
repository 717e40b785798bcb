"""MoneyKit's own clients: that for Python itself, and the requests of that for Ruby."""

import json

import moneykit
import moneykit.exceptions
import moneykit.models
import pytest

from emulator import CLIENT_ID, CLIENT_SECRET


@pytest.fixture
def client(api):
    """The official client for Python, as its documentation configures it."""
    configuration = moneykit.Configuration(host=api.url)
    # The client takes a proxy from the environment.
    configuration.proxy = None
    with moneykit.ApiClient(configuration) as client:
        yield client


def create_access_token(client, **options):
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **options}
    return moneykit.AccessTokenApi(client).create_access_token(grant_type="client_credentials", **credentials)


def test_python_gets_a_typed_token(client):
    token = create_access_token(client)
    assert (token.token_type, token.expires_in) == ("bearer", 3600)


def test_python_gets_a_token_with_basic(api, client):
    client.configuration.username, client.configuration.password = CLIENT_ID, CLIENT_SECRET
    token = create_access_token(client, client_id=None, client_secret=None)
    assert api.get("/links", token.access_token).status_code == 200
    assert api.journal(path="/auth/token")["requests"][0]["headers"]["authorization"] == ["Basic [redacted]"]


def test_python_calls_the_api_with_its_token(api, client):
    institution = {"institution_id": "chase", "name": "Chase", "country": "US", "domain": "chase.com", "color": "#123456"}
    institution.update(institution_id_aliases=[], is_featured=False)
    api.stub("/institutions/{institution_id}", {"json": institution})
    client.configuration.access_token = create_access_token(client).access_token
    assert moneykit.InstitutionsApi(client).get_institution(institution_id="chase").name == "Chase"
    request = api.journal(path="/institutions/chase")["requests"][0]
    assert request["headers"]["moneykit-version"] == ["2023-02-18"]


def test_python_raises_the_typed_error_of_rejected_credentials(client):
    with pytest.raises(moneykit.exceptions.UnauthorizedException) as error:
        create_access_token(client, client_secret="wrong")
    assert error.value.status == 401
    assert json.loads(error.value.body)["error_code"] == "api_error.auth.unauthorized"


def test_python_raises_the_typed_error_of_an_expired_token(api, client):
    client.configuration.access_token = create_access_token(client).access_token
    api.advance(3_600)
    with pytest.raises(moneykit.exceptions.UnauthorizedException) as error:
        moneykit.InstitutionsApi(client).get_institution(institution_id="chase")
    assert "api_error.auth.expired_access_token" in error.value.body


def test_python_raises_an_error_of_the_server(api, client):
    api.fault(type="status", status=503, retry_after_ms=2_000)
    with pytest.raises(moneykit.exceptions.ServiceException) as error:
        create_access_token(client)
    assert (error.value.status, error.value.headers["Retry-After"]) == (503, "2")


def test_ruby_sends_an_empty_basic_beside_the_form(api):
    headers = {
        "Accept": "application/json",
        "Authorization": "Basic Og==",
        "Content-Type": "application/x-www-form-urlencoded",
        "Expect": "",
        "MoneyKit-Version": "2023-02-18",
        "User-Agent": "OpenAPI-Generator/0.2.3/ruby",
    }
    form = f"grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
    response = api.request("POST", "/auth/token", headers=headers, data=form)
    assert response.status_code == 201
    assert api.get("/links", response.json()["access_token"]).json()["client_id"] == CLIENT_ID
