"""Events: each trigger at each place, interrupting or not."""

from tests.engine.catalogue.cases import Case
from tests.engine.diagrams import boundary, catch, condition, end, gateway, refer, start, sub, throw, timer, user

PAID, STOP, DAY, GO = ("message", "Paid", None), ("signal", "Stop", None), ("later", 1), ("set", {"go": True}, "C A")
WAITED = {
    "message": (refer("message", "m"), PAID),
    "signal": (refer("signal", "s"), STOP),
    "timer": (timer("duration", "P1D"), DAY),
    "timer date": (timer("date", "2026-01-02T00:00:00Z"), DAY),
    "timer cycle": (timer("cycle", "R3/P1D"), DAY),
    "conditional": (condition("go"), GO),
    "several, first": (refer("message", "m") + refer("signal", "s"), PAID),
    "several, second": (refer("message", "m") + refer("signal", "s"), STOP),
    "several with timer": (refer("message", "m") + timer("duration", "P1D"), DAY),
    "several with condition": (refer("message", "m") + condition("go"), GO),
}
THROWN = {
    "error": (refer("error", "e"), refer("error", "e")),
    "error, any": (refer("error", "e"), refer("error")),
    "escalation": (refer("escalation", "x"), refer("escalation", "x")),
    "escalation, any": (refer("escalation", "x"), refer("escalation")),
}
BOTH = refer("message", "m") + refer("signal", "s")
CASES = []


def parallel(text):
    """Return an event all of whose triggers must come."""
    return text.replace("<boundaryEvent ", '<boundaryEvent parallelMultiple="true" ').replace(
        "<intermediateCatchEvent ", '<intermediateCatchEvent parallelMultiple="true" '
    )


def handler(trigger, *, interrupts=True, extra=""):
    """Return an event sub-process with a user task H."""
    first = f'<startEvent id="ES" isInterrupting="{str(interrupts).lower()}" {extra}>{trigger}</startEvent>'
    return sub("Handle", first + user("H") + end("HE"), "ES > H > HE", attributes='triggeredByEvent="true"')


for kind, (trigger, step) in WAITED.items():
    CASES += [
        Case(
            name=f"intermediate catch: {kind}",
            body=start() + catch("C", trigger) + end(),
            flows=["S > C > E"],
            steps=[step],
            trace="S, C, E",
        ),
        Case(
            name=f"boundary: {kind}, interrupting",
            body=start() + user("A") + boundary("B", "A", trigger) + end() + end("F"),
            flows=["S > A > E", "B > F"],
            steps=[step],
            trace="S, A cancelled, B, F",
        ),
        Case(
            name=f"boundary: {kind}, not interrupting",
            body=start() + user("A") + boundary("B", "A", trigger, interrupts=False) + end() + end("F"),
            flows=["S > A > E", "B > F"],
            steps=[step, ("complete", "A")],
            trace="S, B, F, A, E",
        ),
        Case(
            name=f"boundary: {kind}, does not happen",
            body=start() + user("A") + boundary("B", "A", trigger) + end() + end("F"),
            flows=["S > A > E", "B > F"],
            steps=[("complete", "A")],
            trace="S, A, E",
        ),
        Case(
            name=f"boundary of a sub-process: {kind}, interrupting",
            body=start() + sub("P", start("PS") + user("A") + end("PE"), "PS > A > PE") + boundary("B", "P", trigger) + end() + end("F"),
            flows=["S > P > E", "B > F"],
            steps=[step],
            trace="S, PS, A cancelled, P cancelled, B, F",
        ),
        Case(
            name=f"event sub-process: {kind}, interrupting",
            body=start() + user("A") + end() + handler(trigger),
            flows=["S > A > E"],
            steps=[step, ("complete", "H")],
            trace="S, A cancelled, ES, H, HE, Handle",
        ),
        Case(
            name=f"event sub-process: {kind}, not interrupting",
            body=start() + user("A") + end() + handler(trigger, interrupts=False),
            flows=["S > A > E"],
            steps=[step, ("complete", "A"), ("complete", "H")],
            trace="S, ES, A, E, H, HE, Handle",
        ),
        Case(
            name=f"event sub-process: {kind}, does not happen",
            body=start() + user("A") + end() + handler(trigger),
            flows=["S > A > E"],
            steps=[("complete", "A")],
            trace="S, A, E",
        ),
        Case(
            name=f"event-based gateway: {kind}",
            body=start() + gateway("eventBased", "G") + catch("C", trigger) + catch("D", timer("duration", "P9D")) + end() + end("F"),
            flows=["S > G > C > E", "G > D > F"],
            steps=[step],
            trace="S, G, D cancelled, C, E",
        ),
    ]

