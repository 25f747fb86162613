"""How the routes of mail templates are visited."""

from collections.abc import Callable

from tests.http.people import Api
from tests.http.visits import Visit

TEXT = {"subject": "To sign: ${document}", "text": "Please sign ${document}."}


def mails_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to what mails say, which administrators decide."""

    def kept() -> str:
        assert api.call("PUT", "/mail-templates/assignment/en", "adm", json=TEXT).status_code == 200
        return "/mail-templates/assignment/en"

    return {
        "GET /mail-templates": lambda: Visit(stranger="marc", right="adm", path="/mail-templates"),
        "PUT /mail-templates/<string(maxlength=64):template>/<string(maxlength=8):language>": lambda: Visit(
            stranger="wfa", right="adm", path="/mail-templates/reminder/nl", request={"json": TEXT}
        ),
        "DELETE /mail-templates/<string(maxlength=64):template>/<string(maxlength=8):language>": lambda: Visit(
            stranger="wfa", right="adm", path=kept()
        ),
    }
