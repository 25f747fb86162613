"""Versions of definitions: which one starts, which one is called, what changed, and what can go."""

import pytest

from app.domain.errors import (
    DefinitionDeactivated,
    DefinitionInUse,
    DefinitionInvalid,
    DocumentKindRefused,
    InvalidRequest,
    NotFound,
    NotPermitted,
)
from app.operations.answer import RequestKey
from app.operations.definitions.activate_version import activate_version
from app.operations.definitions.deactivate_version import deactivate_version
from app.operations.definitions.delete_version import delete_version
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.definitions.diff_versions import diff_versions
from app.operations.definitions.list_definitions import list_definitions
from app.operations.definitions.list_versions import list_versions
from app.operations.instances.read_variables import read_variables
from app.operations.tasks.approve_task import approve_task
from tests.engine.diagrams import bpmn, end, extensions, script, start, user
from tests.operations.diagrams import chain, deploy, user_task

ASKS = '["marc"]'


def caller_of_sub(binding: str = "") -> bytes:
    """Return a process that asks Marc and then calls `sub`."""
    call = f'<callActivity id="Call" calledElement="sub">{extensions({"binding": binding} if binding else {})}</callActivity>'
    return bpmn(start() + user("A", assignees=ASKS) + call + end(), "S > A > Call > E", process="main")


def sub(number: int) -> bytes:
    """Return version `number` of the process that is called."""
    return bpmn(start("S2") + script("Say", str(number), result="said") + end("E2"), "S2 > Say > E2", process="sub")


def deploy_as_analyst(office, tag=None, **files: bytes):
    """Deploy files by their names without suffix."""
    return deploy_definition(office.system, office.caller("adm"), {f"{name}.bpmn": content for name, content in files.items()}, tag=tag)


def finish(office, instance_id: str) -> str:
    """Let Marc complete his task, and return what the called process said."""
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    return str(read_variables(office.system, office.caller("adm"), instance_id).body["said"])


def two_versions(office, key: str = "two") -> None:
    """Deploy two versions of a definition."""
    for name in ("One", "Two"):
        deploy(office, chain(key, user_task("Work", assignees=ASKS).replace('name="Work"', f'name="{name}"')))


def test_a_call_takes_the_version_that_was_newest_when_its_instance_started(office):
    deploy_as_analyst(office, sub=sub(1), main=caller_of_sub())
    instance = office.start(None, definition="main")
    deploy_as_analyst(office, sub=sub(2))

    assert finish(office, instance["id"]) == "1"
    assert finish(office, office.start(None, definition="main")["id"]) == "2"


@pytest.mark.parametrize(("binding", "said"), [("latest", "3"), ("version:1", "1"), ("tag:gold", "2")])
def test_a_call_may_be_bound_to_a_version_or_a_tag(office, binding, said):
    deploy_as_analyst(office, sub=sub(1))
    deploy_as_analyst(office, tag="gold", sub=sub(2))
    deploy_as_analyst(office, sub=sub(3))
    deploy_as_analyst(office, main=caller_of_sub(binding))

    assert finish(office, office.start(None, definition="main")["id"]) == said


@pytest.mark.parametrize("binding", ["", "version:7", "tag:none", "version:x", "nonsense:1"])
def test_a_call_that_finds_nothing_is_refused_at_deployment(office, binding):
    with pytest.raises(DefinitionInvalid) as refusal:
        deploy_as_analyst(office, main=caller_of_sub(binding or "latest"))

    assert "Call" in {each["element"] for each in refusal.value.facts["diagnostics"]}


def test_a_bundle_is_deployed_all_or_none(office):
    broken = bpmn(start() + "<task id='Alone'/>", "S > Nowhere", process="broken")

    with pytest.raises(DefinitionInvalid):
        deploy_as_analyst(office, sub=sub(1), main=caller_of_sub(), broken=broken)

    assert {"sub", "main"}.isdisjoint(
        each["key"] for each in list_definitions(office.system, office.caller("adm"), limit=200).body["items"]
    )


