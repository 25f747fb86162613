"""Seller and buyer of a UBL document."""

import re
from typing import Final

from lxml import etree

from app.formats.received_document import CODE_MAX, NAME_MAX, PartyFacts
from app.formats.ubl_fields import UblFields, find_all, find_filled, read_text

# ISO 6523 and SI-UBL names of the Dutch trade register (KvK) and of the Dutch government register (OIN).
KVK_SCHEMES: Final = frozenset({"0106", "NL:KVK"})
LEGAL_SCHEMES: Final = KVK_SCHEMES | {"0190", "NL:OIN"}
_NAMES: Final = ("cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name")
_KVK: Final = re.compile(r"(?:kvk[\s:.-]*)?(\d{8})\Z", re.IGNORECASE)


def read_party(fields: UblFields, root: etree._Element, path: str) -> PartyFacts:
    """Return what the document tells about the party at `path`; all None when it is absent."""
    parties = find_all(root, path)
    if not parties:
        return PartyFacts()
    party = parties[0]
    legal_id, scheme = _read_legal_id(party, fields)
    endpoint = find_filled(party, "cbc:EndpointID")
    country = fields.read_code(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")
    return PartyFacts(
        name=next((name for path in _NAMES if (name := read_text(party, path, length_max=NAME_MAX))), None),
        legal_id=legal_id,
        legal_id_scheme=scheme,
        kvk=_tell_kvk(legal_id, scheme, country),
        endpoint=fields.read_code(party, "cbc:EndpointID"),
        endpoint_scheme=None if endpoint is None else endpoint.get("schemeID"),
        tax_id=fields.read_code(party, "cac:PartyTaxScheme/cbc:CompanyID"),
        country=country,
        email=read_text(party, "cac:Contact/cbc:ElectronicMail"),
    )


def _read_legal_id(party: etree._Element, fields: UblFields) -> tuple[str | None, str | None]:
    """Return the legal registration id and its scheme; one of the Dutch trade register goes before others.

    A party identification counts only when its scheme says that it is a legal registration.
    """
    legal = [(element, (element.get("schemeID") or "").strip()) for element in find_all(party, "cac:PartyLegalEntity/cbc:CompanyID")]
    named = [(element, (element.get("schemeID") or "").strip()) for element in find_all(party, "cac:PartyIdentification/cbc:ID")]
    legal.sort(key=lambda pair: pair[1] not in KVK_SCHEMES)
    for element, scheme in legal + [pair for pair in named if pair[1] in LEGAL_SCHEMES]:
        text = (element.text or "").strip()
        if len(text) > CODE_MAX:
            fields.add_error(element, f"Expected at most {CODE_MAX} characters, but got {len(text)}.")
        if text:
            return text[:CODE_MAX], scheme[:CODE_MAX] or None
    return None, None


def _tell_kvk(legal_id: str | None, scheme: str | None, country: str | None) -> str | None:
    """Return the eight digits when the id is of the Dutch trade register: by its scheme, or without one for a Dutch party."""
    if legal_id is None:
        return None
    is_dutch = scheme in KVK_SCHEMES if scheme else country in (None, "NL")
    match = _KVK.match(legal_id)
    return match.group(1) if is_dutch and match else None
