"""What mails say: in the language of their reader, as plain text and as HTML that loads nothing, about what he wants to hear of."""

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

import app
from app.operations.mails.compose import Frame, compose_mail
from app.operations.mails.texts import language_of, languages, placeholders_of
from app.operations.people.change_profile import change_profile
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.deliver_mail import ATTEMPTS_MAX, deliver_mail
from app.operations.schedules.fire_timer import fire_timer
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import people
from app.persistence.tables.journal import mail_log, outbox
from app.persistence.tables.people import company
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.test_users import create

WRITTEN = datetime(2026, 11, 2, 8, tzinfo=UTC)
DOCUMENT = {"seller": "Acme", "number": "A-1", "total": "1234567.89", "currency": "EUR", "mark": "hash.1"}
PAYLOAD = {
    "template": "assignment",
    "user_id": "u1",
    "address": "marc@example.com",
    "name": "Marc Anthony",
    "task_id": "t1",
    "task_name": "Approve",
    "step": "first_line",
    "due_at": "2026-11-05T16:00:00Z",
    "why": "EUR 12,000.00 is below your limit.",
    "document": DOCUMENT,
}


def compose(language="en", **more):
    """Return the mail of a payload."""
    options = {name: more.pop(name) for name in ("secret", "decide_path", "decide_until", "own_text") if name in more}
    frame = Frame(
        sender="Countersign <sign@example.com>",
        public_url="https://sign.example.com",
        zone=ZoneInfo("Europe/Amsterdam"),
        language=language_of(language),
        **options,
    )
    return compose_mail(PAYLOAD | more, outbox_id="0193", written_at=WRITTEN, frame=frame)


def part(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def wants(office, username, **values):
    change_profile(office.system, office.caller(username), **values)


@pytest.mark.parametrize("template", sorted(language_of("en").templates))
@pytest.mark.parametrize("language", languages())
def test_every_template_is_there_in_every_language_with_the_same_placeholders(language, template):
    texts, english = language_of(language), language_of("en")

    assert texts.templates.keys() == english.templates.keys()
    assert texts.templates[template].placeholders == english.templates[template].placeholders
    assert texts.templates[template].placeholders <= set(placeholders_of(template))
    assert (texts.words.keys(), texts.steps.keys()) == (english.words.keys(), english.steps.keys())
    assert "\n" not in texts.templates[template].subject


def test_every_mail_that_is_written_anywhere_has_a_text():
    """Templates are named by constants; a name that no file of texts has would make a mail that never leaves."""
    named = set()
    for path in (Path(app.__file__).parent / "operations").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "template" and isinstance(node.value, ast.Constant):
                named.add(node.value.value)
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                named |= {
                    value.value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and key.value == "template" and isinstance(value, ast.Constant)
                }

    assert len(named) > 15
    assert named | {"digest", "question", "returned", "reminder", "due_soon", "overdue"} == set(language_of("en").templates)


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "To sign: Acme A-1, 1,234,567.89 EUR", ("Marc Anthony,", "first line", "Due: Thursday 5 November 2026, 17:00")),
        (
            "nl",
            "Te tekenen: Acme A-1, 1.234.567,89 EUR",
            ("Beste Marc Anthony,", "eerste lijn", "Uiterlijk: donderdag 5 november 2026, 17:00"),
        ),
        ("nl-BE", "Te tekenen: Acme A-1, 1.234.567,89 EUR", ("Beste Marc Anthony,",)),
        ("fr", "To sign: Acme A-1, 1,234,567.89 EUR", ("Marc Anthony,",)),
    ],
)
def test_a_mail_speaks_the_language_of_its_reader(language, subject, words):
    mail = compose(language)

    assert mail["Subject"] == subject
    for each in words:
        assert each in part(mail)
        assert each in part(mail, "html")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "dutch"),
    [
        ("-0.5", "EUR", "-0.50 EUR", "-0,50 EUR"),
        ("1000", "JPY", "1,000 JPY", "1.000 JPY"),
        ("-1234.5", "EUR", "-1,234.50 EUR", "-1.234,50 EUR"),
        ("0.1234", "EUR", "0.1234 EUR", "0,1234 EUR"),
        ("99999999999999.9999", "EUR", "99,999,999,999,999.9999 EUR", "99.999.999.999.999,9999 EUR"),
    ],
)
def test_amounts_are_written_as_the_language_does(amount, currency, english, dutch):
    assert [language_of(key).amount(Decimal(amount), currency) for key in ("en", "nl")] == [english, dutch]


