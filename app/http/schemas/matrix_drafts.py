"""Requests and answers about drafts and versions of the approval matrix, and its CSV file."""

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Count, Text
from app.http.schemas.common import Page, Person, Request, id_text, next_cursor
from app.http.schemas.definitions import DiagnosticItem
from app.http.schemas.matrix import key_text, name_text

DRAFT_STATUSES = ("open", "in_review", "activated", "discarded")
VERBS = ("activate", "request_review", "rebase", "discard")


class CreateDraft(Request):
    """A draft with a title."""

    title = name_text(required=True)


class DraftFilter(Page):
    """Which drafts are wanted."""

    status = Choice(*DRAFT_STATUSES, load_default=None)


class ActivateDraft(Request):
    """Which revision of the draft was looked at; an If-Match header says the same."""

    revision = Count(least=1, load_default=None, allow_none=True)


class DiscardDraft(Request):
    """Why a draft is given up."""

    reason = Text(length_min=1, length_max=1000, load_default=None, allow_none=True)


class RequestReview(Request):
    """Who is asked to look at a draft."""

    reviewer = key_text(required=True, metadata={"description": "User name."})


class RebaseDraft(Request):
    """Whose changes stand where an activated version changed the same."""

    conflicts = Choice("refuse", "mine", "theirs", load_default="refuse")


class Draft(Schema):
    """A draft of the approval matrix."""

    id = id_text("The draft's id.")
    title = fields.String(required=True)
    status = fields.String(required=True, validate=[validate.OneOf(DRAFT_STATUSES)])
    revision = fields.Integer(required=True)
    base_version = fields.Integer(required=True, metadata={"description": "The version that it began at."})
    stale = fields.Boolean(required=True, metadata={"description": "Another version was activated since."})
    version = fields.Integer(required=True, allow_none=True, metadata={"description": "The version that it became."})
    author = fields.Nested(Person, required=True)
    reviewer = fields.Nested(Person, required=True, allow_none=True)
    review_requested_at = fields.DateTime(required=True, allow_none=True)
    closed_by = fields.Nested(Person, required=True, allow_none=True)
    closed_at = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    counts = fields.Dict(required=True, metadata={"description": "How many objects are added, changed and deleted, by kind."})
    count = fields.Integer(required=True)
    can = fields.List(fields.String(validate=[validate.OneOf(VERBS)]), required=True)


class Drafts(Schema):
    """A page of drafts."""

    items = fields.List(fields.Nested(Draft), required=True)
    next_cursor = next_cursor()


class FieldChange(Schema):
    """One field before and after."""

    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class ObjectChange(Schema):
    """One object before and after."""

    entity = fields.String(required=True)
    id = id_text("The object's id.")
    action = fields.String(required=True, validate=[validate.OneOf(["add", "change", "delete"])])
    label = fields.String(required=True)
    fields_ = fields.List(fields.Nested(FieldChange), required=True, data_key="fields")


class DraftPage(Draft):
    """A draft with a page of its changes."""

    changes = fields.List(fields.Nested(ObjectChange), required=True)
    next_cursor = next_cursor()


class MatrixVersion(Schema):
    """A version of the approval matrix."""

    version = fields.Integer(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 over the digest before it and its changes."})
    activated_at = fields.DateTime(required=True)
    activated_by = fields.Nested(Person, required=True, allow_none=True)
    author = fields.Nested(Person, required=True, allow_none=True)
    draft = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    counts = fields.Dict(required=True)
    count = fields.Integer(required=True)


class MatrixVersions(Schema):
    """A page of versions."""

    items = fields.List(fields.Nested(MatrixVersion), required=True)
    next_cursor = next_cursor()


class MatrixVersionPage(MatrixVersion):
    """A version with a page of what it changed."""

    changes = fields.List(fields.Nested(ObjectChange), required=True)
    next_cursor = next_cursor()


class ChangeMatrixSettings(Request):
    """Who may activate drafts."""

    four_eyes = fields.Boolean(required=True, truthy={True}, falsy={False})


class MatrixSettings(Schema):
    """Who may activate drafts, and what is in force."""

    four_eyes = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True, allow_none=True)


class ExportFilter(Request):
    """Which version is wanted."""

    version = Count(least=1, load_default=None, metadata={"description": "The one in force when left out."})


class ImportFilter(Request):
    """Whether anything is written."""

    dry_run = fields.Boolean(truthy={"true", "1"}, falsy={"false", "0"}, load_default=False)


class ImportDiff(Schema):
    """How many rows differ."""

    add = fields.Integer(required=True)
    change = fields.Integer(required=True)
    delete = fields.Integer(required=True)
    total = fields.Integer(required=True)


class Imported(Schema):
    """What a CSV file changes."""

    rows = fields.Integer(required=True)
    diff = fields.Nested(ImportDiff, required=True)
    changes = fields.List(fields.Nested(ObjectChange), required=True, metadata={"description": "The first 200."})
    warnings = fields.List(fields.Nested(DiagnosticItem), required=True)
    version = fields.Integer(required=True, metadata={"description": "The version that the file was exported from."})
    draft = fields.String(required=True, allow_none=True)
    dry_run = fields.Boolean(required=True)
