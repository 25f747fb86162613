from tests.http.test_golden_routes import outcome, PARAMETER, GOLDEN
from tests.http.inbox_visits import inbox_of
def test_x(api):
    got=[]
    for route, make in inbox_of(api).items():
        m=route.split(" ")[0]; v=make()
        a,b,c=(outcome(api,m,v,w) for w in (None,v.stranger,v.right))
        got.append(f"{PARAMETER.sub(r'{\1}', route) if False else PARAMETER.sub(lambda x:'{'+x[1]+'}',route):<60} nobody {a}   {v.stranger} {b:<9}   {v.right} {c}")
    lines=GOLDEN.read_text().splitlines()
    assert [g for g in got if g not in lines]==[]
