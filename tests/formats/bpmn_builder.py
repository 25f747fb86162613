"""Small BPMN files for tests, made of text: what stands in a table shows what it is about and nothing else."""

from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    '  xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"\n'
    '  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" targetNamespace="urn:test" id="file">\n'
)


def prop(**properties: str) -> str:
    return "".join(f"<s:property name='{name}' value='{value}' />" for name, value in properties.items())


def flow(source: str, target: str, condition: str | None = None, *, name: str | None = None) -> str:
    body = f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>' if condition else ""
    return f'<sequenceFlow id="{name or f"{source}_{target}"}" sourceRef="{source}" targetRef="{target}">{body}</sequenceFlow>'


def chain(*ids: str) -> str:
    return "".join(flow(source, target) for source, target in pairwise(ids))


def definitions(body: str) -> bytes:
    return f"{HEAD}{body}\n</definitions>".encode()


def process(body: str, *, root: str = "", executable: str = "true", after: str = "") -> bytes:
    return definitions(f'{root}\n<process id="p" isExecutable="{executable}">\n{body}\n</process>{after}')


def simple(middle: str, *, flows: str | None = None, root: str = "") -> bytes:
    """A start event, the element `M` and an end event."""
    return process(f'<startEvent id="S" />{middle}<endEvent id="E" />{flows if flows is not None else chain("S", "M", "E")}', root=root)
