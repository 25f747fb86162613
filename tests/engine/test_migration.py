"""An instance goes on with another version of its definition, or the reasons why it cannot are told."""

import pytest

from app.domain.errors import MigrationRefused
from app.engine import Execution
from tests.engine.diagrams import (
    Play,
    boundary,
    bpmn,
    catch,
    end,
    gateway,
    parse,
    ports,
    refer,
    several,
    start,
    sub,
    throw,
    timer,
    user,
)

ROOTS = '<signal id="s" name="Stop"/><message id="m" name="Paid"/>'


def model(body, *flows, process="p"):
    return parse(bpmn(start() + body + end(), *flows, roots=ROOTS, process=process))


def migrate(play, to, mapping=None):
    """Migrate, and go on."""
    execution = play.restore().migrate(to, mapping or {})
    play.definition = to
    return play._take(execution)


def codes(play, to, mapping=None):
    refusals = play.restore().check_migration(to, mapping or {})
    assert all(each.message.endswith(".") and each.remedy.endswith(".") for each in refusals)
    return [(each.code, each.element) for each in refusals]


def test_tasks_votes_items_and_timers_stay():
    """SpiffWorkflow's migration loses the items and votes of a multi-instance and restarts its timers."""
    vote = user("V", several("who", item="w", output="votes", output_item="v")) + boundary("T", "V", timer("duration", "P3D"))
    old = model(vote + user("Late"), "S > V > E", "T > Late > E")
    later = vote.replace("P3D", "P9D") + user("Late") + user("Legal")
    new = model(later, "S > V > Legal > E", "T > Late > E")
    play = Play(old, {"who": ["a", "b", "c"]}).complete("V", {"v": 1})
    names, due = play.waiting_at("V"), play.timers

    migrate(play, new)
    assert play.waiting_at("V") == names
    assert play.timers == due
    assert [task.variables["w"] for task in play.restore().user_tasks()] == ["b", "c"]
    assert play.complete("V", {"v": 2}).complete("V", {"v": 3}).tasks == ["Legal"]
    assert play.variables["votes"] == [1, 2, 3]


def test_an_element_is_mapped_to_another():
    old, new = model(user("A"), "S > A > E"), model(user("A9") + user("B"), "S > A9 > B > E")
    play = Play(old)
    name = play.waiting_at("A")[0]
    assert codes(play, new) == [("element_gone", "A")]

    preview = play.restore().preview_migration(new, {"A": "A9"})
    assert (preview.refusals, preview.mapping, [each.element for each in preview.after]) == ((), {"A": "A9"}, ["A9"])
    migrate(play, new, {"A": "A9"})
    assert play.waiting_at("A9") == [name]
    assert play.complete("A9").tasks == ["B"]


def test_a_refused_migration_changes_nothing():
    play = Play(model(user("A"), "S > A > E"))
    execution = play.restore()
    before = execution.dump()
    with pytest.raises(MigrationRefused) as refused:
        execution.migrate(model(user("B"), "S > B > E"))

    assert [each["code"] for each in refused.value.facts["diagnostics"]] == ["element_gone"]
    assert execution.dump() == before
    assert execution.preview_migration(model(user("B"), "S > B > E")).progress is None


