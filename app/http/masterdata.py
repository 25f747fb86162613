"""Routes of who keeps the master data: approval types and rules, mandates, supplier organisations.

Changes go into the caller's open draft; they count once a second person has activated it.
"""

from typing import Any

from app.domain.errors import NotFound, NotPermitted
from app.http.audience import Audience, Call
from app.http.schemas.matrix import (
    ApprovalRule,
    ApprovalRules,
    ApprovalType,
    ApprovalTypes,
    ChangeApprovalRule,
    ChangeApprovalType,
    ChangeMandate,
    ChangeOrganisation,
    CreateApprovalRule,
    CreateApprovalType,
    CreateMandate,
    CreateOrganisation,
    KeyFilter,
    Mandate,
    MandateFilter,
    Mandates,
    Organisation,
    Organisations,
    RuleFilter,
    Seen,
)
from app.operations.answer import Answer
from app.operations.matrix.editing.change_approval_rule import change_approval_rule
from app.operations.matrix.editing.change_approval_type import change_approval_type
from app.operations.matrix.editing.change_mandate import change_mandate
from app.operations.matrix.editing.change_organisation import change_organisation
from app.operations.matrix.editing.create_approval_rule import create_approval_rule
from app.operations.matrix.editing.create_approval_type import create_approval_type
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.create_organisation import create_organisation
from app.operations.matrix.editing.list_approval_rules import list_approval_rules
from app.operations.matrix.editing.list_approval_types import list_approval_types
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.matrix.editing.list_organisations import list_organisations
from app.operations.matrix.editing.read_approval_rule import read_approval_rule
from app.operations.matrix.editing.read_approval_type import read_approval_type
from app.operations.matrix.editing.read_mandate import read_mandate
from app.operations.matrix.editing.read_organisation import read_organisation

masterdata = Audience("master data", description="People who keep approval types, approval rules, mandates and supplier organisations.")


@masterdata.route("/approval-types")
@masterdata.signed_in()
@masterdata.refuses(NotPermitted)
@masterdata.query(KeyFilter)
@masterdata.answers(ApprovalTypes)
def get_approval_types(call: Call, query: dict[str, Any]) -> Answer:
    """List the approval types in force."""
    return list_approval_types(call.system, call.caller, **query)


