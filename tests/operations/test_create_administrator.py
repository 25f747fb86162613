"""The first administrator of an installation, and the commands that bring him in."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from app.cli import main
from app.domain.errors import InvalidRequest, NotFound, UsernameInUse
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.callers import find_caller
from app.operations.people.create_administrator import create_administrator, make_password_link
from app.operations.people.list_users import list_users
from app.operations.people.set_password import set_password
from app.operations.people.sign_in import sign_in
from app.persistence.migrations import upgrade
from app.persistence.tables.people import environment
from app.wiring import build_system
from tests.conftest import PlainPasswords, VirtualClock, test_settings

NEW = "a sentence is easy"


@pytest.fixture
def empty(tmp_path):
    """Give the system of an installation without the demo: a database without a row."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    upgrade(url)
    system = replace(build_system(test_settings(url, tmp_path)), clock=VirtualClock(), passwords=PlainPasswords())
    yield system
    system.database.close()


def secret_of(address):
    """Return the secret at the end of an address."""
    return address.rsplit("/", 1)[1]


def test_the_first_administrator_gets_in(empty):
    """Without the demo: one command, one link, and he keeps the users."""
    address = create_administrator(
        empty, "Ada", full_name="Ada Lovelace", email="ada@example.com", time_zone="Europe/London", base_currency="GBP"
    )
    assert address.startswith("http://countersign.test/password/")

    set_password(empty, secret_of(address), NEW)

    ada = sign_in(empty, "ada", NEW)
    assert ada.roles == {"administrator"}
    assert [each["username"] for each in list_users(empty, ada).body["items"]] == ["ada"]
    with empty.database.read() as reading:
        (row,) = reading.rows(sa.select(environment))
    assert (row.time_zone, row.base_currency) == ("Europe/London", "GBP")


def test_another_administrator_joins_the_environment(office):
    create_administrator(office.system, "boss", full_name="The Boss")

    assert find_caller(office.system, "boss").environment_id == office.caller("adm").environment_id


def test_a_name_is_taken_once(office):
    with pytest.raises(UsernameInUse):
        create_administrator(office.system, "Marc", full_name="Another Marc")


@pytest.mark.parametrize(
    ("username", "more"),
    [("", {}), ("a b", {}), ("x", {"email": "nowhere"}), ("x", {"time_zone": "Mars/Base"}), ("x", {"base_currency": "euro"})],
)
def test_bad_input_makes_nobody(office, username, more):
    with pytest.raises(InvalidRequest):
        create_administrator(office.system, username, full_name="X", **more)


def test_a_link_is_made_for_active_users_alone(office):
    address = make_password_link(office.system, "marc")
    set_password(office.system, secret_of(address), NEW)
    assert sign_in(office.system, "marc", NEW).username == "marc"

    for username in ("otto", "nobody"):
        with pytest.raises(NotFound):
            make_password_link(office.system, username)


def test_the_commands_print_links_and_tokens(office, settings, monkeypatch):
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("COUNTERSIGN_DATA_DIR", str(settings.data_dir))

    def run(*arguments, code=0):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result.output.strip()

    assert "/password/cs_" in run("user", "create", "boss", "--name", "The Boss")
    assert "is in use" in run("user", "create", "boss", "--name", "The Boss", code=1)
    assert "/password/cs_" in run("user", "password-link", "marc")
    assert "no active user" in run("user", "password-link", "nobody", code=1)
    office.system.clock.now = office.system.clock.now.replace(year=2020)  # the command's clock is the real one
    token = run("token", "marc", "--scope", "read", "--scope", "send", "--expires", "7", "--label", "Nightly")
    assert authenticate_token(office.system, token).scopes == {"read", "send"}
    run("token", "marc", "--scope", "fly", code=2)
    run("token", "marc", "--expires", "400", code=2)
