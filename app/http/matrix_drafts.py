"""Routes of who keeps the approval matrix: drafts, versions, its settings and its CSV file."""

from typing import Any

from app.domain.errors import (
    DraftClosed,
    DraftEmpty,
    DraftOpen,
    InvalidRequest,
    MatrixConflict,
    MatrixInvalid,
    NotFound,
    NotPermitted,
    SecondPersonNeeded,
    UnsupportedMedia,
)
from app.http.audience import CSV, Audience, Call
from app.http.request_body import read_body
from app.http.schemas.common import Page
from app.http.schemas.matrix_drafts import (
    ActivateDraft,
    ChangeMatrixSettings,
    CreateDraft,
    DiscardDraft,
    Draft,
    DraftFilter,
    DraftPage,
    Drafts,
    ExportFilter,
    Imported,
    ImportFilter,
    MatrixSettings,
    MatrixVersionPage,
    MatrixVersions,
    RebaseDraft,
    RequestReview,
)
from app.operations.answer import Answer
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.change_matrix_settings import change_matrix_settings
from app.operations.matrix.drafts.create_draft import create_draft
from app.operations.matrix.drafts.discard_draft import discard_draft
from app.operations.matrix.drafts.list_drafts import list_drafts
from app.operations.matrix.drafts.list_versions import list_versions
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.drafts.read_matrix_settings import read_matrix_settings
from app.operations.matrix.drafts.read_version import read_version
from app.operations.matrix.drafts.rebase_draft import rebase_draft
from app.operations.matrix.drafts.request_review import request_review
from app.operations.matrix.transfer.export_matrix import export_matrix
from app.operations.matrix.transfer.import_matrix import import_matrix

CSV_BYTES_MAX = 64 * 1024 * 1024
STEERING = (NotFound, NotPermitted, DraftClosed)
DESCRIPTION = "One financial mandate a row, separated by commas: the file that export.csv gives, edited. See its header."

matrix_drafts = Audience(
    "approval matrix", description="People who keep the approval matrix: every change is a draft until a second person activates it."
)


@matrix_drafts.route("/approval-matrix/drafts")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotPermitted)
@matrix_drafts.query(DraftFilter)
@matrix_drafts.answers(Drafts)
def get_approval_matrix_drafts(call: Call, query: dict[str, Any]) -> Answer:
    """List drafts, newest first, with how much each changes and what the caller can do with it."""
    return list_drafts(call.system, call.caller, **query)


