"""Small process definitions that tests deploy."""

import itertools
from typing import Any

from app.operations.definitions.deploy_definition import deploy_definition

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="definitions" targetNamespace="urn:test"
  expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">
  <bpmn:process id="{key}" name="{key}" isExecutable="true">
"""


def user_task(element: str, **properties: str) -> str:
    """Return a user task with its properties."""
    rows = "".join(f"<spiffworkflow:property name='{name}' value='{value}' />" for name, value in properties.items())
    extension = f"<bpmn:extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></bpmn:extensionElements>"
    return f'<bpmn:userTask id="{element}" name="{element}">{extension}</bpmn:userTask>'


def resolve() -> str:
    """Return the service task that resolves role players."""
    operator = '<spiffworkflow:serviceTaskOperator id="resolve_role_players" resultVariable="route"><spiffworkflow:parameters />'
    return (
        '<bpmn:serviceTask id="Resolve" name="Resolve"><bpmn:extensionElements>'
        f"{operator}</spiffworkflow:serviceTaskOperator></bpmn:extensionElements></bpmn:serviceTask>"
    )


def chain(key: str, *elements: str, end: str = "Done") -> bytes:
    """Return a process of the elements in a row."""
    nodes = ['<bpmn:startEvent id="Begin" name="Begin" />', *elements, f'<bpmn:endEvent id="End" name="{end}" />']
    ids = [node.split('id="', 1)[1].split('"', 1)[0] for node in nodes]
    pairs = itertools.pairwise(ids)
    flows = [f'<bpmn:sequenceFlow id="Flow{n}" sourceRef="{a}" targetRef="{b}" />' for n, (a, b) in enumerate(pairs)]
    return (HEAD.format(key=key) + "\n".join(nodes + flows) + "</bpmn:process></bpmn:definitions>").encode()


def deploy(office: Any, content: bytes) -> None:
    """Deploy a process definition as an analyst."""
    deploy_definition(office.system, office.caller("adm"), {"test.bpmn": content})
