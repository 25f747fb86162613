"""The load generator: approvals over HTTP from a number of clients, as lean as Python allows. Run as a module, plan on standard input.

One client is one thread with one connection. An instance is five calls: start, inbox, approve, inbox, approve.
"""

import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson

CALLS = ("start", "inbox", "approve")
TIMEOUT_SECONDS = 60
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One kept-alive HTTP/1.1 connection to the server on loopback."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method: str, path: str, user: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send one request and return status and body."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer demo-{user}\r\n"
        if method == "POST":
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._socket.sendall(head.encode() + b"\r\n" + body)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        found = _LENGTH.search(received, 0, end + 2)
        length = int(found[1]) if found else 0
        parts = [received[end + 4 :]]
        missing = length - len(parts[0])
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(received[9:12]), b"".join(parts)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received


class Refused(RuntimeError):
    """A call was answered with something else than expected."""


def approve_all(connection: Connection, documents: Iterator[str], samples: dict[str, list[float]]) -> None:
    """Take documents until there are none left, and approve each in five calls; `samples` gets the seconds of every call."""

    def timed(name: str, method: str, path: str, user: str, body: bytes = b"") -> Any:
        began = time.perf_counter()
        status, answer = connection.call(method, path, user, body)
        samples[name].append(time.perf_counter() - began)
        if status not in (200, 201):
            raise Refused(f"{method} {path} as {user}: {status} {answer[:400].decode(errors='replace')}")
        return answer

    for document in documents:
        began = time.perf_counter()
        order = orjson.dumps({"definition": "purchase_invoice", "document_id": document})
        instance = orjson.loads(timed("start", "POST", "/api/v1/process-instances", "erp", order))["id"]
        for user in ("marc", "claire"):
            inbox = timed("inbox", "GET", "/api/v1/tasks?limit=50", user)
            task = _task_of(inbox, instance)
            timed("approve", "POST", f"/api/v1/tasks/{task}/approve", user, b"{}")
        samples["instance"].append(time.perf_counter() - began)


def _task_of(inbox: bytes, instance: str) -> str:
    for item in orjson.loads(inbox)["items"]:
        if item["process_instance_id"] == instance:
            return str(item["id"])
    raise Refused(f"the inbox does not show the task of instance {instance}")


def main() -> None:
    """Read the plan `{port, clients, documents}`, run it, and write `{seconds, cpu_seconds, errors, samples}`."""
    plan = orjson.loads(sys.stdin.buffer.read())
    lock, waiting = threading.Lock(), iter(plan["documents"])
    all_samples: list[dict[str, list[float]]] = []
    errors: list[str] = []

    def documents() -> Iterator[str]:
        while True:
            with lock:
                document = next(waiting, None)
            if document is None:
                return
            yield document

    def client() -> None:
        samples: dict[str, list[float]] = {name: [] for name in (*CALLS, "instance")}
        all_samples.append(samples)
        try:
            with closing(Connection(plan["port"])) as connection:
                approve_all(connection, documents(), samples)
        except (OSError, Refused) as error:
            errors.append(str(error))

    threads = [threading.Thread(target=client) for _ in range(plan["clients"])]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    samples = {name: [value for each in all_samples for value in each[name]] for name in (*CALLS, "instance")}
    result = {"seconds": seconds, "cpu_seconds": time.process_time(), "errors": errors, "samples": samples}
    sys.stdout.buffer.write(orjson.dumps(result))


if __name__ == "__main__":
    main()
