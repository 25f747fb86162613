from tests.operations.test_move_token import *
import sqlalchemy as sa
def test_x(office, move, at_second):
    def rows():
        with office.system.database.read() as r:
            return [(str(x.id)[-5:], x.status, x.slot) for x in tasks.assignments_of_instance(r, at_second)], [(x.element,x.status,x.outcome) for x in tasks.tasks_of_instance(r, at_second)]
    a=rows()
    move(at_second, cancel=[SECOND], activate=[FIRST], dry_run=True)
    b=rows()
    print(a); print(b)
    assert a==b
