"""Files at a document: adding one on a task, and taking one away to look at."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import CountersignError, NotFound
from app.operations.tasks.attach_file import BYTES_MAX
from app.web.context import pages, request_key
from app.web.downloads import give_file
from app.web.fields import input_fault
from app.web.routes.inbox import task_filters
from app.web.session import flash_refusal

UPLOAD_BYTES_MAX = BYTES_MAX + 64 * 1024  # the fields of the form around the file


def add_attachment_routes(blueprint: Blueprint) -> None:
    """Add uploading and downloading of attachments."""
    blueprint.add_url_rule("/tasks/<task_id>/attachments", "attach_file", attach_file, methods=["POST"])
    blueprint.add_url_rule("/documents/<document_id>/attachments/<attachment_id>", "attachment", download_attachment)


def attach_file(task_id: str) -> BaseResponse:
    """Attach the file of the form to the document of the task, and show the task again."""
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise input_fault("Choose a file first.", field="file")
        content = file.stream.read()
        key = request_key()
        if key is not None:
            digest = hashlib.sha256(key.digest.encode() + hashlib.sha256(content).digest()).hexdigest()
            key = replace(key, digest=digest)
        pages().call("attach_file", task_id, content=content, name=file.filename, request=key)
        flash(f"{file.filename} is attached; everybody on this document can open it.", "yes")
    except NotFound:
        raise
    except CountersignError as error:
        flash_refusal(error)
    return redirect(url_for("web.task", task_id=task_id, _anchor="document", **task_filters()), 303)


def download_attachment(document_id: str, attachment_id: str) -> Response:
    """Give an attachment as a file."""
    return give_file(*pages().call("read_attachment", document_id, attachment_id))
