"""The directory: names, roles, backups, successors."""

import pytest

from app.domain.people import SUCCESSORS_MAX, Directory, Person


def person(username, **more):
    """Return a person whose id is his name in capitals."""
    return Person(id=username.upper(), username=username, full_name=username.capitalize(), **more)


def test_people_are_found_by_id_name_and_role():
    marc, eva = person("marc"), person("eva", roles=frozenset({"coding"}))
    directory = Directory([marc, eva])

    assert directory.get("MARC") is marc
    assert directory.find("eva") is eva
    assert directory.find("EVA") is None
    assert directory.name("MARC") == "marc"
    assert directory.name(None) is None
    assert directory.with_role("coding") == (eva,)
    assert directory.with_role("analyst") == ()
    assert list(directory) == [marc, eva]


def test_only_active_people_hold_a_role_in_the_order_of_their_names():
    roles = frozenset({"coding"})
    directory = Directory([person("ben", roles=roles), person("ann", roles=roles), person("zoe", roles=roles, active=False)])

    assert [each.username for each in directory.with_role("coding")] == ["ann", "ben"]


@pytest.mark.parametrize(("is_on", "expected"), [(True, ["marc"]), (False, [])])
def test_a_backup_covers_while_he_is_switched_on(is_on, expected):
    """USR-25, USR-26."""
    directory = Directory([person("marc", backup_id="ANN", backup_active=is_on), person("ann")])

    assert [each.username for each in directory.covered_by("ANN")] == expected
    assert directory.covered_by("MARC") == ()


def test_a_backup_does_not_cover_whom_his_principal_covers():
    """USR-25: one step, no chain; each acts for whom he was named."""
    directory = Directory(
        [person("marc", backup_id="ANN", backup_active=True), person("ann", backup_id="BEN", backup_active=True), person("ben")]
    )

    assert [each.username for each in directory.covered_by("BEN")] == ["ann"]


def test_the_successor_of_who_has_left_acts_for_him():
    """USR-27."""
    otto, anna, marc = person("otto", active=False, successor_id="ANNA"), person("anna", active=False, successor_id="MARC"), person("marc")
    directory = Directory([otto, anna, marc])

    assert directory.acting_for(otto) is marc
    assert directory.acting_for(marc) is marc


@pytest.mark.parametrize("links", [{"otto": None}, {"otto": "ANNA", "anna": "OTTO"}, {"otto": "OTTO"}])
def test_successors_that_end_with_nobody_or_in_a_circle_are_nobody(links):
    """USR-27."""
    people = [person(name, active=False, successor_id=to) for name, to in links.items()]

    assert Directory(people).acting_for(people[0]) is None


def test_a_chain_of_successors_is_bounded():
    last = SUCCESSORS_MAX + 5
    people = [person(f"p{number}", active=number == last, successor_id=f"P{number + 1}") for number in range(last + 1)]

    assert Directory(people).acting_for(people[0]) is None
    assert Directory(people).acting_for(people[10]) is people[last]
