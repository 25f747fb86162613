"""Activities: tasks, sub-processes, calls, repetition, transactions, ad-hoc."""

from tests.engine.catalogue.cases import Case
from tests.engine.diagrams import boundary, end, gateway, refer, script, several, start, sub, timer, user


def loop(text="", *, maximum="", before=False):
    """Return standard loop characteristics."""
    limit = f' loopMaximum="{maximum}"' if maximum else ""
    condition = f"<loopCondition>{text.replace('<', '&lt;')}</loopCondition>" if text else ""
    return f'<standardLoopCharacteristics testBefore="{str(before).lower()}"{limit}>{condition}</standardLoopCharacteristics>'


def ad_hoc(name, body, *flows, condition="", ordering="Parallel", cancels=True, inner=""):
    """Return an ad-hoc sub-process."""
    written = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return sub(
        name,
        body + written,
        *flows,
        tag="adHocSubProcess",
        attributes=f'ordering="{ordering}" cancelRemainingInstances="{str(cancels).lower()}"',
        inner=inner,
    )


VOTES = {"item": "who", "output": "votes", "output_item": "vote"}
PEOPLE = {"people": ["a", "b", "c"]}
CASES = [
    Case(
        name="tasks of all kinds that need nobody",
        body=start() + '<task id="A"/>' + '<sendTask id="B"/>' + '<receiveTask id="C"/>' + script("D", "1 + 1", result="two") + end(),
        flows=["S > A > B > C > D > E"],
        trace="S, A, B, C, D, E",
        values={"two": 2},
    ),
    Case(
        name="tasks of all kinds that wait for somebody",
        body=start() + user("A") + '<manualTask id="B"/>' + end(),
        flows=["S > A > B > E"],
        steps=[("complete", "A", {"x": 1}), ("complete", "B")],
        trace="S, A, B, E",
        values={"x": 1, "A": {"x": 1}},
    ),
    Case(
        name="sub-process",
        body=start() + sub("P", start("PS") + user("A") + end("PE"), "PS > A > PE") + end(),
        flows=["S > P > E"],
        steps=[("complete", "A", {"x": 1})],
        trace="S, PS, A, PE, P, E",
        values={"x": 1},
    ),
    Case(
        name="sub-process without events",
        body=start() + sub("P", '<task id="A"/><task id="B"/>') + end(),
        flows=["S > P > E"],
        trace="S, A, B, P, E",
    ),
    Case(name="empty sub-process", body=start() + sub("P", "") + end(), flows=["S > P > E"], trace="S, P, E"),
    Case(
        name="start quantity",
        body=start() + gateway("parallel", "G") + user("A") + user("B") + user("C") + '<task id="D" startQuantity="2"/>' + end(),
        flows=["S > G > A > D > E", "G > B > D", "G > C > E"],
        steps=[("complete", "A"), ("complete", "C"), ("complete", "B")],
        trace="S, G, A, C, E, B, D, E",
    ),
    Case(
        name="completion quantity",
        body=start() + '<task id="A" completionQuantity="2"/><task id="B"/>' + end(),
        flows=["S > A > B > E"],
        trace="S, A, B, B, E, E",
    ),
    Case(
        name="multi-instance: parallel, votes in the order of the instances",
        body=start() + user("A", several("people", **VOTES)) + end(),
        flows=["S > A > E"],
        variables=PEOPLE,
        steps=[("complete", "A", {"vote": n}) for n in (1, 2, 3)],
        trace="S, A, A, A, E",
        values={"votes": [1, 2, 3]},
    ),
    Case(
        name="multi-instance: sequential",
        body=start() + user("A", several("people", sequential=True, **VOTES)) + end(),
        flows=["S > A > E"],
        variables=PEOPLE,
        steps=[("complete", "A", {"vote": n}) for n in (1, 2, 3)],
        trace="S, A, A, A, E",
        values={"votes": [1, 2, 3]},
    ),
    Case(
        name="multi-instance: parallel, completion condition over all outcomes",
        body=start() + user("A", several("people", until="count(outcomes[item = true]) >= 2", **VOTES)) + end(),
        flows=["S > A > E"],
        variables=PEOPLE,
        steps=[("complete", "A", {"vote": True}), ("complete", "A", {"vote": True})],
        trace="S, A, A, A cancelled, E",
        values={"votes": [True, True]},
    ),
    Case(
        name="multi-instance: sequential, completion condition in the words of the standard",
        body=start() + user("A", several("people", sequential=True, until="numberOfCompletedInstances = 2", **VOTES)) + end(),
        flows=["S > A > E"],
        variables=PEOPLE,
        steps=[("complete", "A", {"vote": 1}), ("complete", "A", {"vote": 2})],
        trace="S, A, A, E",
        values={"votes": [1, 2]},
    ),
    Case(
        name="multi-instance: one instance cancelled",
        body=start() + user("A", several("people", **VOTES)) + end(),
        flows=["S > A > E"],
        variables=PEOPLE,
        steps=[("complete", "A", {"vote": 1}), ("cancel_instance", "A"), ("complete", "A", {"vote": 3})],
        trace="S, A, A cancelled, A, E",
        values={"votes": [1, 3]},
    ),
    Case(
        name="multi-instance: no instances",
        body=start() + user("A", several("people", **VOTES)) + end(),
        flows=["S > A > E"],
        variables={"people": []},
        trace="S, A, E",
        values={"votes": []},
    ),
    Case(
        name="multi-instance: no instances by number, sequential",
        body=start() + user("A", several(cardinality="0", sequential=True)) + end(),
        flows=["S > A > E"],
        trace="S, A, E",
    ),
    Case(
        name="multi-instance sub-process with an error that ends all",
        body=start()
        + sub("P", start("PS") + user("A") + end("PE", refer("error", "e")), "PS > A > PE", inner=several(cardinality="2"))
        + boundary("B", "P", refer("error", "e"))
        + end()
        + end("F"),
        flows=["S > P > E", "B > F"],
        steps=[("complete", "A")],
        trace="S, PS, PS, A, PE, P cancelled, A cancelled, P cancelled, B, F",
    ),
    Case(
        name="multi-instance sub-process: terminate ends one instance",
        body=start()
        + sub(
            "P",
            start("PS") + gateway("parallel", "G") + user("A") + user("W") + end("PE", refer("terminate")),
            "PS > G > A > PE",
            "G > W",
            inner=several(cardinality="2", sequential=True),
        )
        + end(),
        flows=["S > P > E"],
        steps=[("complete", "A"), ("complete", "A")],
        trace="S, PS, G, A, PE, W cancelled, P, PS, G, A, PE, W cancelled, P, E",
    ),
    Case(
        name="multi-instance with a timer that interrupts all",
        body=start() + user("A", several(cardinality="2")) + boundary("B", "A", timer("duration", "P1D")) + end() + end("F"),
        flows=["S > A > E", "B > F"],
        steps=[("complete", "A"), ("later", 1)],
        trace="S, A, A cancelled, B, F",
    ),
    Case(
        name="loop: tests after",
        body=start() + user("A", loop("loopCounter < 3")) + end(),
        flows=["S > A > E"],
        steps=[("complete", "A")] * 3,
        trace="S, A, A, A, E",
    ),
    Case(
        name="loop: tests before, and not once",
        body=start() + user("A", loop("again", before=True)) + end(),
        flows=["S > A > E"],
        variables={"again": False},
        trace="S, A, E",
    ),
    Case(
        name="loop: at most so often",
        body=start() + user("A", loop("true", maximum="2")) + end(),
        flows=["S > A > E"],
        steps=[("complete", "A")] * 2,
        trace="S, A, A, E",
    ),
    Case(
        name="ad-hoc: all activities, in parallel",
        body=start() + ad_hoc("P", user("A") + user("B")) + end(),
        flows=["S > P > E"],
        steps=[("complete", "B"), ("complete", "A")],
        trace="S, B, A, P, E",
    ),
    Case(
        name="ad-hoc: one after the other",
        body=start() + ad_hoc("P", user("A") + user("B") + user("C"), "B > C", ordering="Sequential") + end(),
        flows=["S > P > E"],
        steps=[("complete", "A"), ("complete", "B"), ("complete", "C")],
        trace="S, A, B, C, P, E",
    ),
    Case(
        name="ad-hoc: a completion condition that cancels the rest",
        body=start() + ad_hoc("P", user("A") + user("B"), condition="done") + end(),
        flows=["S > P > E"],
        variables={"done": False},
        steps=[("complete", "B", {"done": True})],
        trace="S, B, A cancelled, P, E",
    ),
    Case(
        name="ad-hoc: a completion condition that waits for what runs",
        body=start() + ad_hoc("P", user("A") + user("B"), condition="done", cancels=False) + end(),
        flows=["S > P > E"],
        variables={"done": False},
        steps=[("complete", "B", {"done": True}), ("complete", "A", {"done": False})],
        trace="S, B, A, P, E",
    ),
    Case(
        name="ad-hoc: another round while the condition is false",
        body=start() + ad_hoc("P", user("A"), condition="done") + end(),
        flows=["S > P > E"],
        steps=[("complete", "A", {"done": False}), ("complete", "A", {"done": True})],
        trace="S, A, A, P, E",
    ),
    Case(
        name="ad-hoc: a condition that is never needed in a sequence",
        body=start() + ad_hoc("P", user("A") + user("B"), condition="done", ordering="Sequential") + end(),
        flows=["S > P > E"],
        steps=[("complete", "A", {"done": True})],
        trace="S, A, P, E",
    ),
    Case(
        name="ad-hoc with a boundary event",
        body=start() + ad_hoc("P", user("A") + user("B")) + boundary("T", "P", timer("duration", "P1D")) + end() + end("F"),
        flows=["S > P > E", "T > F"],
        steps=[("complete", "A"), ("later", 1)],
        trace="S, A, B cancelled, P cancelled, T, F",
    ),
]

