"""The emulator as a process: start, readiness, and how it ends."""

import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

import emulator


def until(condition):
    """Waits for a condition that no event announces."""
    deadline = time.monotonic() + emulator.TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "the condition is not met"
        time.sleep(0.02)


def refuses_connections(url):
    try:
        emulator.http_session().get(url, timeout=emulator.TIMEOUT)
    except requests.ConnectionError:
        return True
    return False


def test_the_first_line_is_the_url_of_a_ready_emulator(default_api):
    readiness = default_api.control("GET", "/ready")
    assert readiness["status"] == "ready"
    assert default_api.url.startswith("http://127.0.0.1:")
    assert default_api.url.removeprefix("http://127.0.0.1:").isdigit()


def test_nothing_but_the_url_is_printed_on_the_standard_output():
    process = emulator.start()
    url = process.stdout.readline()
    assert url.endswith("\n")
    output, hints = emulator.stop(process)
    assert output == ""
    assert "ready" in hints and url.strip() in hints


def test_the_port_file_appears_when_the_emulator_is_ready_and_goes_with_it(tmp_path):
    port_file = tmp_path / "port"
    process = emulator.start("--port-file", str(port_file))
    until(port_file.exists)
    api = emulator.Api(f"http://127.0.0.1:{port_file.read_text().strip()}")
    assert api.control("GET", "/ready")["status"] == "ready"
    emulator.stop(process)
    assert not port_file.exists()
    assert list(tmp_path.iterdir()) == []


def test_wait_returns_when_another_emulator_is_ready(default_api):
    assert emulator.run_to_end("--wait", default_api.url).returncode == 0


def test_wait_fails_with_the_reason_if_there_is_no_emulator():
    with emulator.running() as api:
        url = api.url
    result = emulator.run_to_end("--wait", url, "--timeout", "0")
    assert result.returncode == 1
    assert f"{url} is not ready" in result.stderr


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_with_success(stop_signal):
    process = emulator.start()
    process.stdout.readline()
    process.send_signal(stop_signal)
    assert process.wait(emulator.TIMEOUT) == 0
    process.communicate()


def test_a_request_in_progress_is_completed_after_sigterm():
    with emulator.running() as api:
        api.stub("/slow", {"status": 200, "json": {"done": True}, "delay_ms": 500}, id="slow")
        token = api.token()
        responses = []
        request = threading.Thread(target=lambda: responses.append(api.get("/slow", token)))
        request.start()
        control = emulator.Api(api.url)
        until(lambda: control.control("GET", "/stubs/slow")["matched"] == 1)
        api.process.terminate()
        request.join()
        assert responses[0].json() == {"done": True}
        assert api.process.wait(emulator.TIMEOUT) == 0


def test_the_emulator_ends_with_its_parent():
    code = "import emulator, sys; print(emulator.start().stdout.readline(), flush=True); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=sys.path[0]
    )
    url = parent.stdout.readline().strip()
    assert not refuses_connections(url)
    parent.kill()
    parent.communicate()
    until(lambda: refuses_connections(url))


def test_two_emulators_have_ports_of_their_own(default_api):
    with emulator.running() as other:
        assert other.url != default_api.url


def test_a_used_port_is_an_error_that_names_it(default_api):
    port = default_api.url.rsplit(":", 1)[1]
    result = emulator.run_to_end("--port", port)
    assert result.returncode == 1
    assert port in result.stderr


def test_an_invalid_client_is_rejected_without_its_value():
    result = emulator.run_to_end("--client", "id-and-pale-secret")
    assert result.returncode == 1
    assert "--client ID:SECRET" in result.stderr
    assert "pale-secret" not in result.stderr


def test_an_unknown_option_is_a_usage_error():
    result = emulator.run_to_end("--prot", "8080")
    assert result.returncode == 2
    assert "--port" in result.stderr
