"""The reference is a plain page: everything escaped, nothing fetched from elsewhere, nothing that needs a script."""

import re
from html.parser import HTMLParser
from typing import Any

import flask
import pytest

from app.http import BLUEPRINTS
from app.http.reference import mark_up, read_reference, type_text

PAGES = ["/api/docs", "/api/problems", "/api/problems/not_found"]


class Reader(HTMLParser):
    """Collects what the tests look at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        """Return the values of the attribute."""
        return [value for _, attributes in self.tags if (value := attributes.get(attribute))]


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_the_strict_policy(bare_app: flask.Flask, path: str) -> None:
    answer = bare_app.test_client().get(path)
    page = Reader(answer.get_data(as_text=True))

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'")
    assert not [tag for tag, _ in page.tags if tag in {"script", "style", "iframe", "form"}]
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]
    assert all(address.startswith(("/", "#")) for address in page.values("href") + page.values("src"))


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_one_heading_a_language_and_unique_ids(bare_app: flask.Flask, path: str) -> None:
    page = Reader(bare_app.test_client().get(path).get_data(as_text=True))

    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert ("html", {"lang": "en"}) in page.tags
    assert len(page.values("id")) == len(set(page.values("id")))


def test_every_link_of_the_reference_leads_somewhere(bare_app: flask.Flask) -> None:
    client = bare_app.test_client()
    page = Reader(client.get("/api/docs").get_data(as_text=True))

    for address in set(page.values("href") + page.values("src")):
        if address.startswith("#"):
            assert address[1:] in page.values("id"), address
        else:
            with client.get(address) as answer:
                assert answer.status_code == 200, address


def test_the_reference_shows_every_operation_by_audience(bare_app: flask.Flask, document: dict[str, Any]) -> None:
    text = bare_app.test_client().get("/api/docs").get_data(as_text=True)

    assert [chapter.name for chapter in read_reference(document).chapters] == [each.name for each in BLUEPRINTS]
    for path in document["paths"]:
        assert f"<code>{path}</code>" in text


def test_text_is_escaped() -> None:
    assert mark_up("<b> `a<b` [x](/y) [z](javascript:1)") == '&lt;b&gt; <code>a&lt;b</code> <a href="/y">x</a> [z](javascript:1)'


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": ["string", "null"], "format": "uuid"}, "uuid or null"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number, 1 to 9"),
        ({"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]}, '<a href="#shape-Money">Money</a> or null'),
        ({"type": "string", "enum": ["a", "b"]}, "<code>a</code> | <code>b</code>"),
        ({}, "any value"),
    ],
)
def test_types_are_put_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_text(schema) == words


def test_the_style_sheet_loads_nothing(bare_app: flask.Flask) -> None:
    with bare_app.test_client().get("/api/static/api.css") as answer:
        assert answer.mimetype == "text/css"
        assert not re.search(r"url\(|@import", answer.get_data(as_text=True))
