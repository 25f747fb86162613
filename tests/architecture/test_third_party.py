import ast
import sys

from tests.architecture.sources import ROOMS, product_sources, sources_in

LOGGING = {"structlog"}  # "one structured event a decision" (STYLE.md); it writes to the standard output and depends on nothing
FLASK = {
    "flask",
    "flask_login",
    "flask_smorest",
    "flask_wtf",
    "apispec",
    "jinja2",
    "markupsafe",
    "webargs",
    "werkzeug",
    "wtforms",
}  # Flask, its extensions, their parts
ALLOWED = {
    "domain": {"orjson"},  # the bytes that are hashed
    "feel": set(),
    "formats": {"lxml"},
    "engine": {"SpiffWorkflow", "lxml", "orjson"},  # orjson: stored states
    "persistence": {"sqlalchemy", "flask_sqlalchemy", "flask", "alembic", "orjson", "psycopg"} | LOGGING,  # orjson: columns of JSON
    "operations": {"holidays"} | LOGGING,
    "jobs": {"rq", "redis", "croniter"} | LOGGING,
    "http": FLASK | {"marshmallow", "orjson", "prometheus_client"} | LOGGING,
    "web": FLASK | {"authlib", "joserfc", "requests"} | LOGGING,  # company accounts: OpenID Connect
}


def test_every_room_uses_only_the_libraries_that_the_design_gives_it():
    found = sorted(
        f"{source.path} imports {module}"
        for room in ROOMS
        for source in sources_in(room)
        if not source.path.startswith("app/web/ui/")
        for module in imported_modules(source.tree)
        if module not in sys.stdlib_module_names and module != "app" and module not in ALLOWED[room]
    )

    assert found == []


def test_the_root_package_is_imported_by_no_room():
    """`from app import create_app` would let a room see everything."""
    found = [
        source.path
        for source in product_sources()
        if source.room in ROOMS
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.ImportFrom) and node.module == "app" and not {alias.name for alias in node.names} <= set(ROOMS))
        or (isinstance(node, ast.Import) and any(alias.name == "app" for alias in node.names))
    ]

    assert found == []


def imported_modules(tree: ast.Module) -> set[str]:
    """Return the top-level names of all modules that are imported anywhere in the file."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.split(".")[0] for name in names}
