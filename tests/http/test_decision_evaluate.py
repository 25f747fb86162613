"""POST /decisions/{key}/evaluate: values in exactly, a version and a decision named, the answer with what matched."""

from tests.formats.dmn_builder import write_decision, write_dmn, write_input, write_literal
from tests.http.people import Api

PATH = "/decisions/exact/evaluate"
