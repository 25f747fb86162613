"""Routes of analysts: process definitions, decisions, and who would have to approve what."""

import re
from typing import Any

import flask

from app.domain.errors import (
    DecisionError,
    DefinitionInUse,
    DefinitionInvalid,
    InvalidRequest,
    NoExchangeRate,
    NoRolePlayersFound,
    NotFound,
    NotPermitted,
    NotRecordable,
    UnsupportedMedia,
)
from app.http.audience import Audience, Call
from app.http.faults import UNKNOWN, Fault, refuse_faults
from app.http.request_body import MULTIPART
from app.http.schemas.definitions import (
    Context,
    DecisionAnswer,
    DefinitionFilter,
    Definitions,
    Deployed,
    Diagnostics,
    Diff,
    ResolvedRoute,
    ResolveMatrix,
    Version,
    Versions,
)
from app.operations.answer import Answer
from app.operations.definitions.activate_version import activate_version
from app.operations.definitions.check_definition import check_definition
from app.operations.definitions.deactivate_version import deactivate_version
from app.operations.definitions.delete_version import delete_version
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.definitions.diff_versions import diff_versions
from app.operations.definitions.evaluate_decision import evaluate_decision
from app.operations.definitions.list_definitions import list_definitions
from app.operations.definitions.list_versions import list_versions
from app.operations.definitions.read_bpmn import read_bpmn
from app.operations.matrix.resolve_matrix import resolve_matrix
from app.operations.scenarios.record_scenario import record_scenario

FILES_BYTES_MAX = 10 * 1024 * 1024
FILES_MAX = 50
TAG = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")

analysts = Audience("analysts", description="People who draw process definitions, write decision tables and keep the approval matrix.")


@analysts.route("/process-definitions", methods=("POST",))
@analysts.signed_in(bytes_max=FILES_BYTES_MAX)
@analysts.idempotent
@analysts.refuses(DefinitionInvalid, NotPermitted)
@analysts.sends(MULTIPART, None, description="BPMN and DMN files, each a part with its file name; a part `tag` tags the versions.")
@analysts.answers(Deployed, 201, 200)
def post_process_definitions(call: Call) -> Answer:
    """Check BPMN and DMN files and deploy them as a new version.

    The same content again is no new version and answers 200. Files with faults are refused with all diagnostics, and nothing is deployed.
    """
    return deploy_definition(call.system, call.caller, read_files(call.sent), tag=read_tag(call.sent), request=call.request)


@analysts.route("/process-definitions/check", methods=("POST",))
@analysts.signed_in(bytes_max=FILES_BYTES_MAX)
@analysts.sends(MULTIPART, None, description="BPMN and DMN files, each a part with its file name.")
@analysts.answers(Diagnostics)
def post_process_definitions_check(call: Call) -> Answer:
    """Check BPMN and DMN files and list every fault; nothing is deployed."""
    return check_definition(call.system, call.caller, read_files(call.sent))


@analysts.route("/process-definitions")
@analysts.signed_in()
@analysts.query(DefinitionFilter)
@analysts.answers(Definitions)
def get_process_definitions(call: Call, query: dict[str, Any]) -> Answer:
    """List the deployed process definitions, the newest version of each."""
    return list_definitions(call.system, call.caller, **query)


@analysts.route("/process-definitions/<string(maxlength=128):key>/versions/<int(max=2147483647):version>/bpmn")
@analysts.signed_in()
@analysts.refuses(NotFound)
@analysts.downloads("application/xml")
def get_process_definition_bpmn(call: Call, key: str, version: int) -> tuple[bytes, str, str]:
    """Read the BPMN file of a version, byte by byte as it was deployed."""
    return read_bpmn(call.system, call.caller, key, version)


@analysts.route("/process-definitions/<string(maxlength=128):key>/versions")
@analysts.signed_in()
@analysts.refuses(NotFound)
@analysts.query(DefinitionFilter)
@analysts.answers(Versions)
def get_process_definition_versions(call: Call, query: dict[str, Any], key: str) -> Answer:
    """List the versions of a definition, newest first, each with the number of its instances."""
    return list_versions(call.system, call.caller, key, **query)


@analysts.route("/process-definitions/<string(maxlength=128):key>/versions/<int(max=2147483647):version>/deactivate", methods=("POST",))
@analysts.signed_in()
@analysts.idempotent
@analysts.refuses(NotFound, NotPermitted)
@analysts.answers(Version)
def post_process_definition_deactivate(call: Call, key: str, version: int) -> Answer:
    """Let nothing be started with a version any more; running instances keep it."""
    return deactivate_version(call.system, call.caller, key, version, request=call.request)


