"""An environment says itself what its mails say, within what they know."""

import pytest

from app.domain.errors import InvalidRequest, NotFound, NotPermitted, StaleRevision
from app.operations.mails.list_mail_templates import list_mail_templates
from app.operations.mails.put_mail_template import delete_mail_template, put_mail_template
from app.operations.mails.texts import language_of, languages
from tests.operations.test_users import told

OWN = {"subject": "Please sign ${document}", "text": "Dear ${name},\n\n${document} is for you.\n\n${why}"}


def put(office, template="reminder", language="en", *, who="adm", **given):
    return put_mail_template(office.system, office.caller(who), template, language, **(OWN | given)).body


def find(office, template="reminder", language="en"):
    items = list_mail_templates(office.system, office.caller("adm")).body["items"]
    return next(each for each in items if (each["template"], each["language"]) == (template, language))


def remind(office, clock, mails):
    """Let marc be reminded and return his mail."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    office.tick()
    return mails[-1]


def test_every_template_is_listed_in_every_language_with_a_preview(office):
    items = list_mail_templates(office.system, office.caller("adm")).body["items"]

    assert len(items) == len(languages()) * len(language_of("en").templates)
    assert {each["is_own"] for each in items} == {False}
    assert not [each for each in items if "${" in each["preview"]["subject"] + each["preview"]["text"]]
    assert find(office, language="nl")["preview"]["subject"] == "Nog open: Acme A-2026-1201, 12.000,00 EUR"


def test_mails_say_what_the_environment_wants_in_that_language_alone(office, clock, mails):
    put(office)
    put(office, language="nl", subject="Anders: ${document}")

    mail = remind(office, clock, mails)

    assert mail["Subject"] == "Please sign Acme A-2026-1201, 12,000.00 EUR"
    assert "is for you." in mail.get_body(("plain",)).get_content()


def test_a_mail_says_what_the_product_says_again(office, clock, mails):
    put(office)
    body = delete_mail_template(office.system, office.caller("adm"), "reminder", "en", revision=1).body

    assert (body["is_own"], body["revision"]) == (False, 0)
    assert remind(office, clock, mails)["Subject"].startswith("Still open: ")
    with pytest.raises(NotFound):
        delete_mail_template(office.system, office.caller("adm"), "reminder", "en")


def test_trying_out_changes_nothing(office):
    body = put(office, dry_run=True)

    assert body["preview"]["subject"] == "Please sign Acme A-2026-1201, 12,000.00 EUR"
    assert find(office)["is_own"] is False
    assert told(office, "mail_template_changed") == []


def test_a_change_is_told_with_what_was_before(office):
    put(office)
    put(office, subject="Sign it")

    first, second = told(office, "mail_template_changed")
    assert (first["before"], first["after"]["subject"]) == (None, OWN["subject"])
    assert (second["before"]["subject"], second["after"]["subject"]) == (OWN["subject"], "Sign it")


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"subject": "${amount}"}, "subject", "There is no ${amount} here"),
        ({"text": "${why} ${WHY} ${"}, "text", "written as"),
        ({"text": "${status}"}, "text", "Known are: ${name}, ${document}, ${task}, ${why}, ${due}."),
        ({"subject": "  "}, "subject", "1 to 200"),
        ({"text": ""}, "text", "1 to 4000"),
        ({"text": "x" * 1_000_000}, "text", "1 to 4000"),
        ({"subject": "a\u202eb"}, "subject", "invisible"),
        ({"subject": "a\x00b"}, "subject", "invisible"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused(office, given, field, said):
    with pytest.raises(InvalidRequest) as refused:
        put(office, **given)

    assert said in refused.value.facts["errors"][field][0]
    assert find(office)["is_own"] is False


def test_a_subject_is_one_line(office, clock, mails):
    put(office, subject="To sign\r\nBcc: all@example.com")

    mail = remind(office, clock, mails)

    assert mail["Bcc"] is None
    assert mail["Subject"] == "To sign Bcc: all@example.com"


def test_a_template_that_was_changed_meanwhile_stays(office):
    put(office)

    with pytest.raises(StaleRevision):
        put(office, revision=0)
    assert put(office, revision=1)["revision"] == 2


@pytest.mark.parametrize(("template", "language"), [("nothing", "en"), ("reminder", "fr"), ("reminder", "../en"), ("../../x", "en")])
def test_there_are_no_other_templates_and_languages(office, template, language):
    with pytest.raises(NotFound):
        put(office, template, language)


@pytest.mark.parametrize("who", ["marc", "wfa", "max", "erp"])
def test_administrators_alone_change_what_mails_say(office, who):
    with pytest.raises(NotPermitted):
        put(office, who=who)
    with pytest.raises(NotPermitted):
        delete_mail_template(office.system, office.caller(who), "reminder", "en")
    with pytest.raises(NotPermitted):
        list_mail_templates(office.system, office.caller(who))


def test_a_text_of_one_environment_is_not_another_ones(office):
    put(office)

    items = list_mail_templates(office.system, office.caller("kim")).body["items"]
    assert {each["is_own"] for each in items} == {False}
