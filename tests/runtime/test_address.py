import http.server
import socket
import threading

import pytest

from app.runtime.address import AddressTaken, free_port, is_loopback, readiness, web_address


def test_port_that_is_taken_is_refused_with_the_next_free_one():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(AddressTaken, match=rf"^Port {port} is taken by another program\. .* --port \d+$"):
            free_port("127.0.0.1", port)


def test_port_shared_by_its_owner_counts_as_taken():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(AddressTaken):
            free_port("127.0.0.1", other.getsockname()[1])


def test_zero_gives_a_free_port():
    port = free_port("127.0.0.1", 0)

    assert free_port("127.0.0.1", port) == port


def test_foreign_address_is_refused():
    with pytest.raises(AddressTaken, match=r"Cannot listen on 192\.0\.2\.1:8080"):
        free_port("192.0.2.1", 8080)


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("db", False)]
)
def test_loopback_is_recognised(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("cs.example", "http://cs.example:8080"),
    ],
)
def test_address_can_be_typed_into_a_browser(host, expected):
    assert web_address(host, 8080) == expected


@pytest.mark.parametrize(("status", "expected"), [(200, ""), (503, '503: {"database": "down"}')])
def test_readiness_says_what_is_missing(status, expected):
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()
            self.wfile.write(b'{"database": "down"}')

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()

        assert readiness("127.0.0.1", server.server_port) == expected

        thread.join()


def test_readiness_of_nobody_is_no_answer():
    assert readiness("127.0.0.1", free_port("127.0.0.1", 0)).startswith("no answer")
