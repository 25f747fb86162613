"""A mail server that takes every mail."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from app.runtime.address import free_port

ANSWER_SECONDS_MAX = 60.0


class Mailbox:
    """Takes mails on a free port of the loopback interface and counts them by Message-ID."""

    def __init__(self) -> None:
        self.subjects: dict[str, str] = {}
        self.times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._ready.set()
        self._taken_while_busy: list[str] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The address for COUNTERSIGN_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    @contextmanager
    def busy(self) -> Iterator[list[str]]:
        """Take mails meanwhile, without an answer until the end; gives the Message-IDs taken."""
        self._taken_while_busy.clear()
        self._ready.clear()
        try:
            yield self._taken_while_busy
        finally:
            self._ready.set()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a mail."""
        mail = message_from_bytes(envelope.content)
        content = f"{mail['To']}: {mail['Subject']}\n{envelope.content.decode()}"
        with self._lock:
            assert self.subjects.setdefault(mail["Message-ID"], content) == content, "one Message-ID, two mails"
            self.times[mail["Message-ID"]] += 1
            if not self._ready.is_set():
                self._taken_while_busy.append(mail["Message-ID"])
        await asyncio.to_thread(self._ready.wait, ANSWER_SECONDS_MAX)
        return "250 Taken"
