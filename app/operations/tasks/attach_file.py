"""Attach a file to the document of a task."""

from typing import Any

from app.domain.errors import Conflict, TooLarge
from app.formats.attachments import BYTES_MAX, CheckedFile, check_attachment
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.documents.attachments import attachment_view, embedded_files, embedded_view
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_visible_task
from app.operations.turn import Turn, turn_of_task
from app.persistence import attachments

ATTACHMENTS_MAX = 100

__all__ = ["BYTES_MAX", "attach_file"]


def attach_file(system: System, caller: Caller, task_id: str, *, content: bytes, name: str, request: RequestKey | None = None) -> Answer:
    """Attach a file to the document of a task, open or not, and return it: 201, or 200 when the document has these bytes already.

    What a file is, its content says: PDF, PNG, JPEG, CSV, plain text, XML, and Office documents and workbooks without macros.

    Raises:
        InvalidRequest: the file is empty.
        TooLarge: it is larger than 10 MiB, or the document has 100 attachments.
        UnsupportedMedia: it is none of these.
        Conflict: the task is about no document.
        NotFound: there is no such task, or the caller may not see it.
    Source: TSK-07.
    """
    file = check_attachment(content, name)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task = check_visible_task(turn, caller, task_id)
            if turn.document is None:
                raise Conflict(f"Task {task_id} is about no document, so nothing can be attached to it.", what=f"task {task_id}")
            known = _find_known(turn, file)
            answer = Answer(
                body=_attach(turn, caller, task, file, content) if known is None else known, status=201 if known is None else 200
            )
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _find_known(turn: Turn, file: CheckedFile) -> JsonObject | None:
    """Return the attachment of the document that has the same bytes, None when there is none."""
    for number, inside in enumerate(embedded_files(turn.work, turn.document)):
        if inside.hash == file.hash:
            return embedded_view(turn.document, number, inside)
    assert turn.document is not None, "the caller has looked"
    rows = attachments.list_attachments(turn.work, turn.document.id)
    same = next((row for row in rows if row.hash == file.hash), None)
    if same is None and len(rows) >= ATTACHMENTS_MAX:
        raise TooLarge(what="number of attachments", limit=str(ATTACHMENTS_MAX))
    return None if same is None else attachment_view(same, turn.directory)


def _attach(turn: Turn, caller: Caller, task: Any, file: CheckedFile, content: bytes) -> JsonObject:
    document = turn.document
    assert document is not None, "the caller has looked"
    attachment_id = turn.system.new_id()
    is_new = attachments.insert_attachment(
        turn.work,
        id=attachment_id,
        environment_id=turn.environment.id,
        document_id=document.id,
        task_id=task.id,
        hash=file.hash,
        name=file.name,
        media_type=file.media_type,
        size=len(content),
        content=content,
        added_by=caller.user_id,
        created_at=turn.now,
    )
    if is_new:
        turn.tell(
            "attachment_added",
            f"{caller.full_name} attached {file.name}.",
            element=task.element,
            facts={"task": task.id, "attachment": attachment_id, "name": file.name, "media_type": file.media_type, "hash": file.hash},
        )
        settle(turn)
    row = next(each for each in attachments.list_attachments(turn.work, document.id) if each.hash == file.hash)
    return attachment_view(row, turn.directory)
