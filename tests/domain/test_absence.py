"""Who stands in for whom on a day: chains, caps, processes, circles."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.absence import Absence, Cover, find_circle, find_covers, find_overlap, find_stand_ins
from app.domain.cover_limits import covers_task, limits_of
from app.domain.matrix.authority import Rates
from app.domain.matrix.values import ExchangeRate
from app.domain.money import Money
from app.domain.people import Directory, Person

TODAY = date(2026, 11, 2)
NAMES = ("ann", "ben", "cas", "dee", "eve", "fay")
KEYS = ("invoice", "order")


def person(username, **more):
    """Return a person whose id is his name."""
    return Person(id=username, username=username, full_name=username.capitalize(), **more)


def away(user, stand_in, *, days=(0, 0), cap=None, processes=()):
    """Return an absence from and to days counted from today."""
    first, last = (TODAY + timedelta(days=each) for each in days)
    amount = None if cap is None else Money(Decimal(cap), "EUR")
    key = f"{user}>{stand_in}{days}{cap}{processes}"
    return Absence(
        id=key, user_id=user, stand_in_id=stand_in, starts_on=first, ends_on=last, amount_max=amount, processes=frozenset(processes)
    )


def acting(people, absences, user, on=TODAY):
    """Return for whom the user acts."""
    return sorted(cover.principal_id for cover in find_covers(Directory(people, absences), user, on=on))


def test_an_absence_counts_from_its_first_day_to_its_last():
    """ESC-05."""
    people, absences = [person("ann"), person("ben")], [away("ann", "ben", days=(1, 3))]

    found = [acting(people, absences, "ben", TODAY + timedelta(days=each)) for each in range(5)]

    assert found == [[], ["ann"], ["ann"], ["ann"], []]


def test_a_chain_ends_at_the_one_who_is_there():
    """ESC-05: whoever stands in for somebody away acts for whom he stands in for; a backup goes no further."""
    people = [person("ann"), person("ben"), person("cas", backup_id="dee", backup_active=True), person("dee")]
    directory = Directory(people, [away("ann", "ben"), away("ben", "cas")])

    assert acting(people, [away("ann", "ben"), away("ben", "cas")], "cas") == ["ann", "ben"]
    assert acting(people, [away("ann", "ben"), away("ben", "cas")], "dee") == ["cas"]
    assert [each.id for each, _ in find_stand_ins(directory, "ann", on=TODAY)] == ["cas"]


def test_who_stands_in_for_a_backup_who_is_away_acts_for_his_principal():
    people = [person("ann", backup_id="ben", backup_active=True), person("ben"), person("cas")]

    assert acting(people, [away("ben", "cas")], "cas") == ["ann", "ben"]
    assert [each.id for each, _ in find_stand_ins(Directory(people, [away("ben", "cas")]), "ann", on=TODAY)] == ["cas"]


def test_a_successor_acts_for_all_whom_his_predecessor_stood_in_for():
    """USR-27, USR-39."""
    people = [person("ann"), person("ben", active=False, successor_id="cas"), person("cas"), person("dee", kind="portal")]

    assert acting(people, [away("ann", "ben")], "cas") == ["ann", "ben"]
    assert acting(people, [away("ann", "dee")], "dee") == []


def test_every_cap_and_process_of_a_chain_holds():
    people = [person(name) for name in NAMES]
    chain = [away("ann", "ben", cap="500", processes=["invoice"]), away("ben", "cas", cap="2000", processes=["invoice", "order"])]

    (of_ann,) = [each for each in find_covers(Directory(people, chain), "cas", on=TODAY) if each.principal_id == "ann"]

    assert (of_ann.caps, of_ann.processes) == ((Money(Decimal(500), "EUR"),), {"invoice"})
    apart = [away("ann", "ben", processes=["invoice"]), away("ben", "cas", processes=["order"])]
    assert acting(people, apart, "cas") == ["ben"]


def test_a_cap_holds_in_the_currency_of_the_document():
    """ESC-05: inclusive, without the sign; a currency that no rate leads to is not covered."""
    rates = Rates([ExchangeRate(source="EUR", target="USD", rate=Decimal("1.25"), valid_on=None)])
    cover = Cover(principal_id="ann", caps=(Money(Decimal(1000), "EUR"),), processes=frozenset({"invoice"}))

    def allows(amount, currency, process="invoice"):
        return covers_task(cover, process=process, total=Money(Decimal(amount), currency), rates=rates, on=TODAY)

    assert limits_of(cover, rates, on=TODAY) == {"EUR": Decimal("1000.0000"), "USD": Decimal("1250.0000")}
    assert [allows("1250", "USD"), allows("-1250", "USD"), allows("1250.01", "USD")] == [True, True, False]
    assert [allows("1000", "EUR"), allows("1", "CHF"), allows("1", "EUR", "order")] == [True, False, False]
    assert covers_task(cover, process="invoice", total=None, rates=rates, on=TODAY)
    assert limits_of(Cover(principal_id="ann"), rates, on=TODAY) is None


def test_a_circle_is_one_day_on_which_nobody_is_there():
    others = [away("ben", "cas", days=(0, 9)), away("cas", "ann", days=(5, 9))]

    assert find_circle(others, away("ann", "ben", days=(9, 20))) == ["ann", "ben", "cas"]
    assert find_circle(others, away("ann", "ben", days=(0, 4))) == []
    assert find_circle(others, away("dee", "ann", days=(0, 9))) == []
    assert find_circle([away("ben", "ann", processes=["order"])], away("ann", "ben", processes=["invoice"])) == []


def test_two_absences_of_one_user_share_no_day_unless_they_share_no_process():
    there = away("ann", "ben", days=(0, 3), processes=["invoice"])

    assert find_overlap([there], away("ann", "cas", days=(3, 5))) is there
    assert find_overlap([there], away("ann", "cas", days=(4, 5))) is None
    assert find_overlap([there], away("ann", "cas", days=(3, 5), processes=["order"])) is None
    assert find_overlap([there], away("eve", "cas", days=(3, 5))) is None
    assert find_overlap([there], there) is None


@st.composite
def companies(draw):
    """Draw people who are away, have backups and have left, in any shape."""
    people = []
    for name in NAMES:
        others = [None, *(other for other in NAMES if other != name)]
        backup, successor = draw(st.sampled_from(others)), draw(st.sampled_from(others))
        is_on, is_active = draw(st.booleans()) and backup is not None, draw(st.sampled_from([True, True, False]))
        kind = draw(st.sampled_from(["full", "full", "portal"]))
        people.append(person(name, backup_id=backup, backup_active=is_on, active=is_active, successor_id=successor, kind=kind))
    pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])
    absences = [
        away(*pair, days=draw(st.sampled_from([(0, 0), (-1, 1), (1, 2), (-2, -1)])), cap=draw(st.sampled_from([None, None, "5", "9"])))
        for pair in draw(st.lists(pairs, max_size=6, unique_by=lambda pair: pair[0]))
    ]
    return people, absences


def acts_for(company, actor, principal, amount):
    """Return by brute force whether the actor may act for the principal on an amount: the words of the module, link by link."""
    people, absences = company
    by_id = {each.id: each for each in people}

    def may(user):
        return not by_id[user].active or by_id[user].kind == "full"

    def links(user, *, is_first=False):
        there = by_id[user]
        if not there.active:
            return [there.successor_id] if there.successor_id else []
        named = [each.stand_in_id for each in absences if each.user_id == user and each.is_in_force(TODAY) and within(each)]
        if is_first and there.backup_active:
            named.append(there.backup_id)
        return [each for each in named if may(each)]

    def within(absence):
        return absence.amount_max is None or amount <= absence.amount_max.amount

    def leads_on(user, path):
        return user == actor or any(leads_on(each, (*path, each)) for each in links(user) if each not in path)

    return principal != actor and any(leads_on(each, (principal, each)) for each in links(principal, is_first=True))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies(), st.sampled_from([Decimal(1), Decimal(7), Decimal(20)]))
def test_whom_a_person_acts_for_is_what_the_links_say(company, amount):
    """ESC-05, USR-25, USR-27: in any company, the acting set is that of a search by brute force, and no chain runs for ever."""
    people, absences = company
    directory, total = Directory(people, absences), Money(amount, "EUR")

    for actor in NAMES:
        if not directory.get(actor).active:
            continue
        found = {
            cover.principal_id
            for cover in find_covers(directory, actor, on=TODAY)
            if covers_task(cover, process="invoice", total=total, rates=Rates(()), on=TODAY)
        }
        assert found == {principal for principal in NAMES if acts_for(company, actor, principal, amount)}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_who_has_left_is_reached_by_somebody_active_wherever_his_successors_end(company):
    """USR-39: nothing of somebody who has left is out of reach."""
    people, absences = company
    directory = Directory(people, absences)

    for left in people:
        heir = directory.acting_for(left)
        if not left.active and heir is not None:
            assert left.id in {cover.principal_id for cover in find_covers(directory, heir.id, on=TODAY)}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_what_is_entered_leaves_somebody_there(wanted):
    """ESC-05: absences that were entered one by one, each refused where it closes a circle, always end at somebody who is there."""
    entered = []
    for user, stand_in, first, length in wanted:
        new = away(user, stand_in, days=(first, first + length))
        if user != stand_in and find_overlap(entered, new) is None and not find_circle(entered, new):
            entered.append(new)
    directory = Directory([person(name) for name in NAMES], entered)

    for each in entered:
        for number in range((each.ends_on - each.starts_on).days + 1):
            on = each.starts_on + timedelta(days=number)
            assert find_stand_ins(directory, each.user_id, on=on)
