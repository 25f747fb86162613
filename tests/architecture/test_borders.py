import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, product_sources, sources_in

BELOW_OPERATIONS = ("domain", "feel", "formats", "engine", "persistence")
PORT_DEFAULTS = {"app/engine/values.py": {"uuid4"}}  # what a port is when nobody passes another one in
ERROR_STATUSES = range(400, 600)
IMPURE_MODULES = {"random", "secrets", "socket", "ssl", "smtplib", "urllib.request", "http.client", "requests", "subprocess"}
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today",
    "time.time", "time.time_ns", "time.monotonic", "time.sleep", "os.getenv", "os.urandom", "uuid.uuid1", "uuid.uuid4", "uuid4",
}  # fmt: skip


def test_commit_occurs_only_in_operations():
    """DESIGN.md section 1, decision 1. What operations call, the unit of work's own `commit`, reaches the database by batch and driver."""
    on_the_way = {("UnitOfWork", "commit"), ("Batch", "flush"), ("SqliteDriver", "commit")}
    found = [
        f"{source.path}:{call.lineno}"
        for source in product_sources()
        if source.room not in {"operations", "bench"}  # a benchmark fills a database of its own
        for call in _calls(source)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit" and _enclosing(source, call) not in on_the_way
    ]

    assert found == []


def test_error_statuses_are_written_only_in_the_problem_table():
    found = []
    for source in product_sources():
        if source.path == "app/http/problems.py" or source.room in {"bench", "cli", "runtime"}:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "HTTPStatus":
                found.append(f"{source.path}:{node.lineno} HTTPStatus.{node.attr}")
            elif isinstance(node, ast.keyword) and node.arg in {"status", "status_code", "code"} and _is_error_status(node.value):
                found.append(f"{source.path}:{node.value.lineno} {node.arg}=")
            elif (
                isinstance(node, ast.Call)
                and _name_of(node.func).rpartition(".")[2] in {"abort", "Response"}
                and any(map(_is_error_status, node.args))
            ):
                found.append(f"{source.path}:{node.lineno} {_name_of(node.func)}")
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and any(map(_is_error_status, node.value.elts)):
                found.append(f"{source.path}:{node.lineno} return")

    assert found == []


def test_nothing_below_operations_reads_clock_environment_random_or_network():
    found = []
    for source in sources_in(*BELOW_OPERATIONS):
        if source.path.startswith("app/persistence/migrations/"):
            continue
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{source.path}:{node.lineno} import {name}" for name in names if name in IMPURE_MODULES]
            if isinstance(node, ast.Call) and _name_of(node.func) in IMPURE_CALLS - PORT_DEFAULTS.get(source.path, set()):
                found.append(f"{source.path}:{node.lineno} {_name_of(node.func)}()")
            if isinstance(node, ast.Attribute) and _name_of(node) == "os.environ":
                found.append(f"{source.path}:{node.lineno} os.environ")

    assert found == []


def _calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def _name_of(node: ast.expr) -> str:
    """Return the dotted name of an expression such as `datetime.now`, "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := _name_of(node.value)):
        return f"{left}.{node.attr}"
    return ""


def _is_error_status(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value in ERROR_STATUSES


def _enclosing(source: Source, call: ast.Call) -> tuple[str, str]:
    """Return the class and the function that the call stands in."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for function in node.body:
                if isinstance(function, ast.FunctionDef) and function.lineno <= call.lineno <= (function.end_lineno or 0):
                    return node.name, function.name
    return "", ""
