"""The operations that the pages call, in one value, so that tests can put fixtures in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.operations.answer import Answer, Caller
from app.operations.definitions.read_bpmn import read_bpmn
from app.operations.documents.code_lines import code_lines
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.documents.list_attachments import list_attachments
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_attachment import read_attachment
from app.operations.documents.read_document import read_document
from app.operations.documents.read_original import read_original
from app.operations.documents.read_timeline import read_timeline
from app.operations.groups.list_groups import list_groups
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.list_elements import list_elements
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.instances.read_variables import read_variables
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.retry_incident import retry_incident
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.people.list_users import list_colleagues
from app.operations.people.load_caller import load_caller
from app.operations.people.read_faces import read_faces
from app.operations.people.sign_in import sign_in
from app.operations.tasks.act_in_bulk import act_in_bulk
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.attach_file import attach_file
from app.operations.tasks.change_filter import change_filter
from app.operations.tasks.change_task import change_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.create_task import create_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.delete_filter import delete_filter
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.list_filters import list_filters
from app.operations.tasks.list_tasks import list_tasks
from app.operations.tasks.read_due import read_due
from app.operations.tasks.read_task import read_task
from app.operations.tasks.read_why import read_why
from app.operations.tasks.read_why_not import read_why_not
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.return_task import return_task
from app.operations.tasks.save_filter import save_filter
from app.operations.tasks.unclaim_task import unclaim_task
from app.operations.tasks.withdraw_question import withdraw_question
from app.operations.tasks.withdraw_task import withdraw_task

Operation = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """One callable for each operation; each takes the system and the caller first."""

    sign_in: Callable[..., Caller]
    load_caller: Callable[..., Caller]
    list_tasks: Operation
    count_tasks: Operation
    read_task: Operation
    approve_task: Operation
    reject_task: Operation
    delegate_task: Operation
    claim_task: Operation
    unclaim_task: Operation
    comment_task: Operation
    act_in_bulk: Operation
    add_approver: Operation
    answer_question: Operation
    ask_question: Operation
    attach_file: Operation
    change_task: Operation
    create_task: Operation
    hold_task: Operation
    release_task: Operation
    return_task: Operation
    reassign_task: Operation
    withdraw_question: Operation
    withdraw_task: Operation
    read_why: Operation
    read_why_not: Operation
    read_due: Operation
    list_filters: Operation
    save_filter: Operation
    change_filter: Operation
    delete_filter: Operation
    list_colleagues: Operation
    read_faces: Operation
    list_groups: Operation
    list_attachments: Operation
    list_documents: Operation
    read_document: Operation
    read_timeline: Operation
    read_original: Callable[..., Any]
    read_attachment: Callable[..., Any]
    confirm_not_duplicate: Operation
    code_lines: Operation
    list_instances: Operation
    read_instance: Operation
    list_elements: Operation
    read_variables: Operation
    suspend_instance: Operation
    resume_instance: Operation
    cancel_instance: Operation
    retry_incident: Operation
    resolve_incident: Operation
    read_bpmn: Callable[..., Any]


def load_operations() -> Operations:
    """Return the real operations."""
    return Operations(
        sign_in=sign_in,
        load_caller=load_caller,
        list_tasks=list_tasks,
        count_tasks=count_tasks,
        read_task=read_task,
        approve_task=approve_task,
        reject_task=reject_task,
        delegate_task=delegate_task,
        claim_task=claim_task,
        unclaim_task=unclaim_task,
        comment_task=comment_task,
        act_in_bulk=act_in_bulk,
        add_approver=add_approver,
        answer_question=answer_question,
        ask_question=ask_question,
        attach_file=attach_file,
        change_task=change_task,
        create_task=create_task,
        hold_task=hold_task,
        release_task=release_task,
        return_task=return_task,
        reassign_task=reassign_task,
        withdraw_question=withdraw_question,
        withdraw_task=withdraw_task,
        read_why=read_why,
        read_why_not=read_why_not,
        read_due=read_due,
        list_filters=list_filters,
        save_filter=save_filter,
        change_filter=change_filter,
        delete_filter=delete_filter,
        list_colleagues=list_colleagues,
        read_faces=read_faces,
        list_groups=list_groups,
        list_attachments=list_attachments,
        list_documents=list_documents,
        read_document=read_document,
        read_timeline=read_timeline,
        read_original=read_original,
        read_attachment=read_attachment,
        confirm_not_duplicate=confirm_not_duplicate,
        code_lines=code_lines,
        list_instances=list_instances,
        read_instance=read_instance,
        list_elements=list_elements,
        read_variables=read_variables,
        suspend_instance=suspend_instance,
        resume_instance=resume_instance,
        cancel_instance=cancel_instance,
        retry_incident=retry_incident,
        resolve_incident=resolve_incident,
        read_bpmn=read_bpmn,
    )
