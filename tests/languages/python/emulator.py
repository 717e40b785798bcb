"""Starts the emulator as a process and calls it, as a test suite that knows no Rust does."""

import contextlib
import os
import subprocess

import requests

PROGRAM = os.environ.get("MONEYKIT_EMULATOR", "moneykit-emulator")
"""The path of the program."""

CLIENT_ID = "live_5c739a369515e10fc9e0"
CLIENT_SECRET = "emulator-client-secret"
"""The client that is registered if no other is."""

TIMEOUT = 20
"""The seconds after which a test fails instead of waiting."""


def http_session(verify=True):
    """Returns a session of requests that ignores the proxies of the environment."""
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    return session


class Api:
    """An emulated API: the default session of an emulator, or another one."""

    def __init__(self, url, http=None, control_key=None):
        self.url = url
        self.http = http or http_session()
        self.control_key = control_key

    def request(self, method, path, **options):
        """Sends a request and returns the response."""
        options.setdefault("timeout", TIMEOUT)
        return self.http.request(method, self.url + path, **options)

    def request_token(self, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, **fields):
        """Sends a token request with the credentials in the form, and returns the response."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, **fields}
        return self.request("POST", "/auth/token", data=form)

    def token(self, **options):
        """Returns a new access token."""
        response = self.request_token(**options)
        assert response.status_code == 201, response.text
        return response.json()["access_token"]

    def get(self, path, token=None, **options):
        """Sends a GET request with the access token, and returns the response."""
        return self.request("GET", path, headers=bearer(token or self.token()), **options)

    def control(self, method, path, body=None, expected=None, query=None):
        """Calls an operation of the control API and returns its decoded response."""
        headers = {"X-Emulator-Key": self.control_key} if self.control_key else {}
        response = self.request(method, "/__emulator" + path, json=body, params=query, headers=headers)
        assert response.status_code == expected if expected else response.ok, response.text
        return response.json() if response.content else None

    def stub(self, path, *responses, **stub):
        """Adds a stub of GET requests."""
        request = {"method": "GET", "path": path, **stub.pop("request", {})}
        return self.control("POST", "/stubs", {"request": request, "responses": list(responses), **stub})

    def fault(self, target="token_endpoint", requests=1, **fault):
        """Injects a fault into the next requests."""
        return self.control("POST", "/faults", {"target": target, "requests": requests, "fault": fault})

    def advance(self, seconds):
        """Advances the clock."""
        return self.control("PATCH", "/clock", {"advance_ms": seconds * 1000})

    def journal(self, **query):
        """Returns the requests in the journal, and how many they are."""
        return self.control("GET", "/requests", query=query)


def bearer(token):
    """Returns the header that presents an access token."""
    return {"Authorization": f"Bearer {token}"}


def start(*options, **popen):
    """Starts the program, which stops with this process at the latest."""
    command = [PROGRAM, "--exit-with-parent", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)


def stop(process):
    """Stops the program, and returns the rest of its output and its errors."""
    process.terminate()
    return process.communicate(timeout=TIMEOUT)


@contextlib.contextmanager
def running(*options, verify=True, control_key=None):
    """Runs an emulator for the duration of a block."""
    process = start(*options)
    try:
        url = process.stdout.readline().strip()
        assert url, process.stderr.read()
        api = Api(url, http_session(verify), control_key)
        api.process = process
        yield api
    finally:
        stop(process)


def run_to_end(*options, **popen):
    """Runs the program until it ends by itself, and returns the completed process."""
    return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=TIMEOUT, **popen)
