"""Refuses, with element and remedy, the constructs of `bpmn_support` that the XML alone shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BPMN, SPIFF, BpmnFile, kind_of, tag

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_CHOREOGRAPHY: Final = ("callChoreography", "choreographyTask", "subChoreography")
_ASSOCIATIONS: Final = ("dataInputAssociation", "dataOutputAssociation")
_DEFAULT_LANGUAGE: Final = "http://www.w3.org/1999/XPath"


def refuse_constructs(file: BpmnFile, process: Node) -> None:
    """Note every construct of a process that is not supported."""
    language = file.root.get("expressionLanguage", "")
    if language and language != _DEFAULT_LANGUAGE and "feel" not in language.lower():
        file.refuse(file.root, "expression_language")
    stores = {store.get("id") for store in file.root.iter(tag("dataStoreReference"), tag("dataStore"))}
    for node in process.iter(f"{{{BPMN}}}*"):
        kind = kind_of(node)
        if kind in _CHOREOGRAPHY:
            file.refuse(node, "choreography")
        if "feel" not in (node.get("language") or "feel").lower():
            file.refuse(node, "expression_language")
        if kind in _ASSOCIATIONS and stores:
            ends = [end for name in ("sourceRef", "targetRef") for end in node.iter(tag(name))]
            if any((end.text or "").strip() in stores for end in ends):
                file.refuse(node, "data_store")
        for name in ("preScript", "postScript"):
            for script in node.iterfind(f"{tag('extensionElements')}/{{{SPIFF}}}{name}"):
                if (script.text or "").strip():
                    file.refuse(node, "pre_script")
