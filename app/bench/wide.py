"""countersign bench wide: one instance that is large: a long loop, many approvers, many lines, many variables."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import click
import sqlalchemy as sa

from app.bench.growth import INVOICE, NUMBER, count_pages, fresh_system
from app.bench.load.filling import Sample, copy_people
from app.bench.report import Figure, figure, print_report, progress
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.tables.people import user_role
from app.persistence.tables.tasks import assignment, user_task

ROLE = "bench"
SLICE = 10  # the first and the last tenth of a loop are compared
RATIO_MAX = 1.25
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="http://countersign.example">'
)