for kind, (thrown, caught) in THROWN.items():
    ends = kind.startswith("error")
    inner = sub("P", start("PS") + user("A") + end("PE", thrown), "PS > A > PE")
    CASES += [
        Case(
            name=f"boundary: {kind} thrown by an end event, interrupting",
            body=start() + inner + boundary("B", "P", caught) + end() + end("F"),
            flows=["S > P > E", "B > F"],
            steps=[("complete", "A")],
            trace="S, PS, A, PE, P cancelled, B, F",
        ),
        Case(
            name=f"event sub-process: {kind} thrown by an end event, interrupting",
            body=start() + user("W") + gateway("parallel", "G") + user("A") + end() + end("PE", thrown) + handler(caught),
            flows=["S > G > A > PE", "G > W > E"],
            steps=[("complete", "A"), ("complete", "H")],
            trace="S, G, A, PE, W cancelled, ES, H, HE, Handle",
        ),
        Case(
            name=f"event sub-process around a sub-process: {kind}, interrupting",
            body=start() + inner + end() + handler(caught),
            flows=["S > P > E"],
            steps=[("complete", "A"), ("complete", "H")],
            trace="S, PS, A, PE, P cancelled, ES, H, HE, Handle",
        ),
    ]
    if not ends:
        CASES += [
            Case(
                name=f"boundary: {kind} thrown by an end event, not interrupting",
                body=start() + inner + boundary("B", "P", caught, interrupts=False) + end() + end("F"),
                flows=["S > P > E", "B > F"],
                steps=[("complete", "A")],
                trace="S, PS, A, PE, B, P, F, E",
            ),
            Case(
                name=f"event sub-process: {kind} thrown by an intermediate event, not interrupting",
                body=start() + throw("T", thrown) + user("A") + end() + handler(caught, interrupts=False),
                flows=["S > T > A > E"],
                steps=[("complete", "A"), ("complete", "H")],
                trace="S, T, ES, A, E, H, HE, Handle",
            ),
        ]