def test_the_language_is_the_persons_own_else_his_companys(office, clock, mails):
    """USR-24."""
    with office.system.database.write() as work:
        work.execute(sa.update(company).values(language="nl"))
        work.commit()
    deploy(office, chain("two", user_task("Look", assignees='["marc", "claire"]', mode="all", remind_after="PT1H")))
    wants(office, "claire", language="en")
    office.start(office.send("invoice_sales_12000"), definition="two")
    clock.advance(hours=2)
    office.tick()

    assert {mail["To"].split("@")[0]: mail["Subject"].split(":")[0] for mail in mails} == {"marc": "Nog open", "claire": "Still open"}
    assert {mail["Content-Language"] for mail in mails} == {"nl", "en"}


def test_the_headers_say_that_a_machine_wrote_it_and_are_the_same_each_time():
    mail, again = compose(), compose()

    assert bytes(mail) == bytes(again)
    assert mail["Message-ID"] == "<0193@countersign>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Mon, 02 Nov 2026 08:00:00 +0000"


HOSTILE = '\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script><img src="https://evil.example/x.png"> ${name} "\'&'


@pytest.mark.parametrize("name", ["name", "why", "task_name", "document", "seller", "number", "step"])
def test_nothing_in_a_document_gets_into_the_headers_or_the_markup(name):
    more = (
        {"document": DOCUMENT | {name: HOSTILE}} if name in DOCUMENT else {name: HOSTILE} | ({"step": None} if name == "task_name" else {})
    )
    read = message_from_bytes(bytes(compose(**more)), policy=policy.default)

    assert read["Bcc"] is None
    assert "\n" not in read["Subject"]
    assert read.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in read.iter_parts()] == ["text/plain", "text/html"]
    assert {tag for tag, _ in tags_of(part(read, "html"))} <= {"html", "head", "meta", "title", "body", "p", "br", "a", "hr", "small"}
    assert "Marc Anthony" not in part(read).replace("Marc Anthony,", ""), "what a value says is no placeholder"


def tags_of(text):
    """Return the tags of an HTML text with their attributes."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(text)
    return found


def test_the_html_loads_nothing_and_leads_only_here():
    mail = compose(decide_path="/decide/cs_1?a=1&b=2", decide_until=WRITTEN)

    links = [attributes["href"] for tag, attributes in tags_of(part(mail, "html")) if tag == "a"]
    assert links == ["https://sign.example.com/tasks/t1", "https://sign.example.com/decide/cs_1?a=1&b=2"]
    assert not [attributes for _, attributes in tags_of(part(mail, "html")) if {"src", "srcset", "background"} & attributes.keys()]
    assert "url(" not in part(mail, "html")


@pytest.mark.parametrize("address", ["marc@example.com\nBcc: all@example.com", "marc@example.com\r\n\r\nHello", ""])
def test_an_address_that_is_none_makes_no_mail(address):
    with pytest.raises((ValueError, IndexError)):
        assert not compose(address=address)["To"].addresses[0].domain


def test_a_row_from_before_there_were_languages_is_still_a_mail():
    mail = compose(
        "nl", document="Acme A-1, 12.00 EUR", template="locked_out", task_id=None, path="/password/{secret}", secret="cs_1", due_at=None
    )

    assert mail["Subject"] == "Uw account is geblokkeerd"
    assert "https://sign.example.com/password/cs_1" in part(mail)


def test_carl_who_asked_for_it_gets_one_mail_about_a_task_of_two_and_marc_none(office, mails):
    """TSK-03: marc opt-out, carl opt-in; a pooled task to both is exactly one mail, to carl, in the system log."""
    wants(office, "carl", notify_new_task=True)
    deploy(office, chain("pool", user_task("Look", assignees='["marc", "carl"]', mode="any")))
    office.start(office.send("invoice_sales_12000"), definition="pool")
    office.tick()

    with office.system.database.read() as reading:
        logged = [(row.address, row.template, row.result) for row in reading.rows(sa.select(mail_log))]
    assert [mail["To"] for mail in mails] == ["carl@example.com"]
    assert logged == [("carl@example.com", "assignment", "sent")]


@pytest.mark.parametrize("is_wanted", [True, False])
def test_delegation_is_a_new_assignment(office, mails, is_wanted):
    """TSK-03."""
    wants(office, "jeremy", notify_new_task=is_wanted)
    office.begin("invoice_sales_12000")
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="jeremy")
    office.tick()

    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in mails] == [("jeremy@example.com", "Delegated to you")] * is_wanted


@pytest.mark.parametrize("is_wanted", [True, False])
def test_escalation_is_a_new_assignment_and_reminders_are_asked_for_apart(office, clock, mails, is_wanted):
    """TSK-03, ESC-01."""
    wants(office, "donald", notify_new_task=is_wanted)
    wants(office, "marc", notify_reminders=False)
    properties = {"remind_after": "PT1H", "escalate_after": "PT2H", "escalate_to": "donald"}
    deploy(office, chain("late", user_task("Look", assignees='["marc"]', **properties)))
    office.start(office.send("invoice_sales_12000"), definition="late")
    for _ in range(2):
        clock.advance(hours=1, minutes=1)
        office.tick()

    assert [mail["To"] for mail in mails] == ["donald@example.com"] * is_wanted


def test_what_new_users_get_is_a_setting_of_the_environment(office):
    """TSK-03."""
    before = create(office, "one")
    keys = {"Users.NotifyNewTask.Default": True, "Users.NotifyReminders.Default": False, "Users.NotifyStatus.Default": False}
    change_settings(office.system, office.caller("adm"), settings=[{"key": key, "value": value} for key, value in keys.items()])
    after = create(office, "two")

    columns = ("notify_new_task", "notify_reminders", "notify_status")
    assert [before[name] for name in columns] == [False, True, True]
    assert [after[name] for name in columns] == [True, False, False]


def test_a_mail_that_the_server_never_takes_is_given_up_after_eight_tries_and_logged(office, clock, mails):
    """LOG-02."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    tries = []

    def refuse(mail):
        tries.append(mail["Message-ID"])
        raise ConnectionRefusedError

    names = office.system.__dataclass_fields__
    broken = type(office.system)(**{name: getattr(office.system, name) for name in names} | {"send_mail": refuse})
    fire_timers(office)
    with office.system.database.read() as reading:
        (mail_id,) = [row.id for row in reading.rows(sa.select(outbox).where(outbox.c.kind == "mail"))]
    assert [deliver_mail(broken, mail_id) for _ in range(ATTEMPTS_MAX + 2)] == [False] * (ATTEMPTS_MAX + 2)

    with office.system.database.read() as reading:
        logged = [(row.outbox_id, row.result) for row in reading.rows(sa.select(mail_log))]
    assert (len(tries), len(set(tries))) == (ATTEMPTS_MAX, 1)
    assert logged == [(mail_id, "failed: ConnectionRefusedError")]