@analysts.route("/process-definitions/<string(maxlength=128):key>/versions/<int(max=2147483647):version>/activate", methods=("POST",))
@analysts.signed_in()
@analysts.idempotent
@analysts.refuses(NotFound, NotPermitted)
@analysts.answers(Version)
def post_process_definition_activate(call: Call, key: str, version: int) -> Answer:
    """Let instances be started with a version again."""
    return activate_version(call.system, call.caller, key, version, request=call.request)


@analysts.route("/process-definitions/<string(maxlength=128):key>/versions/<int(max=2147483647):version>", methods=("DELETE",))
@analysts.signed_in()
@analysts.idempotent
@analysts.refuses(NotFound, NotPermitted, DefinitionInUse)
@analysts.answers(Version)
def delete_process_definition_version(call: Call, key: str, version: int) -> Answer:
    """Delete a version that no process instance has ever had or called; its number is not given again."""
    return delete_version(call.system, call.caller, key, version, request=call.request)


@analysts.route(
    "/process-definitions/<string(maxlength=128):key>/versions/<int(max=2147483647):version>/diff/<int(max=2147483647):other_version>"
)
@analysts.signed_in()
@analysts.refuses(NotFound)
@analysts.answers(Diff)
def get_process_definition_diff(call: Call, key: str, version: int, other_version: int) -> Answer:
    """Compare two versions: elements and flows added, removed and changed; where they are drawn is no change."""
    return diff_versions(call.system, call.caller, key, version, other_version)


@analysts.route("/process-instances/<id:instance_id>/scenario")
@analysts.signed_in()
@analysts.refuses(NotFound, NotRecordable)
@analysts.downloads("application/toml")
def get_process_instance_scenario(call: Call, instance_id: str) -> tuple[bytes, str, str]:
    """Write a finished process instance down as a scenario that plays it again."""
    return record_scenario(call.system, call.caller, instance_id)


@analysts.route("/decisions/<string(maxlength=128):key>/evaluate", methods=("POST",))
@analysts.signed_in()
@analysts.refuses(NotFound, DecisionError)
@analysts.body(Context)
@analysts.answers(DecisionAnswer)
def post_decision_evaluate(call: Call, body: dict[str, Any], key: str) -> Answer:
    """Evaluate a decision with given values; nothing is stored."""
    return evaluate_decision(call.system, call.caller, key, **body)


@analysts.route("/approval-matrix/resolve", methods=("POST",))
@analysts.signed_in()
@analysts.refuses(NotFound, NoRolePlayersFound, NoExchangeRate)
@analysts.body(ResolveMatrix)
@analysts.answers(ResolvedRoute)
def post_approval_matrix_resolve(call: Call, body: dict[str, Any]) -> Answer:
    """Resolve who must approve a document or a transaction, with the reason for every choice; nothing is stored."""
    return resolve_matrix(call.system, call.caller, **body)


def read_files(request: flask.Request) -> dict[str, bytes]:
    """Return the uploaded files by name.

    Raises:
        UnsupportedMedia: the body is not multipart.
        InvalidRequest: no file, a file without a name, two of one name, or too many.
    """
    if request.mimetype != MULTIPART:
        raise UnsupportedMedia(media_type=request.mimetype or "none", accepted=MULTIPART)
    request.max_form_parts = FILES_MAX
    files: dict[str, bytes] = {}
    for upload in (file for _, file in request.files.items(multi=True)):
        name = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
        if not name or name in files:
            fault = f"{name} comes twice" if name else "one has none"
            raise InvalidRequest(f"Expected every file to have a name of its own, but {fault}.", errors=[])
        files[name] = upload.read()
    if not files:
        raise InvalidRequest("Expected at least one BPMN or DMN file, but there is none.", errors=[])
    return files


def read_tag(request: flask.Request) -> str | None:
    """Return the tag of a deployment, None for none.

    Raises:
        InvalidRequest: it is malformed, or another part is no file.
    """
    faults = {name: [UNKNOWN] for name in request.form if name != "tag"}
    tag = request.form.get("tag")
    if tag is not None and not TAG.match(tag):
        faults["tag"] = [Fault("Expected 1 to 64 letters, digits, dots, hyphens or underscores.")]
    if faults:
        raise refuse_faults(faults)
    return tag