CASES += [
    Case(
        name="error: the one that names the code wins, also outside one that catches all",
        body=start()
        + sub("P", start("PS") + end("PE", refer("error", "e")), "PS > PE")
        + boundary("All", "P", refer("error"))
        + boundary("One", "P", refer("error", "e"))
        + end()
        + end("F1")
        + end("F2"),
        flows=["S > P > E", "All > F1", "One > F2"],
        trace="S, PS, PE, P cancelled, One, F2",
    ),
    Case(
        name="error: another code passes to the scope around",
        body=start()
        + sub(
            "Q",
            start("QS")
            + sub("P", start("PS") + end("PE", refer("error", "e")), "PS > PE")
            + boundary("B", "P", refer("error", "e2"))
            + end("QE"),
            "QS > P > QE",
            "B > QE",
        )
        + boundary("C", "Q", refer("error", "e"))
        + end()
        + end("F"),
        flows=["S > Q > E", "C > F"],
        trace="S, QS, PS, PE, P cancelled, Q cancelled, C, F",
    ),
    Case(
        name="escalation: nobody catches it, and it goes on",
        body=start() + throw("T", refer("escalation", "x")) + end("E", refer("escalation", "x2")),
        flows=["S > T > E"],
        trace="S, T, E",
        events="LATE VERY_LATE",
    ),
    Case(
        name="signal: thrown to all that wait, and out",
        body=start()
        + gateway("parallel", "G")
        + catch("C", refer("signal", "s"))
        + sub("P", start("PS") + catch("D", refer("signal", "s")) + end("PE"), "PS > D > PE")
        + user("A")
        + throw("T", refer("signal", "s"))
        + end(),
        flows=["S > G > C > E", "G > P > E", "G > A > T > E"],
        steps=[("complete", "A")],
        trace="S, G, PS, A, T, C, D, E, E, PE, P, E",
        events="Stop",
    ),
    Case(
        name="signal end event",
        body=start() + gateway("parallel", "G") + catch("C", refer("signal", "s")) + user("A") + end() + end("F", refer("signal", "s")),
        flows=["S > G > C > E", "G > A > F"],
        steps=[("complete", "A")],
        trace="S, G, A, F, C, E",
        events="Stop",
    ),
    Case(
        name="message: thrown to one that waits here",
        body=start() + gateway("parallel", "G") + catch("C", refer("message", "m")) + user("A") + end() + end("F", refer("message", "m")),
        flows=["S > G > C > E", "G > A > F"],
        steps=[("complete", "A")],
        trace="S, G, A, F, C, E",
    ),
    Case(
        name="message: thrown out",
        body=start() + throw("T", refer("message", "m")) + '<sendTask id="A" messageRef="m2"/>' + end("E", refer("message", "m")),
        flows=["S > T > A > E"],
        trace="S, T, A, E",
        events="Paid Sent Paid",
    ),
    Case(
        name="several triggers thrown by one event",
        body=start() + throw("T", BOTH) + end("E", refer("escalation", "x") + refer("signal", "s")),
        flows=["S > T > E"],
        trace="S, T, E",
        events="Paid Stop LATE Stop",
    ),
    Case(
        name="all of several triggers: intermediate",
        body=start() + parallel(catch("C", BOTH)) + end(),
        flows=["S > C > E"],
        steps=[STOP, STOP, PAID],
        trace="S, C, E",
    ),
    Case(
        name="all of several triggers: one is not enough",
        body=start() + gateway("parallel", "G") + parallel(catch("C", BOTH)) + user("A") + end(),
        flows=["S > G > C > E", "G > A > E"],
        steps=[PAID, PAID],
        trace="S, G",
        waiting="A",
    ),
    Case(
        name="all of several triggers: boundary, interrupting",
        body=start() + user("A") + parallel(boundary("B", "A", BOTH)) + end() + end("F"),
        flows=["S > A > E", "B > F"],
        steps=[PAID, STOP],
        trace="S, A cancelled, B, F",
    ),
    Case(
        name="all of several triggers: boundary, not interrupting",
        body=start() + user("A") + parallel(boundary("B", "A", BOTH, interrupts=False)) + end() + end("F"),
        flows=["S > A > E", "B > F"],
        steps=[PAID, STOP, STOP, PAID, ("complete", "A")],
        trace="S, B, F, B, F, A, E",
    ),
    Case(
        name="all of several triggers: event sub-process",
        body=start() + user("A") + end() + handler(BOTH, extra='parallelMultiple="true"'),
        flows=["S > A > E"],
        steps=[STOP, PAID, ("complete", "H")],
        trace="S, A cancelled, ES, H, HE, Handle",
    ),
    Case(
        name="a cycle that does not interrupt happens as often as it says",
        body=start() + user("A") + boundary("B", "A", timer("cycle", "R2/P1D"), interrupts=False) + end() + end("F"),
        flows=["S > A > E", "B > F"],
        steps=[DAY, DAY, DAY, DAY, ("complete", "A")],
        trace="S, B, F, B, F, A, E",
    ),
    Case(
        name="terminate: at the top of its scope only",
        body=start()
        + sub(
            "P",
            start("PS") + gateway("parallel", "G") + user("W") + user("A") + end("PE", refer("terminate")),
            "PS > G > A > PE",
            "G > W",
        )
        + user("N")
        + end(),
        flows=["S > P > N > E"],
        steps=[("complete", "A"), ("complete", "N")],
        trace="S, PS, G, A, PE, W cancelled, P, N, E",
    ),
    Case(
        name="terminate: ends everything in its scope",
        body=start() + gateway("parallel", "G") + user("A") + sub("P", user("W")) + end("E", refer("terminate")),
        flows=["S > G > A > E", "G > P > E"],
        steps=[("complete", "A")],
        trace="S, G, A, E, W cancelled, P cancelled",
    ),
    Case(
        name="link events",
        body=start() + throw("T", '<linkEventDefinition name="L"/>') + catch("C", '<linkEventDefinition name="L"/>') + end(),
        flows=["S > T", "C > E"],
        trace="S, T, C, E",
    ),
    Case(
        name="none intermediate event",
        body=start() + throw("T", "") + end(),
        flows=["S > T > E"],
        trace="S, T, E",
    ),
    Case(
        name="a shared event definition",
        body=start() + catch("C", "<eventDefinitionRef>Shared</eventDefinitionRef>") + end(),
        flows=["S > C > E"],
        steps=[DAY],
        trace="S, C, E",
        roots='<timerEventDefinition id="Shared"><timeDuration>P1D</timeDuration></timerEventDefinition>',
    ),
    Case(
        name="receive task with a boundary event",
        body=start() + '<receiveTask id="R" messageRef="m"/>' + boundary("B", "R", timer("duration", "P1D")) + end() + end("F"),
        flows=["S > R > E", "B > F"],
        steps=[DAY],
        trace="S, R cancelled, B, F",
    ),
    Case(
        name="receive task behind an event-based gateway",
        body=start() + gateway("eventBased", "G") + '<receiveTask id="R" messageRef="m"/>' + catch("D", timer("duration", "P1D")) + end(),
        flows=["S > G > R > E", "G > D > E"],
        steps=[PAID],
        trace="S, G, D cancelled, R, E",
    ),
    Case(
        name="event sub-process in an event sub-process",
        body=start()
        + user("A")
        + end()
        + sub(
            "Handle",
            f'<startEvent id="ES">{refer("message", "m")}</startEvent>'
            + user("H")
            + end("HE")
            + sub(
                "Deep",
                f'<startEvent id="DS">{refer("signal", "s")}</startEvent>' + user("D") + end("DE"),
                "DS > D > DE",
                attributes='triggeredByEvent="true"',
            ),
            "ES > H > HE",
            attributes='triggeredByEvent="true"',
        ),
        flows=["S > A > E"],
        steps=[PAID, STOP, ("complete", "D")],
        trace="S, A cancelled, ES, H cancelled, DS, D, DE, Deep, Handle",
    ),
]