FORK = gateway("parallel", "G") + user("A") + user("B") + gateway("parallel", "J")
FORK_FLOWS = ["S > G > A > J > E", "G > B > J"]
RACE = gateway("eventBased", "G") + catch("A", refer("signal", "s")) + catch("D", timer("duration", "P1D"))
HANDLER = sub("H", start("HS", refer("signal", "s")) + user("HA"), "HS > HA", attributes='triggeredByEvent="true"')
TIMED = user("A") + boundary("T", "A", timer("duration", "P1D")) + user("L")
CASES = {
    "element_gone": ((user("A"), "S > A > E"), (user("B"), "S > B > E"), "A"),
    "kind_changed": ((user("A"), "S > A > E"), ('<manualTask id="A"/>', "S > A > E"), "A"),
    "scope_changed": ((user("A"), "S > A > E"), (sub("P", start("PS") + user("A"), "PS > A"), "S > P > E"), "A"),
    "multi_instance_changed": ((user("A"), "S > A > E"), (user("A", several(cardinality="2")), "S > A > E"), "A"),
    "boundary_event_gone": ((TIMED, "S > A > E", "T > L"), (user("A") + user("L"), "S > A > E", "S > L"), "T"),
    "event_subprocess_gone": ((user("A") + HANDLER, "S > A > E"), (user("A"), "S > A > E"), "H"),
    "trigger_changed": ((catch("A", refer("signal", "s")), "S > A > E"), (catch("A", refer("message", "m")), "S > A > E"), "A"),
    "event_gateway_changed": (
        (RACE, "S > G > A > E", "G > D > E"),
        (RACE + catch("D2", timer("duration", "P2D")), "S > G > A > E", "G > D > E", "G > D2 > E"),
        "G",
    ),
    "would_get_stuck": (
        (FORK, *FORK_FLOWS),
        (FORK + user("C"), *FORK_FLOWS, "G > C > J"),
        "J",
    ),
    "would_double": (
        (gateway("parallel", "G") + user("A") + user("B") + end("F"), "S > G > A > E", "G > B > F"),
        (gateway("parallel", "G") + user("A") + user("B") + user("C") + end("F"), "S > G > A > B > E", "G > C > F"),
        "B",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_what_has_no_place_is_refused(code):
    old, new, element = CASES[code]
    play = Play(model(old[0], *old[1:]))

    assert (code, element) in codes(play, model(new[0], *new[1:]))


def test_a_token_that_waits_at_a_changed_join_is_refused():
    play = Play(model(FORK, *FORK_FLOWS)).complete("A")

    assert ("join_changed", "J") in codes(play, model(FORK + user("C"), *FORK_FLOWS, "G > C > J"))
    assert codes(play, model(FORK + user("C"), "S > G > A > J > C > E", "G > B > J")) == []


def test_another_process_an_instance_that_is_over_and_a_wrong_mapping_are_refused():
    play = Play(model(user("A"), "S > A > E"))
    assert codes(play, model(user("A"), "S > A > E", process="q")) == [("process_changed", None)]
    assert codes(play, play.definition, {"nowhere": "A", "A": "nothing"}) == [
        ("mapping_unknown", "nowhere"),
        ("mapping_unknown", "nothing"),
        ("element_gone", "A"),
    ]

    play.complete("A")
    assert codes(play, play.definition) == [("instance_over", None)]


def test_what_waits_beside_the_flow_can_be_dropped_and_new_events_begin_to_wait():
    old = model(TIMED + HANDLER, "S > A > E", "T > L")
    new_event = boundary("T2", "A", timer("duration", "P5D"))
    new = model(user("A") + new_event + user("L") + HANDLER.replace('"H', '"K'), "S > A > E", "T2 > L")
    play = Play(old)

    migrate(play, new, {"T": None, "H": None})
    assert [element for element, _ in play.timers] == ["T2"]
    assert [wait.element for wait in play.restore().waits()] == ["KS"]
    assert play.do("catch_signal", "Stop").tasks == ["KA"]


def test_an_event_that_has_happened_does_not_wait_again():
    body = user("A") + boundary("T", "A", timer("duration", "P1D"), interrupts=False) + user("L")
    play = Play(model(body, "S > A > E", "T > L")).later(days=1)

    migrate(play, model(body + user("N"), "S > A > N > E", "T > L"))
    assert play.timers == []
    assert sorted(play.tasks) == ["A", "L"]


def test_sub_processes_calls_and_what_is_inside_move_along():
    def version(extra):
        inner = bpmn(start("CS") + user("C") + extra + end("CE"), "CS > C > CD > CE" if extra else "CS > C > CE", process="inner")
        body = start() + sub("P", start("PS") + '<callActivity id="K" calledElement="inner"/>' + end("PE"), "PS > K > PE") + end()
        return parse(bpmn(body, "S > P > E"), called={"inner": inner})

    play = Play(version(""), {"n": 1})
    name = play.waiting_at("C")
    migrate(play, version(user("CD")))

    assert play.waiting_at("C") == name
    assert play.complete("C", {"r": 2}).complete("CD").progress.completed
    assert play.variables == {"n": 1, "r": 2, "C": {"r": 2}, "CD": {}}


def test_what_can_be_compensated_is_kept_or_refused():
    handler = boundary("OnA", "A", "<compensateEventDefinition/>") + '<task id="Undo" isForCompensation="true"/>'
    handler += '<association id="L" sourceRef="OnA" targetRef="Undo"/>'
    undo = throw("T", "<compensateEventDefinition/>")
    body = user("A") + user("B") + undo
    play = Play(model(body + handler, "S > A > B > T > E")).complete("A")
    assert codes(play, model(body, "S > A > B > T > E")) == [("compensation_gone", "A")]

    migrate(play, model(body + handler + user("C"), "S > A > B > C > T > E")).complete("B").complete("C")
    assert play.path[-4:] == ["OnA", "Undo", "T", "E"]


def test_migration_is_repeatable_and_the_old_state_stays_usable():
    old, new = model(user("A"), "S > A > E"), model(user("A") + user("B"), "S > A > B > E")
    play = Play(old)
    blob = play.blob
    first, second = (play.restore().migrate(new).dump() for _ in range(2))

    assert first == second
    assert [each.element for each in Execution.restore(old, blob, ports()).active()] == ["A"]