for behavior, reference, count in (("None", "noneBehaviorEventRef", 2), ("One", "oneBehaviorEventRef", 1), ("All", "", 0)):
    repeated = several(cardinality="2").replace(
        "<multiInstanceLoopCharacteristics ",
        f'<multiInstanceLoopCharacteristics behavior="{behavior}" {reference + chr(61) + chr(34) + "Sig" + chr(34) if reference else ""} ',
    )
    CASES.append(
        Case(
            name=f"multi-instance behavior: {behavior}",
            body=start() + user("A", repeated) + boundary("B", "A", refer("signal", "s"), interrupts=False) + end() + end("F"),
            flows=["S > A > E", "B > F"],
            steps=[("complete", "A"), ("complete", "A")],
            trace={2: "S, A, B, F, A, B, E, F", 1: "S, A, B, F, A, E", 0: "S, A, A, E"}[count],
            events=" ".join(["Stop"] * count),
            roots='<signalEventDefinition id="Sig" signalRef="s"/>',
        )
    )
CASES.append(
    Case(
        name="multi-instance behavior: Complex",
        body=start()
        + user(
            "A",
            several(cardinality="3")
            .replace("<multiInstanceLoopCharacteristics ", '<multiInstanceLoopCharacteristics behavior="Complex" ')
            .replace(
                "</multiInstanceLoopCharacteristics>",
                '<complexBehaviorDefinition id="D"><condition>nrOfCompletedInstances = 2</condition>'
                '<event id="V"><escalationEventDefinition escalationRef="x"/></event></complexBehaviorDefinition>'
                "</multiInstanceLoopCharacteristics>",
            ),
        )
        + boundary("B", "A", refer("escalation", "x"))
        + end()
        + end("F"),
        flows=["S > A > E", "B > F"],
        steps=[("complete", "A"), ("complete", "A")],
        trace="S, A, A, A cancelled, B, F",
    )
)
