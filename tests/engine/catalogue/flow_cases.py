"""Sequence flows and gateways."""

from tests.engine.catalogue.cases import Case
from tests.engine.diagrams import boundary, end, gateway, refer, script, start, sub, timer, user


def complex_gateway(name, text="", *, default=""):
    """Return a complex gateway."""
    written = f"<activationCondition>{text.replace('>', '&gt;')}</activationCondition>" if text else ""
    return f'<complexGateway id="{name}"' + (f' default="{default}"' if default else "") + f">{written}</complexGateway>"


THREE = start() + gateway("parallel", "G") + user("A") + user("B") + user("C")
CASES = [
    Case(name="sequence", body=start() + '<task id="A"/>' + end(), flows=["S > A > E"], trace="S, A, E"),
    Case(
        name="implicit split and merge",
        body=start() + '<task id="A"/><task id="B"/><task id="C"/>' + '<task id="D"/>' + end(),
        flows=["S > A > B > D > E", "A > C > D"],
        trace="S, A, B, C, D, D, E, E",
    ),
    Case(
        name="no start and no end event",
        body='<task id="A"/><task id="B"/><task id="C"/>',
        flows=["A > B"],
        trace="A, C, B",
    ),
    Case(
        name="conditional flows out of an activity",
        body=start() + '<task id="A"/>' + end("E1") + end("E2") + end("E3"),
        flows=["S > A > E1 [n > 1]", "A > E2 [n > 2]", "A > E3 [n > 3]"],
        variables={"n": 3},
        trace="S, A, E1, E2",
    ),
    Case(
        name="default flow out of an activity",
        body=start() + '<task id="A" default="A_E2"/>' + end("E1") + end("E2"),
        flows=["S > A > E1 [n > 1]", "A > E2"],
        variables={"n": 1},
        trace="S, A, E2",
    ),
    Case(
        name="a flow without condition is taken beside conditional and default flows",
        body=start() + '<task id="A" default="A_E2"/>' + end("E1") + end("E2") + end("E3"),
        flows=["S > A > E1 [n > 1]", "A > E2", "A > E3"],
        variables={"n": 1},
        trace="S, A, E3, E2",
    ),
    Case(
        name="exclusive gateway: the first true condition",
        body=start() + gateway("exclusive", "G", default="G_E3") + end("E1") + end("E2") + end("E3"),
        flows=["S > G > E1 [n > 5]", "G > E2 [n > 2]", "G > E3"],
        variables={"n": 6},
        trace="S, G, E1",
    ),
    Case(
        name="exclusive gateway: the default",
        body=start() + gateway("exclusive", "G", default="G_E1") + end("E1") + end("E2"),
        flows=["S > G > E1", "G > E2 [n > 2]"],
        variables={"n": 1},
        trace="S, G, E1",
    ),
    Case(
        name="exclusive gateway that merges and splits",
        body=start() + gateway("exclusive", "G", default="G_E") + script("A", "n + 1", result="n") + end(),
        flows=["S > G > E", "G > A [n < 2]", "A > G"],
        variables={"n": 0},
        trace="S, G, A, G, A, G, E",
        values={"n": 2},
    ),
    Case(
        name="parallel gateway: splits, and joins once",
        body=start() + gateway("parallel", "G") + user("A") + user("B") + gateway("parallel", "J") + end(),
        flows=["S > G > A > J > E", "G > B > J"],
        steps=[("complete", "B", {"b": [1]}), ("complete", "A", {"a": [2]})],
        trace="S, G, B, A, J, E",
        values={"a": [2], "b": [1]},
    ),
    Case(
        name="parallel gateway: a second token on the same flow waits",
        body=start()
        + gateway("parallel", "G")
        + user("A")
        + user("B")
        + gateway("exclusive", "X")
        + user("C")
        + gateway("parallel", "J")
        + end(),
        flows=["S > G > A > X > J > E", "G > B > X", "G > C > J"],
        steps=[("complete", "A"), ("complete", "B"), ("complete", "C")],
        trace="S, G, A, X, B, X, C, J, E",
        stays=True,
    ),
    Case(
        name="parallel gateway that joins and splits",
        body=start() + gateway("parallel", "G") + '<task id="A"/><task id="B"/>' + gateway("parallel", "J") + end("E1") + end("E2"),
        flows=["S > G > A > J > E1", "G > B > J > E2"],
        trace="S, G, A, B, J, E1, E2",
    ),
    Case(
        name="inclusive gateway: some of the flows, joined",
        body=start() + gateway("inclusive", "G", default="G_C") + user("A") + user("B") + user("C") + gateway("inclusive", "J") + end(),
        flows=["S > G > A [n > 1]", "G > B [n > 2]", "G > C", "A > J > E", "B > J", "C > J"],
        variables={"n": 3},
        steps=[("complete", "B"), ("complete", "A")],
        trace="S, G, B, A, J, E",
    ),
    Case(
        name="inclusive gateway: the default alone",
        body=start() + gateway("inclusive", "G", default="G_C") + user("A") + user("C") + gateway("inclusive", "J") + end(),
        flows=["S > G > A [n > 1]", "G > C", "A > J > E", "C > J"],
        variables={"n": 1},
        steps=[("complete", "C")],
        trace="S, G, C, J, E",
    ),
    Case(
        name="inclusive gateway in a loop",
        body=start()
        + gateway("exclusive", "M")
        + gateway("inclusive", "G")
        + user("A")
        + user("B")
        + gateway("inclusive", "J")
        + gateway("exclusive", "X", default="X_E")
        + end(),
        flows=["S > M > G > A [true]", "G > B [both]", "A > J > X > E", "B > J", "X > M [again]"],
        variables={"both": True, "again": True},
        steps=[
            ("complete", "A"),
            ("complete", "B", {"both": False}),
            ("complete", "A", {"again": False}),
        ],
        trace="S, M, G, A, B, J, X, M, G, A, J, X, E",
    ),
    Case(
        name="inclusive join behind a boundary event",
        body=start()
        + gateway("inclusive", "G")
        + user("A")
        + boundary("T", "A", timer("duration", "P1D"))
        + user("B")
        + user("C")
        + gateway("inclusive", "J")
        + end(),
        flows=["S > G > A [both]", "G > B [both]", "A > J > E", "T > C > J", "B > J"],
        variables={"both": True},
        steps=[("complete", "B"), ("later", 1), ("complete", "C")],
        trace="S, G, B, A cancelled, T, C, J, E",
    ),
    Case(
        name="complex gateway: two of three, and ready again",
        body=THREE + complex_gateway("J", "activationCount >= 2") + user("N") + end(),
        flows=["S > G > A > J > N > E", "G > B > J", "G > C > J"],
        steps=[("complete", "A"), ("complete", "C"), ("complete", "N"), ("complete", "B")],
        trace="S, G, A, C, J, N, E, B",
    ),
    Case(
        name="complex gateway: a condition on its flows and data",
        body=THREE + complex_gateway("J", "A_J + B_J + C_J >= need") + user("N") + end(),
        flows=["S > G > A > J > N > E", "G > B > J", "G > C > J"],
        variables={"need": 1},
        steps=[("complete", "B"), ("complete", "A"), ("complete", "C"), ("complete", "N")],
        trace="S, G, B, J, A, C, N, E",
    ),
    Case(
        name="complex gateway: what it does when it is ready again",
        body=THREE + complex_gateway("J", "activationCount >= 2", default="J_N") + user("N") + user("R") + end(),
        flows=["S > G > A > J > N > E", "G > B > J", "G > C > J", "J > R [not(waitingForStart)]", "R > E"],
        steps=[("complete", "A"), ("complete", "B"), ("complete", "C"), ("complete", "R"), ("complete", "N")],
        trace="S, G, A, B, J, C, R, E, N, E",
    ),
    Case(
        name="complex gateway: splits by conditions",
        body=start() + complex_gateway("G", default="G_C") + '<task id="A"/><task id="B"/><task id="C"/>' + end(),
        flows=["S > G > A [n > 1]", "G > B [n > 2]", "G > C", "A > E", "B > E", "C > E"],
        variables={"n": 3},
        trace="S, G, A, B, E, E",
    ),
    Case(
        name="complex gateway: used again in a loop",
        body=start()
        + gateway("exclusive", "M")
        + gateway("parallel", "G")
        + user("A")
        + user("B")
        + complex_gateway("J", "activationCount >= 2")
        + gateway("exclusive", "X", default="X_E")
        + end(),
        flows=["S > M > G > A > J", "G > B > J > X > E", "X > M [again]"],
        steps=[("complete", "A"), ("complete", "B", {"again": True}), ("complete", "A"), ("complete", "B", {"again": False})],
        trace="S, M, G, A, B, J, X, M, G, A, B, J, X, E",
    ),
    Case(
        name="a path that ends without an end event",
        body=start() + gateway("parallel", "G") + '<task id="A"/><task id="B"/>' + end(),
        flows=["S > G > A", "G > B > E"],
        trace="S, G, A, B, E",
    ),
    Case(
        name="a loop out of a sub-process by an error",
        body=start()
        + sub(
            "P",
            start("PS") + user("A") + gateway("exclusive", "X", default="X_PE") + end("PE") + end("PX", refer("error", "e")),
            "PS > A > X > PE",
            "X > PX [again]",
        )
        + boundary("B", "P", refer("error", "e"))
        + end(),
        flows=["S > P > E", "B > P"],
        steps=[("complete", "A", {"again": True}), ("complete", "A", {"again": False})],
        trace="S, PS, A, X, PX, P cancelled, B, PS, A, X, PE, P, E",
    ),
]
