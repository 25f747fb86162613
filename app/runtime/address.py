"""Addresses: is the port free, and does the system answer there."""

import errno
import http.client
import ipaddress
import socket

PORTS_TRIED_MAX = 50
HEALTH_SECONDS_MAX = 2.0


class AddressTaken(RuntimeError):
    """Another program listens on the port, or this one may not."""


def free_port(host: str, port: int) -> int:
    """Return `port` when this process may listen there; for 0 a free one.

    Raises:
        AddressTaken: names the next free port.
    """
    try:
        return _try_port(host, port)
    except PermissionError as error:
        raise AddressTaken(f"Port {port} is kept for the administrator of this machine. Choose one above 1023: --port 8080") from error
    except socket.gaierror as error:
        raise AddressTaken(f"{host} is not an address of this machine.") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise AddressTaken(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        free = next((other for other in range(port + 1, min(port + PORTS_TRIED_MAX, 65535)) if _is_free(host, other)), 0)
        raise AddressTaken(f"Port {port} is taken by another program. Stop that one, or give another port: --port {free}") from error


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def web_address(host: str, port: int) -> str:
    """Return the address to type into a browser on this machine."""
    near = _near(host)
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def readiness(host: str, port: int) -> str:
    """Return "" when /health/ready answers 200 on `host`:`port`, else what it says instead."""
    connection = http.client.HTTPConnection(_near(host), port, timeout=HEALTH_SECONDS_MAX)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        text = answer.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer ({error})"
    finally:
        connection.close()
    return "" if answer.status == http.client.OK else f"{answer.status}: {text}"


def _near(host: str) -> str:
    """Return the address at which this machine itself reaches `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _try_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # without SO_REUSEPORT: that one would share granian's port
        listener.bind((host, port))
        listener.listen(1)
        bound: int = listener.getsockname()[1]
        return bound


def _is_free(host: str, port: int) -> bool:
    try:
        return bool(_try_port(host, port))
    except OSError:
        return False
