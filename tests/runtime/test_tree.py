import subprocess
import sys
from pathlib import Path

import pytest

from app.runtime.tree import StartFailed, TreePlan, part_environment, run_tree
from app.runtime.welcome import curl_lines
from tests.runtime.processes import ROOT, environment

PLAN = {
    "host": "127.0.0.1",
    "port": 8080,
    "data_dir": Path("/srv/data"),
    "database_url": None,
    "redis_url": None,
    "web_workers": 2,
    "demo": True,
}


def test_parts_get_the_plan_in_their_environment():
    given = part_environment(
        TreePlan(**PLAN), address="http://127.0.0.1:8080", valkey_socket=Path("/srv/data/valkey.sock"), inherited={"PATH": "/bin"}
    )

    assert given == {
        "PATH": "/bin",
        "COUNTERSIGN_DATA_DIR": "/srv/data",
        "COUNTERSIGN_DEMO": "1",
        "COUNTERSIGN_PUBLIC_URL": "http://127.0.0.1:8080",
        "COUNTERSIGN_REDIS_URL": "unix:///srv/data/valkey.sock",
        "PROMETHEUS_MULTIPROC_DIR": "/srv/data/metrics",
    }


def test_given_servers_replace_the_embedded_ones():
    plan = TreePlan(**{**PLAN, "database_url": "postgresql+psycopg://db/cs", "redis_url": "redis://bell:6379/0", "demo": False})
    inherited = {"COUNTERSIGN_DATABASE_URL": "sqlite:///old.db", "COUNTERSIGN_PUBLIC_URL": "https://approve.example"}

    given = part_environment(plan, address="http://127.0.0.1:8080", valkey_socket=None, inherited=inherited)

    assert given["COUNTERSIGN_DATABASE_URL"] == "postgresql+psycopg://db/cs"
    assert given["COUNTERSIGN_REDIS_URL"] == "redis://bell:6379/0"
    assert given["COUNTERSIGN_PUBLIC_URL"] == "https://approve.example"
    assert given["COUNTERSIGN_DEMO"] == "0"


def test_demo_is_not_offered_to_the_network(tmp_path):
    plan = TreePlan(**{**PLAN, "host": "0.0.0.0", "data_dir": tmp_path})

    with pytest.raises(StartFailed, match="Demo mode listens on this machine only"):
        run_tree(plan, report=print)


def test_curl_lines_are_three_lines_of_shell():
    lines = curl_lines("http://127.0.0.1:8080", invoice=Path("/srv/my invoices/invoice.xml"))

    assert len(lines) == 3
    assert all("\n" not in line for line in lines)
    assert "@'/srv/my invoices/invoice.xml'" in lines[0]
    for line in lines:
        assert subprocess.run(["sh", "-n", "-c", line], check=False).returncode == 0


def test_commands_are_listed_with_what_they_do():
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "--help"], env=environment(), capture_output=True, text=True, check=True
    )

    for line in (
        "migrate   Make or change the tables",
        "ticker    Claim due timers",
        "up        Start everything",
        "web       Serve the pages",
    ):
        assert " ".join(line.split()) in " ".join(listed.stdout.split())


def test_unknown_command_is_a_wrong_usage():
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "launch"], env=environment(), capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "No such command 'launch'" in ended.stderr


def test_starting_the_tree_loads_neither_flask_nor_sqlalchemy():
    program = "import sys, app.cli.up, app.runtime.tree; print({'flask', 'sqlalchemy', 'SpiffWorkflow'} & set(sys.modules))"

    ended = subprocess.run([sys.executable, "-c", program], env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout == "set()\n"