def test_two_files_of_one_key_are_refused(office):
    with pytest.raises(DefinitionInvalid) as refusal:
        deploy_as_analyst(office, first=sub(1), second=sub(2))

    assert [each["code"] for each in refusal.value.facts["diagnostics"]] == ["key_repeated"]


def test_a_called_process_that_was_deactivated_or_deleted_meanwhile(office):
    deploy_as_analyst(office, sub=sub(1), main=caller_of_sub())
    running = office.start(None, definition="main")

    with pytest.raises(DefinitionInUse) as refusal:
        delete_version(office.system, office.caller("adm"), "sub", 1)
    assert (refusal.value.facts["instances"], refusal.value.facts["callers"]) == (0, 1)
    deactivate_version(office.system, office.caller("adm"), "sub", 1)

    assert finish(office, running["id"]) == "1"
    with pytest.raises(DefinitionInvalid):
        office.start(None, definition="main")


def test_a_deactivated_version_starts_nothing_and_the_one_before_takes_its_place(office):
    two_versions(office)

    view = deactivate_version(office.system, office.caller("adm"), "two", 2).body
    assert (view["active"], view["deactivated_at"] is None) == (False, False)
    assert office.start(None, definition="two")["definition"]["version"] == 1
    with pytest.raises(DefinitionDeactivated):
        office.start(None, definition="two", version=2)
    deactivate_version(office.system, office.caller("adm"), "two", 1)
    with pytest.raises(DefinitionDeactivated):
        office.start(None, definition="two")
    activate_version(office.system, office.caller("adm"), "two", 2)
    assert office.start(None, definition="two")["definition"]["version"] == 2


def test_a_version_is_started_by_number_or_tag(office):
    for name in ("One", "Two"):
        content = chain("two", user_task("Work", assignees=ASKS).replace('name="Work"', f'name="{name}"'))
        deploy_definition(office.system, office.caller("adm"), {"x.bpmn": content}, tag=f"t{name}")

    assert office.start(None, definition="two", version=1)["definition"]["version"] == 1
    assert office.start(None, definition="two", version_tag="tOne")["definition"]["version"] == 1
    assert office.start(None, definition="two")["definition"]["version"] == 2
    with pytest.raises(NotFound):
        office.start(None, definition="two", version=3)
    with pytest.raises(NotFound):
        office.start(None, definition="two", version_tag="none")
    with pytest.raises(InvalidRequest):
        office.start(None, definition="two", version=1, version_tag="tOne")


def test_the_same_content_again_after_a_deactivation_is_a_new_version(office):
    two_versions(office)
    deactivate_version(office.system, office.caller("adm"), "two", 2)

    content = chain("two", user_task("Work", assignees=ASKS).replace('name="Work"', 'name="Two"'))
    assert deploy_definition(office.system, office.caller("adm"), {"x.bpmn": content}).body["version"] == 3


def test_a_version_that_nobody_used_can_be_deleted_once_and_its_number_is_not_given_again(office):
    two_versions(office)

    delete_version(office.system, office.caller("adm"), "two", 2)

    with pytest.raises(NotFound):
        delete_version(office.system, office.caller("adm"), "two", 2)
    assert [each["version"] for each in list_versions(office.system, office.caller("adm"), "two").body["items"]] == [1]
    content = chain("two", user_task("Work", assignees=ASKS).replace('name="Work"', 'name="Three"'))
    assert deploy_definition(office.system, office.caller("adm"), {"x.bpmn": content}).body["version"] == 3


def test_a_version_that_was_used_cannot_be_deleted_and_the_refusal_counts(office):
    two_versions(office)
    office.start(None, definition="two")

    with pytest.raises(DefinitionInUse) as refusal:
        delete_version(office.system, office.caller("adm"), "two", 2)

    assert refusal.value.facts["by_status"] == {"active": 1}


