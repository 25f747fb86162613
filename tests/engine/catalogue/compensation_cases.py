"""Compensation and transactions."""

from tests.engine.catalogue.activity_cases import loop
from tests.engine.catalogue.cases import Case
from tests.engine.diagrams import boundary, end, gateway, refer, several, start, sub, throw, user

COMPENSATE = "<compensateEventDefinition/>"


def compensate(activity="", *, waits=True):
    """Return a compensation event definition."""
    named = f' activityRef="{activity}"' if activity else ""
    return f'<compensateEventDefinition{named} waitForCompletion="{str(waits).lower()}"/>'


def undone(name, *, task="task", inner=""):
    """Return an activity with its compensation handler: `Book` is undone by `UndoBook`, at the boundary event `OnBook`."""
    return (
        f'<{task} id="{name}">{inner}</{task}>'
        + boundary(f"On{name}", name, COMPENSATE)
        + f'<{task} id="Undo{name}" isForCompensation="true"/>'
        + f'<association id="Link{name}" sourceRef="On{name}" targetRef="Undo{name}"/>'
    )


TWO = undone("Book") + undone("Pay")
CASES = [
    Case(
        name="compensation: all, in reverse order",
        body=start() + TWO + throw("T", compensate()) + end(),
        flows=["S > Book > Pay > T > E"],
        trace="S, Book, Pay, OnPay, UndoPay, OnBook, UndoBook, T, E",
    ),
    Case(
        name="compensation: one activity",
        body=start() + TWO + throw("T", compensate("Book")) + end(),
        flows=["S > Book > Pay > T > E"],
        trace="S, Book, Pay, OnBook, UndoBook, T, E",
    ),
    Case(
        name="compensation: an end event, of what was done only",
        body=start() + TWO + gateway("exclusive", "X", default="X_E") + end("E", compensate()),
        flows=["S > Book > X > E", "X > Pay [paid]", "Pay > E"],
        variables={"paid": False},
        trace="S, Book, X, OnBook, UndoBook, E",
    ),
    Case(
        name="compensation: nothing to undo",
        body=start() + TWO + throw("T", compensate()) + end(),
        flows=["S > T > Book > Pay > E"],
        trace="S, T, Book, Pay, E",
    ),
    Case(
        name="compensation: once only",
        body=start() + undone("Book") + throw("T", compensate()) + throw("U", compensate()) + end(),
        flows=["S > Book > T > U > E"],
        trace="S, Book, OnBook, UndoBook, T, U, E",
    ),
    Case(
        name="compensation: not waited for",
        body=start() + undone("Book", task="userTask") + throw("T", compensate(waits=False)) + user("N") + end(),
        flows=["S > Book > T > N > E"],
        steps=[("complete", "Book"), ("complete", "N"), ("complete", "UndoBook")],
        trace="S, Book, OnBook, T, N, E, UndoBook",
    ),
    Case(
        name="compensation: handlers that wait, one after the other",
        body=start() + undone("Book", task="userTask") + undone("Pay", task="userTask") + throw("T", compensate()) + end(),
        flows=["S > Book > Pay > T > E"],
        steps=[("complete", "Book"), ("complete", "Pay"), ("complete", "UndoPay"), ("complete", "UndoBook")],
        trace="S, Book, Pay, OnPay, UndoPay, OnBook, UndoBook, T, E",
    ),
    Case(
        name="compensation of a sub-process: what was done inside",
        body=start() + sub("P", start("PS") + TWO + end("PE"), "PS > Book > Pay > PE") + throw("T", compensate("P")) + end(),
        flows=["S > P > T > E"],
        trace="S, PS, Book, Pay, PE, P, OnPay, UndoPay, OnBook, UndoBook, T, E",
    ),
    Case(
        name="compensation of a sub-process: by its handler",
        body=start()
        + sub("P", start("PS") + TWO + end("PE"), "PS > Book > Pay > PE")
        + boundary("OnP", "P", COMPENSATE)
        + '<task id="UndoP" isForCompensation="true"/><association id="LP" sourceRef="OnP" targetRef="UndoP"/>'
        + throw("T", compensate("P"))
        + end(),
        flows=["S > P > T > E"],
        trace="S, PS, Book, Pay, PE, P, OnP, UndoP, T, E",
    ),
    Case(
        name="compensation of a sub-process: by its compensation event sub-process",
        body=start()
        + sub(
            "P",
            start("PS")
            + TWO
            + end("PE")
            + sub(
                "Undo",
                start("US", COMPENSATE) + throw("UT", compensate("Book")) + '<task id="UA"/>' + end("UE"),
                "US > UT > UA > UE",
                attributes='triggeredByEvent="true"',
            ),
            "PS > Book > Pay > PE",
        )
        + throw("T", compensate())
        + end(),
        flows=["S > P > T > E"],
        trace="S, PS, Book, Pay, PE, P, US, OnBook, UndoBook, UT, UA, UE, Undo, T, E",
    ),
    Case(
        name="compensation in an error event sub-process",
        body=start()
        + sub(
            "P",
            start("PS")
            + TWO
            + end("PE", refer("error", "e"))
            + sub(
                "Handle",
                start("ES", refer("error", "e")) + throw("T", compensate()) + end("HE"),
                "ES > T > HE",
                attributes='triggeredByEvent="true"',
            ),
            "PS > Book > Pay > PE",
        )
        + end(),
        flows=["S > P > E"],
        trace="S, PS, Book, Pay, PE, ES, OnPay, UndoPay, OnBook, UndoBook, T, HE, Handle, P, E",
    ),
    Case(
        name="compensation of a multi-instance: each instance",
        body=start() + undone("Book", inner=several(cardinality="2", sequential=True)) + throw("T", compensate()) + end(),
        flows=["S > Book > T > E"],
        trace="S, Book, Book, OnBook, UndoBook, OnBook, UndoBook, T, E",
    ),
    Case(
        name="compensation of a parallel multi-instance: together",
        body=start() + undone("Book", task="userTask", inner=several(cardinality="2")) + throw("T", compensate()) + end(),
        flows=["S > Book > T > E"],
        steps=[("complete", "Book"), ("complete", "Book"), ("complete", "UndoBook"), ("complete", "UndoBook")],
        trace="S, Book, Book, OnBook, OnBook, UndoBook, UndoBook, T, E",
    ),
    Case(
        name="compensation of a loop: each time",
        body=start() + undone("Book", inner=loop("true", maximum="2")) + throw("T", compensate()) + end(),
        flows=["S > Book > T > E"],
        trace="S, Book, Book, OnBook, UndoBook, OnBook, UndoBook, T, E",
    ),
    Case(
        name="transaction: completes",
        body=start()
        + sub("P", start("PS") + TWO + end("PE"), "PS > Book > Pay > PE", tag="transaction")
        + boundary("B", "P", refer("cancel"))
        + end()
        + end("F"),
        flows=["S > P > E", "B > F"],
        trace="S, PS, Book, Pay, PE, P, E",
    ),
    Case(
        name="transaction: cancelled, and compensated",
        body=start()
        + sub(
            "P",
            start("PS") + gateway("parallel", "G") + TWO + user("W") + user("A") + end("PE", refer("cancel")) + end("PF"),
            "PS > G > Book > Pay > A > PE",
            "G > W > PF",
            tag="transaction",
        )
        + boundary("B", "P", refer("cancel"))
        + end()
        + end("F"),
        flows=["S > P > E", "B > F"],
        steps=[("complete", "A")],
        trace="S, PS, G, Book, Pay, A, PE, W cancelled, OnPay, UndoPay, OnBook, UndoBook, P cancelled, B, F",
    ),
    Case(
        name="transaction: cancelled, also what runs in a sub-process",
        body=start()
        + sub(
            "P",
            start("PS")
            + gateway("parallel", "G")
            + sub("Q", start("QS") + undone("Book") + user("W") + end("QE"), "QS > Book > W > QE")
            + user("A")
            + end("PE", refer("cancel")),
            "PS > G > Q",
            "G > A > PE",
            tag="transaction",
        )
        + boundary("B", "P", refer("cancel"))
        + end()
        + end("F"),
        flows=["S > P > E", "B > F"],
        steps=[("complete", "A")],
        trace="S, PS, G, QS, Book, A, PE, W cancelled, Q cancelled, OnBook, UndoBook, P cancelled, B, F",
    ),
    Case(
        name="transaction: an error does not compensate",
        body=start()
        + sub("P", start("PS") + TWO + end("PE", refer("error", "e")), "PS > Book > Pay > PE", tag="transaction")
        + boundary("B", "P", refer("error", "e"))
        + end()
        + end("F"),
        flows=["S > P > E", "B > F"],
        trace="S, PS, Book, Pay, PE, P cancelled, B, F",
    ),
]
