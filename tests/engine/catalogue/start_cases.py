"""Start events, and what else creates an instance."""

from tests.engine.catalogue.cases import Case
from tests.engine.diagrams import catch, condition, end, gateway, refer, start, timer, user

BOTH = refer("message", "m") + refer("signal", "s")
CASES = []
for trigger, reference in (("message", "m"), ("signal", "s")):
    CASES.append(
        Case(
            name=f"start event: {trigger}",
            body=start() + start("M", refer(trigger, reference)) + end() + end("F"),
            flows=["S > E", "M > F"],
            trace="M, F",
            start_event="M",
            levels=("top",),
        )
    )
CASES += [
    Case(
        name="start event: timer",
        body=start("T", timer("cycle", "R/P1D")) + end(),
        flows=["T > E"],
        trace="T, E",
        start_event="T",
        levels=("top",),
    ),
    Case(
        name="start event: conditional",
        body=start("C", condition("go")) + end(),
        flows=["C > E"],
        trace="C, E",
        start_event="C",
        levels=("top",),
    ),
    Case(
        name="start event: any of several triggers",
        body=start("M", BOTH) + end(),
        flows=["M > E"],
        trace="M, E",
        start_event="M",
        levels=("top",),
    ),
    Case(
        name="start event: all of several triggers",
        body=start("M", BOTH).replace("<startEvent ", '<startEvent parallelMultiple="true" ') + user("A") + end(),
        flows=["M > A > E"],
        steps=[("signal", "Stop", None), ("complete", "A")],
        trace="M, A, E",
        start_event="M",
        levels=("top",),
    ),
    Case(
        name="start event: several none start events, the first",
        body=start() + start("S2") + end() + end("F"),
        flows=["S > E", "S2 > F"],
        trace="S, E",
        levels=("top",),
    ),
    Case(
        name="receive task that creates instances",
        body='<receiveTask id="R" messageRef="m" instantiate="true"/>' + user("A") + end(),
        flows=["R > A > E"],
        steps=[("complete", "A")],
        trace="R, A, E",
        start_event="R",
        levels=("top",),
    ),
    Case(
        name="event-based gateway that creates instances",
        body='<eventBasedGateway id="G" instantiate="true"/>'
        + catch("C", refer("message", "m"))
        + catch("D", refer("message", "m2"))
        + end()
        + end("F"),
        flows=["G > C > E", "G > D > F"],
        trace="G, D, F",
        start_event="D",
        levels=("top",),
    ),
    Case(
        name="parallel event-based gateway that creates instances",
        body='<eventBasedGateway id="G" instantiate="true" eventGatewayType="Parallel"/>'
        + catch("C", refer("message", "m"))
        + catch("D", refer("message", "m2"))
        + gateway("parallel", "J")
        + end(),
        flows=["G > C > J > E", "G > D > J"],
        steps=[("message", "Paid", None)],
        trace="G, D, C, J, E",
        start_event="D",
        levels=("top",),
    ),
]