def test_versions_are_listed_newest_first_with_their_instances_and_page_by_page(office):
    two_versions(office)
    office.start(None, definition="two")

    first = list_versions(office.system, office.caller("marc"), "two", limit=1).body
    second = list_versions(office.system, office.caller("marc"), "two", limit=1, cursor=first["next_cursor"]).body

    assert [(each["version"], each["instances"]) for each in (*first["items"], *second["items"])] == [(2, {"active": 1}), (1, {})]
    assert first["items"][0]["deployed_by"]["username"] == "adm"
    assert second["next_cursor"] is None
    with pytest.raises(NotFound):
        list_versions(office.system, office.caller("kim"), "two")


@pytest.mark.parametrize("change", [deactivate_version, activate_version, delete_version])
def test_only_analysts_change_versions_of_their_own_environment(office, change):
    two_versions(office)

    with pytest.raises(NotPermitted):
        change(office.system, office.caller("wfa"), "two", 1)
    with pytest.raises((NotFound, NotPermitted)):
        change(office.system, office.caller("kim"), "two", 1)
    with pytest.raises(NotFound):
        change(office.system, office.caller("adm"), "two", 99)


def test_the_same_change_twice_is_one(office):
    two_versions(office)
    key = RequestKey(key="once", route="DELETE version", digest="same")

    first, again = (delete_version(office.system, office.caller("adm"), "two", 2, request=key).body for _ in range(2))
    assert first == again
    assert (
        deactivate_version(office.system, office.caller("adm"), "two", 1).body["deactivated_at"]
        == (deactivate_version(office.system, office.caller("adm"), "two", 1).body["deactivated_at"])
    )


def test_the_difference_of_two_versions_is_told_by_element(office):
    deploy(office, chain("two", user_task("Work", assignees=ASKS), user_task("Gone", assignees=ASKS)))
    deploy(office, chain("two", user_task("Work", assignees='["claire"]', due="P3D"), user_task("New", assignees=ASKS)))

    body = diff_versions(office.system, office.caller("marc"), "two", 1, 2).body

    assert [each["element"] for each in body["added"]] == ["New"]
    assert [each["element"] for each in body["removed"]] == ["Gone"]
    changed = {each["element"]: each["changes"] for each in body["changed"]}
    assert {(each["what"], each["name"], each["before"], each["after"]) for each in changed["Work"]} == {
        ("assignment", "assignees", '["marc"]', '["claire"]'),
        ("timer", "due", None, "P3D"),
    }
    assert {each["name"] for each in changed["Flow1"]} == {"targetRef"}
    assert diff_versions(office.system, office.caller("marc"), "two", 1, 1).body["changed"] == []
    with pytest.raises(NotFound):
        diff_versions(office.system, office.caller("marc"), "two", 1, 9)


def with_kinds(kinds: str) -> bytes:
    """Return a process that says which documents it takes."""
    return chain("kinds", user_task("Work", assignees=ASKS)).replace(
        b'isExecutable="true">',
        b'isExecutable="true"><bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="document_kinds" value=\''
        + kinds.encode()
        + b"' /></spiffworkflow:properties></bpmn:extensionElements>",
    )


def test_a_definition_takes_the_documents_it_says(office):
    deploy(office, with_kinds('["order", "invoice"]'))
    invoice = office.send("invoice_sales_12000")

    assert office.start(invoice, definition="kinds")["status"] == "active"
    deploy(office, with_kinds('["expense_claim"]'))
    with pytest.raises(DocumentKindRefused) as refusal:
        office.start(office.send("invoice_two_branches"), definition="kinds")
    assert refusal.value.detail.startswith("kinds takes no documents of the kind invoice")
    assert list_versions(office.system, office.caller("adm"), "kinds").body["items"][0]["document_kinds"] == ["expense_claim"]


@pytest.mark.parametrize("kinds", ['["letter"]', "[]", "invoice", "1 +", "[1]"])
def test_kinds_that_are_none_are_refused_at_deployment(office, kinds):
    with pytest.raises(DefinitionInvalid) as refusal:
        deploy(office, with_kinds(kinds))

    assert [each["code"] for each in refusal.value.facts["diagnostics"]] == ["document_kinds_unknown"]
