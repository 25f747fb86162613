"""POST /decisions/{key}/evaluate: values come in exactly, a version and a decision may be named, the answer tells what matched."""

from io import BytesIO
from typing import Any

import pytest

from tests.formats.dmn_builder import write_decision, write_dmn, write_input, write_literal, write_table
from tests.http.people import Api

PATH = "/decisions/exact/evaluate"


@pytest.fixture
def exact(api: Api) -> Api:
    """The API with two versions of a decision model."""
    for limit in ("0.1", "0.2"):
        table = write_table(["x"], [([f"<= {limit}"], ['"small"']), ([f"> {limit}"], ['"large"'])], input_kind="number")
        content = write_dmn(
            write_input("x", "number"),
            write_input("day", "date"),
            write_decision("Size", table, needs=["in_x"], kind="string"),
            write_decision("Next day", write_literal('day + duration("P1D")'), needs=["in_day"], kind="date"),
            key="exact",
        )
        files = {"files": (BytesIO(content), "exact.dmn")}
        answer = api.post("/process-definitions", "adm", data=files, content_type="multipart/form-data")
        assert answer.status_code == 201, answer.text
    return api


def ask(api: Api, body: str) -> Any:
    return api.post(PATH, "adm", data=body, content_type="application/json")


def test_numbers_are_exact_and_the_rules_that_matched_are_told(exact: Api) -> None:
    answer = ask(exact, '{"decision": "Size", "context": {"x": 0.20000000000000000000000001}}').json

    assert (answer["outputs"], answer["version"]) == ("large", 2)
    assert [rule["row"] for rule in answer["matched_rules"]] == [2]
    assert ask(exact, '{"decision": "Size", "context": {"x": 0.2}}').json["outputs"] == "small"


def test_an_older_version_can_be_asked(exact: Api) -> None:
    answer = ask(exact, '{"decision": "Size", "version": 1, "context": {"x": 0.2}}').json

    assert (answer["outputs"], answer["version"]) == ("large", 1)
    assert ask(exact, '{"decision": "Size", "version": 9, "context": {}}').status_code == 404


def test_a_text_is_a_date_where_one_is_declared(exact: Api) -> None:
    answer = ask(exact, '{"decision": "Next day", "context": {"day": "2026-02-28"}}').json

    assert (answer["outputs"], answer["inputs"]) == ("2026-03-01", {"day": "2026-02-28"})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"context": {}}', 422),
        ('{"context": {}, "decision": "Other"}', 422),
        ('{"context": []}', 422),
        ('{"context": {}, "version": 0}', 422),
        ('{"context": {}, "version": "x"}', 422),
        ('{"context": {}, "more": 1}', 422),
        ('{"context": {"x": NaN}}', 400),
        ("{", 400),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(exact: Api, body: str, status: int) -> None:
    assert ask(exact, body).status_code == status
