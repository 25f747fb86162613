"""Small processes without documents."""

from tests.engine.diagrams import boundary, bpmn, end, start, timer, user

LETTER = bpmn(
    start()
    + user("Sign", label="Sign the letter", assignees='["marc"]', remind_after="PT1S")
    + boundary("Late", "Sign", timer("duration", "PT1S"), interrupts=False)
    + end("Signed", label="Signed")
    + end("Noticed", label="Noticed"),
    "S > Sign > Signed",
    "Late > Noticed",
    process="letter",
)
"""Marc signs a letter. After one second he is reminded, and a boundary timer fires."""

POOL = ("marc", "claire", "donald", "frank", "ann")
NOTE = bpmn(
    start() + user("Sign", label="Sign the note", assignees=str(list(POOL)).replace("'", '"'), mode="any") + end("Signed", label="Signed"),
    "S > Sign > Signed",
    process="note",
)
"""One of five people signs a note."""
