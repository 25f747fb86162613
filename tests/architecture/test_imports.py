import json
import os
import subprocess
import sys

from tests.architecture.sources import ROOT, product_sources

IMPORTS_EVERYTHING = """
import importlib, json, os, sys, threading
modules, effects = json.loads(sys.argv[1]), []
WATCHED = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.putenv",
           "sqlite3.connect", "shutil.rmtree", "os.fork", "os.exec", "os.posix_spawn"}
current = [""]
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if event in WATCHED or (writes and not str(arguments[0]).endswith((".pyc", "/dev/null")) and ".pyc." not in str(arguments[0])):
        effects.append([current[0], event, str(arguments[:1])])
sys.addaudithook(watch)
for module in modules:
    before = threading.active_count()
    current[0] = module
    importlib.import_module(module)
    if threading.active_count() != before:
        effects.append([module, "thread", ""])
current[0] = ""
print(json.dumps([effect for effect in effects if effect[0]]))
"""
LOADED_BY_OTHERS = ("app/web/ui/", "app/persistence/migrations/env.py", "app/persistence/migrations/versions/")


def test_importing_a_module_does_nothing_else():
    """STYLE.md: no import with side effects. No file is written, no socket, process, database or thread is opened."""
    modules = sorted(
        _module_of(source.path)
        for source in product_sources()
        if source.path.startswith("app/") and not source.path.startswith(LOADED_BY_OTHERS)
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    ended = subprocess.run(
        [sys.executable, "-c", IMPORTS_EVERYTHING, json.dumps(modules)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == []


def _module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
