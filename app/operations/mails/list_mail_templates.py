"""The mail templates of the caller's environment."""

from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER
from app.operations.answer import Answer, Caller, page
from app.operations.mails.templates import template_view, text_of
from app.operations.mails.texts import language_of, languages
from app.operations.system import System
from app.operations.turn import read_environment
from app.operations.visibility import require_role
from app.persistence import mails


def list_mail_templates(system: System, caller: Caller) -> Answer:
    """Return every template in every language, with the environment's own text where it has one, and a preview.

    Raises:
        NotPermitted: the caller administers nothing.
    """
    require_role(caller, ADMINISTRATOR, APPLICATION_MANAGER, verb="read the mail templates")
    with system.database.read() as reading:
        zone = read_environment(reading, caller.environment_id).zone
        own = {(row.template, row.language): row for row in mails.list_templates(reading, caller.environment_id)}
    now = system.clock()
    items = []
    for key in languages():
        language = language_of(key)
        for template in language.templates:
            row = own.get((template, key))
            items.append(template_view(template, language, row, own=text_of(row), now=now, zone=zone))
    return Answer(body=page(items))
