"""Routes of who administers the settings of an environment."""

from typing import Any

from app.domain.errors import NotPermitted
from app.http.audience import Audience, Call
from app.http.schemas.settings import ChangeSettings, EnvironmentSettings
from app.operations.answer import Answer
from app.operations.settings.change_settings import change_settings
from app.operations.settings.read_settings import read_settings

settings = Audience("settings", description="People who administer the settings of an environment.")


@settings.route("/settings")
@settings.signed_in()
@settings.refuses(NotPermitted)
@settings.answers(EnvironmentSettings)
def get_settings(call: Call) -> Answer:
    """List every setting with its value, its default and what it does."""
    return read_settings(call.system, call.caller)


@settings.route("/settings", methods=("PATCH",))
@settings.signed_in()
@settings.idempotent
@settings.refuses(NotPermitted)
@settings.body(ChangeSettings)
@settings.answers(EnvironmentSettings)
def patch_settings(call: Call, body: dict[str, Any]) -> Answer:
    """Give settings other values; what is not named stays."""
    return change_settings(call.system, call.caller, **body, request=call.request)
