"""A mail server that takes every mail."""

import threading
from collections import Counter
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from app.runtime.address import free_port


class Mailbox:
    """Takes mails on a free port of the loopback interface and counts them by Message-ID."""

    def __init__(self) -> None:
        self.subjects: dict[str, str] = {}
        self.times: Counter[str] = Counter()
        self._lock = threading.Lock()
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

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a mail."""
        mail = message_from_bytes(envelope.content)
        content = f"{mail['To']}: {mail['Subject']}\n{mail.get_payload()}"
        with self._lock:
            assert self.subjects.setdefault(mail["Message-ID"], content) == content, "one Message-ID, two mails"
            self.times[mail["Message-ID"]] += 1
        return "250 Taken"
