"""Routes of who decides what the mails of an environment say."""

from typing import Any

from app.domain.errors import InvalidRequest, NotFound, NotPermitted
from app.http.audience import Audience, Call
from app.http.schemas.mail_templates import MailTemplate, MailTemplates, PutMailTemplate
from app.operations.answer import Answer
from app.operations.mails.list_mail_templates import list_mail_templates
from app.operations.mails.put_mail_template import delete_mail_template, put_mail_template

mail_templates = Audience("mail_templates", description="People who decide what the mails of an environment say.")
_ONE = "/mail-templates/<string(maxlength=64):template>/<string(maxlength=8):language>"


@mail_templates.route("/mail-templates")
@mail_templates.signed_in()
@mail_templates.refuses(NotPermitted)
@mail_templates.answers(MailTemplates)
def get_mail_templates(call: Call) -> Answer:
    """List what every mail says, in every language, with what may stand in it and a preview."""
    return list_mail_templates(call.system, call.caller)


@mail_templates.route(_ONE, methods=("PUT",))
@mail_templates.signed_in()
@mail_templates.idempotent
@mail_templates.revised
@mail_templates.refuses(NotPermitted, NotFound, InvalidRequest)
@mail_templates.body(PutMailTemplate)
@mail_templates.answers(MailTemplate)
def put_mail_template_text(call: Call, body: dict[str, Any], template: str, language: str) -> Answer:
    """Let a mail say something else in one language, or try out how it would look."""
    return put_mail_template(call.system, call.caller, template, language, **body, revision=call.revision, request=call.request)


@mail_templates.route(_ONE, methods=("DELETE",))
@mail_templates.signed_in()
@mail_templates.idempotent
@mail_templates.revised
@mail_templates.refuses(NotPermitted, NotFound)
@mail_templates.answers(MailTemplate)
def delete_mail_template_text(call: Call, template: str, language: str) -> Answer:
    """Let a mail say what the product says again."""
    return delete_mail_template(call.system, call.caller, template, language, revision=call.revision, request=call.request)