@masterdata.route("/approval-types", methods=("POST",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.refuses(NotPermitted)
@masterdata.body(CreateApprovalType)
@masterdata.answers(ApprovalType, 201, location="/api/v1/approval-types/{id}")
def post_approval_type(call: Call, body: dict[str, Any]) -> Answer:
    """Draft a new approval type."""
    return create_approval_type(call.system, call.caller, **body, request=call.request)


@masterdata.route("/approval-types/<id:type_id>")
@masterdata.signed_in()
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.query(Seen)
@masterdata.answers(ApprovalType)
def get_approval_type(call: Call, query: dict[str, Any], type_id: str) -> Answer:
    """Read an approval type as the caller's draft, or a named one, has it; else as it is in force."""
    return read_approval_type(call.system, call.caller, type_id, **query)


@masterdata.route("/approval-types/<id:type_id>", methods=("PATCH",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.revised
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.body(ChangeApprovalType)
@masterdata.answers(ApprovalType)
def patch_approval_type(call: Call, body: dict[str, Any], type_id: str) -> Answer:
    """Draft other settings of an approval type; its key stays."""
    return change_approval_type(call.system, call.caller, type_id, **body, revision=call.revision, request=call.request)


@masterdata.route("/approval-rules")
@masterdata.signed_in()
@masterdata.refuses(NotPermitted)
@masterdata.query(RuleFilter)
@masterdata.answers(ApprovalRules)
def get_approval_rules(call: Call, query: dict[str, Any]) -> Answer:
    """List the approval rules in force."""
    return list_approval_rules(call.system, call.caller, **query)


@masterdata.route("/approval-rules", methods=("POST",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.refuses(NotPermitted)
@masterdata.body(CreateApprovalRule)
@masterdata.answers(ApprovalRule, 201, location="/api/v1/approval-rules/{id}")
def post_approval_rule(call: Call, body: dict[str, Any]) -> Answer:
    """Draft a new approval rule with its lines."""
    return create_approval_rule(call.system, call.caller, **body, request=call.request)


@masterdata.route("/approval-rules/<id:rule_id>")
@masterdata.signed_in()
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.query(Seen)
@masterdata.answers(ApprovalRule)
def get_approval_rule(call: Call, query: dict[str, Any], rule_id: str) -> Answer:
    """Read an approval rule as the caller's draft, or a named one, has it; else as it is in force."""
    return read_approval_rule(call.system, call.caller, rule_id, **query)


@masterdata.route("/approval-rules/<id:rule_id>", methods=("PATCH",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.revised
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.body(ChangeApprovalRule)
@masterdata.answers(ApprovalRule)
def patch_approval_rule(call: Call, body: dict[str, Any], rule_id: str) -> Answer:
    """Draft another description of an approval rule, or all its lines anew; type and key stay."""
    return change_approval_rule(call.system, call.caller, rule_id, **body, revision=call.revision, request=call.request)


@masterdata.route("/mandates")
@masterdata.signed_in()
@masterdata.refuses(NotPermitted)
@masterdata.query(MandateFilter)
@masterdata.answers(Mandates)
def get_mandates(call: Call, query: dict[str, Any]) -> Answer:
    """List the mandates in force."""
    return list_mandates(call.system, call.caller, **query)


@masterdata.route("/mandates", methods=("POST",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.refuses(NotPermitted)
@masterdata.body(CreateMandate)
@masterdata.answers(Mandate, 201, location="/api/v1/mandates/{id}")
def post_mandate(call: Call, body: dict[str, Any]) -> Answer:
    """Draft a new mandate: a user, an approval rule, and the financial mandates it is narrowed to."""
    return create_mandate(call.system, call.caller, **body, request=call.request)


@masterdata.route("/mandates/<id:mandate_id>")
@masterdata.signed_in()
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.query(Seen)
@masterdata.answers(Mandate)
def get_mandate(call: Call, query: dict[str, Any], mandate_id: str) -> Answer:
    """Read a mandate as the caller's draft, or a named one, has it; else as it is in force."""
    return read_mandate(call.system, call.caller, mandate_id, **query)


@masterdata.route("/mandates/<id:mandate_id>", methods=("PATCH",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.revised
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.body(ChangeMandate)
@masterdata.answers(Mandate)
def patch_mandate(call: Call, body: dict[str, Any], mandate_id: str) -> Answer:
    """Draft other dates, status, responsible person or financial mandates; user and rule stay."""
    return change_mandate(call.system, call.caller, mandate_id, **body, revision=call.revision, request=call.request)


@masterdata.route("/organisations")
@masterdata.signed_in()
@masterdata.refuses(NotPermitted)
@masterdata.query(KeyFilter)
@masterdata.answers(Organisations)
def get_organisations(call: Call, query: dict[str, Any]) -> Answer:
    """List the supplier organisations in force."""
    return list_organisations(call.system, call.caller, **query)


@masterdata.route("/organisations", methods=("POST",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.refuses(NotPermitted)
@masterdata.body(CreateOrganisation)
@masterdata.answers(Organisation, 201, location="/api/v1/organisations/{id}")
def post_organisation(call: Call, body: dict[str, Any]) -> Answer:
    """Draft a new supplier organisation."""
    return create_organisation(call.system, call.caller, **body, request=call.request)


@masterdata.route("/organisations/<id:organisation_id>")
@masterdata.signed_in()
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.query(Seen)
@masterdata.answers(Organisation)
def get_organisation(call: Call, query: dict[str, Any], organisation_id: str) -> Answer:
    """Read a supplier organisation as the caller's draft, or a named one, has it; else as it is in force."""
    return read_organisation(call.system, call.caller, organisation_id, **query)


@masterdata.route("/organisations/<id:organisation_id>", methods=("PATCH",))
@masterdata.signed_in()
@masterdata.idempotent
@masterdata.revised
@masterdata.refuses(NotFound, NotPermitted)
@masterdata.body(ChangeOrganisation)
@masterdata.answers(Organisation)
def patch_organisation(call: Call, body: dict[str, Any], organisation_id: str) -> Answer:
    """Draft another name or legal id of a supplier organisation."""
    return change_organisation(call.system, call.caller, organisation_id, **body, revision=call.revision, request=call.request)
