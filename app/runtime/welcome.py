"""What the terminal shows once the system is ready."""

import shlex
from pathlib import Path

_READ_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""
_READ_FIRST_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])'"""


def welcome(address: str, *, demo_mode: bool) -> str:
    """Return the address and, in demo mode, the logins and three lines to paste."""
    lines = ["", f"Countersign runs at {address}"]
    if demo_mode:
        from app import demo

        lines += ["", f"Demo logins (password for all: {demo.PASSWORD})"]
        lines += [f"  {username:<8} {who}" for username, who in demo.LOGINS]
        lines += [
            "",
            "Paste these three lines to send an invoice, start its process and approve it:",
            "",
            *curl_lines(address, invoice=demo.INVOICE),
        ]
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def curl_lines(address: str, *, invoice: Path) -> list[str]:
    """Return three shell lines: send the sample invoice, start its process instance, approve the first line as Marc."""
    api = f"{address}/api/v1"
    sample = shlex.quote(_short(invoice))
    erp, marc = ("-H 'Authorization: Bearer demo-erp'", "-H 'Authorization: Bearer demo-marc'")
    json_type = "-H 'Content-Type: application/json'"
    return [
        f"DOCUMENT=$(curl -sS {erp} -H 'Content-Type: application/xml' --data-binary @{sample} {api}/documents | {_READ_ID})",
        f"""curl -sS {erp} {json_type} -d '{{"definition": "purchase_invoice", "document_id": "'$DOCUMENT'"}}' {api}/process-instances""",
        f"""curl -sS {marc} {json_type} -d '{{"comment": "Agreed"}}' {api}/tasks/$(curl -sS {marc} {api}/tasks | {_READ_FIRST_ID})/approve""",
    ]


def _short(path: Path) -> str:
    """Return the path as seen from the working folder, when it lies below it."""
    folder = Path.cwd()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
