"""Routes of those who keep the approval matrix: check it, simulate with it, determine role players again."""

from collections.abc import Iterator
from typing import Any
from wsgiref.types import WSGIApplication

import flask
from werkzeug.datastructures import MIMEAccept

from app.domain.errors import InstanceNotActive, InvalidRequest, NotFound, NotPermitted, Unavailable
from app.http.answers import write_answer
from app.http.audience import Audience, Call
from app.http.json_text import write_json
from app.http.schemas.simulation import (
    CheckMatrix,
    MatrixFindings,
    ResetInstance,
    ResetRolePlayers,
    SimulatedRoute,
    SimulateMatrix,
    WhatIfMatrix,
    WhatIfResult,
)
from app.operations.answer import Answer, JsonObject
from app.operations.instances.reset_role_players import reset_role_players
from app.operations.matrix.check_matrix import check_matrix
from app.operations.matrix.simulate_matrix import simulate_matrix
from app.operations.matrix.what_if_matrix import what_if_matrix

MATRIX_BYTES_MAX = 32 * 1024 * 1024
JSON_LINES = "application/jsonl"

simulation = Audience("simulation", description="People who keep the approval matrix: they check it and simulate with it.")


@simulation.route("/approval-matrix/check", methods=("POST",))
@simulation.signed_in(bytes_max=MATRIX_BYTES_MAX)
@simulation.refuses(NotFound, NotPermitted)
@simulation.body(CheckMatrix, required=False)
@simulation.answers(MatrixFindings)
def post_approval_matrix_check(call: Call, body: dict[str, Any]) -> Answer:
    """Find what is wrong or odd about the matrix in force, a draft, or one sent along; each finding has a transaction that shows it."""
    return check_matrix(call.system, call.caller, **body)


@simulation.route("/approval-matrix/simulate", methods=("POST",))
@simulation.signed_in(bytes_max=MATRIX_BYTES_MAX)
@simulation.refuses(NotFound, NotPermitted)
@simulation.body(SimulateMatrix)
@simulation.answers(SimulatedRoute)
def post_approval_matrix_simulate(call: Call, body: dict[str, Any]) -> Answer:
    """Ask who would approve a document or transaction on any day, with the matrix in force, a draft, or one sent along."""
    return simulate_matrix(call.system, call.caller, **body)


def write_progress(progress: tuple[Iterator[JsonObject], MIMEAccept]) -> WSGIApplication:
    """Return the result at the end, or, to who accepts JSON lines, the progress as it is made and the result as the last line."""
    events, accepted = progress
    if accepted.best_match(["application/json", JSON_LINES]) != JSON_LINES:
        *_, last = events
        return write_answer(Answer(body=last["result"]))
    response = flask.Response((write_json(event) + b"\n" for event in events), mimetype=JSON_LINES)
    response.call_on_close(getattr(events, "close", bool))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@simulation.route("/approval-matrix/what-if", methods=("POST",))
@simulation.signed_in(bytes_max=MATRIX_BYTES_MAX)
@simulation.refuses(NotFound, NotPermitted, InvalidRequest, Unavailable)
@simulation.body(WhatIfMatrix)
@simulation.answers(WhatIfResult, write=write_progress)
def post_approval_matrix_what_if(call: Call, body: dict[str, Any]) -> tuple[Iterator[JsonObject], MIMEAccept]:
    """Compare a draft, or a matrix sent along, with the one in force: routes that change, refusals that begin and end, people's load.

    With `Accept: application/jsonl` the answer comes line by line: `{"done": n, "of": m}` as it goes on, `{"result": {…}}` at the end;
    closing the connection ends the simulation.
    """
    return what_if_matrix(call.system, call.caller, **body), call.sent.accept_mimetypes


@simulation.route("/process-instances/<id:instance_id>/reset", methods=("POST",))
@simulation.signed_in()
@simulation.idempotent
@simulation.revised
@simulation.refuses(NotFound, NotPermitted, InstanceNotActive)
@simulation.body(ResetRolePlayers, required=False)
@simulation.answers(ResetInstance)
def post_process_instance_reset(call: Call, body: dict[str, Any], instance_id: str) -> Answer:
    """Determine the role players again, with the matrix, the coding and the people as they are now; signatures that still hold are kept."""
    return reset_role_players(call.system, call.caller, instance_id, **body, revision=call.revision, request=call.request)
