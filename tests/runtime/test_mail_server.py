"""Mails to a real mail server: what arrives is what was written, once, and a server that is away loses nothing."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy

import pytest
import sqlalchemy as sa

from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.persistence.tables.journal import mail_log, outbox
from app.persistence.tables.people import company
from app.runtime.address import free_port
from app.wiring import mailer
from tests.acceptance.mailbox import Mailbox
from tests.operations.conftest import Office


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes every mail."""
    made = Mailbox()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def reminded(system, caller, clock):
    """Give a function that lets marc be reminded through a mail server and returns the row of his mail."""

    def remind(smtp_url, tmp_path):
        connected = replace(system, send_mail=mailer(smtp_url, tmp_path))
        office = Office(system=connected, caller=caller)
        office.begin("invoice_sales_12000", **{"<cbc:RegistrationName>Acme": "<cbc:RegistrationName>Čápek &amp; Σία"})
        clock.advance(days=3, minutes=1)
        for work in claim_due(connected):
            do_due_work(connected, work)
        return connected

    return remind


def deliver(system):
    for work in claim_due(system):
        do_due_work(system, work)


def test_a_mail_arrives_as_text_and_as_html_in_the_readers_language(reminded, mailbox, system, tmp_path):
    """ESC-01, LOG-02."""
    with system.database.write() as work:
        work.execute(sa.update(company).values(language="nl"))
        work.commit()

    deliver(reminded(mailbox.url, tmp_path))

    ((message_id, content),) = mailbox.subjects.items()
    mail = message_from_string(content.partition("\n")[2], policy=policy.default)
    assert mailbox.times[message_id] == 1
    assert mail["Subject"] == "Nog open: Čápek & Σία A-2026-1201, 12.000,00 EUR"
    assert mail["To"] == "marc@example.com"
    assert "Čápek & Σία" in mail.get_body(("plain",)).get_content()
    assert "Čápek &amp; Σία" in mail.get_body(("html",)).get_content()


def test_a_server_that_is_away_gets_the_mail_once_it_is_back(reminded, mailbox, clock, tmp_path):
    """LOG-02: tried again with back-off, under the same Message-ID, and logged once."""
    nobody = f"smtp://127.0.0.1:{free_port('127.0.0.1', 0)}"
    away = reminded(nobody, tmp_path)
    deliver(away)
    with away.database.read() as reading:
        (waiting,) = reading.rows(sa.select(outbox).where(outbox.c.kind == "mail"))
    assert (waiting.status, waiting.attempts) == ("waiting", 1)
    deliver(away)  # its back-off is not over
    back = replace(away, send_mail=mailer(mailbox.url, tmp_path))

    clock.advance(minutes=1)
    deliver(back)
    deliver(back)

    assert dict(mailbox.times) == {f"<{waiting.id}@countersign>": 1}
    with away.database.read() as reading:
        assert [row.result for row in reading.rows(sa.select(mail_log))] == ["sent"]