@matrix_drafts.route("/approval-matrix/drafts", methods=("POST",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.refuses(NotPermitted, DraftOpen)
@matrix_drafts.body(CreateDraft)
@matrix_drafts.answers(Draft, 201, location="/api/v1/approval-matrix/drafts/{id}")
def post_approval_matrix_draft(call: Call, body: dict[str, Any]) -> Answer:
    """Open a draft that takes the caller's changes from now on. The first change opens one too."""
    return create_draft(call.system, call.caller, **body, request=call.request)


@matrix_drafts.route("/approval-matrix/drafts/<id:draft_id>")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotFound, NotPermitted)
@matrix_drafts.query(Page)
@matrix_drafts.answers(DraftPage)
def get_approval_matrix_draft(call: Call, query: dict[str, Any], draft_id: str) -> Answer:
    """Read a draft with a page of its changes, field by field."""
    return read_draft(call.system, call.caller, draft_id, **query)


@matrix_drafts.route("/approval-matrix/drafts/<id:draft_id>/activate", methods=("POST",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.revised
@matrix_drafts.refuses(*STEERING, SecondPersonNeeded, InvalidRequest, DraftEmpty, MatrixConflict, MatrixInvalid)
@matrix_drafts.body(ActivateDraft, required=False)
@matrix_drafts.answers(Draft)
def post_approval_matrix_draft_activate(call: Call, body: dict[str, Any], draft_id: str) -> Answer:
    """Make the draft the next version, as a second person who has looked at this revision of it; all of it or nothing."""
    revision = call.revision if body["revision"] is None else body["revision"]
    return activate_draft(call.system, call.caller, draft_id, revision=revision, request=call.request)


@matrix_drafts.route("/approval-matrix/drafts/<id:draft_id>/discard", methods=("POST",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.revised
@matrix_drafts.refuses(*STEERING)
@matrix_drafts.body(DiscardDraft, required=False)
@matrix_drafts.answers(Draft)
def post_approval_matrix_draft_discard(call: Call, body: dict[str, Any], draft_id: str) -> Answer:
    """Give the draft up; it stays on record."""
    return discard_draft(call.system, call.caller, draft_id, **body, revision=call.revision, request=call.request)


@matrix_drafts.route("/approval-matrix/drafts/<id:draft_id>/request-review", methods=("POST",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.revised
@matrix_drafts.refuses(*STEERING, DraftEmpty)
@matrix_drafts.body(RequestReview)
@matrix_drafts.answers(Draft)
def post_approval_matrix_draft_request_review(call: Call, body: dict[str, Any], draft_id: str) -> Answer:
    """Ask a second person to look at the draft; a later change takes the request back."""
    return request_review(call.system, call.caller, draft_id, **body, revision=call.revision, request=call.request)


@matrix_drafts.route("/approval-matrix/drafts/<id:draft_id>/rebase", methods=("POST",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.revised
@matrix_drafts.refuses(*STEERING, MatrixConflict)
@matrix_drafts.body(RebaseDraft, required=False)
@matrix_drafts.answers(Draft)
def post_approval_matrix_draft_rebase(call: Call, body: dict[str, Any], draft_id: str) -> Answer:
    """Let the draft begin at the version in force, and say whose changes stand where both changed the same."""
    return rebase_draft(call.system, call.caller, draft_id, **body, revision=call.revision, request=call.request)


@matrix_drafts.route("/approval-matrix/versions")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotPermitted)
@matrix_drafts.query(Page)
@matrix_drafts.answers(MatrixVersions)
def get_approval_matrix_versions(call: Call, query: dict[str, Any]) -> Answer:
    """List the versions, newest first: who drafted, who activated, when, and how much."""
    return list_versions(call.system, call.caller, **query)


@matrix_drafts.route("/approval-matrix/versions/<int(max=2147483647):version>")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotFound, NotPermitted)
@matrix_drafts.query(Page)
@matrix_drafts.answers(MatrixVersionPage)
def get_approval_matrix_version(call: Call, query: dict[str, Any], version: int) -> Answer:
    """Read a version with a page of what it changed, field by field."""
    return read_version(call.system, call.caller, version, **query)


@matrix_drafts.route("/approval-matrix/settings")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotPermitted)
@matrix_drafts.answers(MatrixSettings)
def get_approval_matrix_settings(call: Call) -> Answer:
    """Read whether a second person has to activate drafts, and which version is in force."""
    return read_matrix_settings(call.system, call.caller)


@matrix_drafts.route("/approval-matrix/settings", methods=("PATCH",))
@matrix_drafts.signed_in()
@matrix_drafts.idempotent
@matrix_drafts.refuses(NotPermitted)
@matrix_drafts.body(ChangeMatrixSettings)
@matrix_drafts.answers(MatrixSettings)
def patch_approval_matrix_settings(call: Call, body: dict[str, Any]) -> Answer:
    """Say whether a second person has to activate drafts."""
    return change_matrix_settings(call.system, call.caller, **body, request=call.request)


@matrix_drafts.route("/approval-matrix/export.csv")
@matrix_drafts.signed_in()
@matrix_drafts.refuses(NotFound, NotPermitted)
@matrix_drafts.query(ExportFilter)
@matrix_drafts.downloads(CSV)
def get_approval_matrix_export(call: Call, query: dict[str, Any]) -> tuple[bytes, str, str]:
    """Export the mandates of a version, the one in force unless another is named, as a CSV file that can be imported."""
    return export_matrix(call.system, call.caller, **query)


@matrix_drafts.route("/approval-matrix/import", methods=("POST",))
@matrix_drafts.signed_in(bytes_max=CSV_BYTES_MAX)
@matrix_drafts.idempotent
@matrix_drafts.refuses(NotPermitted, MatrixInvalid, MatrixConflict, DraftOpen, UnsupportedMedia)
@matrix_drafts.sends(CSV, None, description=DESCRIPTION)
@matrix_drafts.query(ImportFilter)
@matrix_drafts.answers(Imported, 200, 201)
def post_approval_matrix_import(call: Call, query: dict[str, Any]) -> Answer:
    """Draft what an edited export changes: rows without id are added, with id changed, on delete deleted. All or nothing.

    With `dry_run` it only says what would change.
    """
    if call.sent.mimetype != CSV:
        raise UnsupportedMedia(media_type=call.sent.mimetype or "none", accepted=CSV)
    return import_matrix(call.system, call.caller, content=read_body(call.sent), **query, request=call.request)
