
import io
from tests.http.teamwork_visits import teamwork_of
from tests.http.test_golden_routes import outcome, PARAMETER
def test_print(api, app):
    lines = []
    for route, make in sorted(teamwork_of(api).items()):
        visit = make(); method = route.split(" ")[0]
        n, s, r = (outcome(api, method, visit, who) for who in (None, visit.stranger, visit.right))
        name = PARAMETER.sub(r"{\1}", route)
        lines.append(f"{name:<60} nobody {n}   {visit.stranger} {s:<9}   {visit.right} {r}")
    open("/tmp/build/golden_act.txt","w").write("\n".join(lines)+"\n")