@pytest.mark.parametrize(("happens", "result"), [("leaves", "its reader has left"), ("decides", "the task is over")])
def test_a_reminder_that_is_wrong_by_the_time_it_leaves_is_not_sent(office, clock, mails, happens, result):
    """ESC-01: none after completion, also when the mail server was away meanwhile."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    fire_timers(office)
    if happens == "leaves":
        with office.system.database.write() as work:
            people.update_user(work, office.caller("marc").user_id, active=False)
            work.commit()
    else:
        approve_task(office.system, office.caller("marc"), office.task("marc"))

    office.tick()

    with office.system.database.read() as reading:
        logged = [row.result for row in reading.rows(sa.select(mail_log).where(mail_log.c.template == "reminder"))]
    assert "marc@example.com" not in [mail["To"] for mail in mails]
    assert logged == [f"not sent: {result}"]


def fire_timers(office):
    """Fire the timers that are due, and leave the mails."""
    for work in claim_due(office.system, with_mails=False):
        if work.kind == "timer":
            fire_timer(office.system, work.id)


def test_a_reminder_says_when_the_task_is_due_in_the_environments_zone(office, clock, mails):
    """ESC-01."""
    deploy(office, chain("due", user_task("Look", assignees='["marc"]', due="P3D", remind_after="PT1H")))
    office.start(office.send("invoice_sales_12000"), definition="due")
    clock.advance(hours=2)
    office.tick()

    assert re.search(r"Due: Thursday 5 November 2026, 09:00", part(mails[0]))


def test_nobody_without_an_address_gets_a_mail(office, mails):
    wants(office, "carl", notify_new_task=True)
    with office.system.database.write() as work:
        people.update_user(work, office.caller("carl").user_id, email=None)
        people.raise_authority_version(work, 1)
        work.commit()
    deploy(office, chain("one", user_task("Look", assignees='["carl"]')))
    office.start(office.send("invoice_sales_12000"), definition="one")
    approve_task(office.system, office.caller("carl"), office.task("carl"))

    office.tick()

    assert mails == []
