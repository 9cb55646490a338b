from datetime import date

import pytest
from django.db import connection

from gis_layers.plans.models import PlanZone
from tests.gis_layers.plans.factories import AMARAH, HOMES, OUTSIDE, SHOPS, PlanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def succession(office):
    """Two master plans in turn and a detailed one that holds over both."""
    facts = {"place": office.place, "department": office}
    old = PlanFactory(
        **facts, state="superseded", in_force_from=date(2000, 1, 1), in_force_to=date(2020, 1, 1), number="1/2000"
    )
    new = PlanFactory(**facts, state="published", in_force_from=date(2020, 1, 1), number="2/2020")
    detailed = PlanFactory(**facts, state="published", kind="detailed", in_force_from=date(2015, 1, 1), number="3/2015")
    PlanFactory(**facts, state="consultation")
    return old, new, detailed


def held(place, day):
    return [(row.plan.number, row.zone_type.code) for row in PlanZone.objects.at(*place, on=day)]


@pytest.mark.parametrize(
    ("day", "plans"),
    [
        (date(1999, 12, 31), []),
        (date(2000, 1, 1), ["1/2000"]),
        (date(2015, 1, 1), ["1/2000", "3/2015"]),
        (date(2019, 12, 31), ["1/2000", "3/2015"]),
        (date(2020, 1, 1), ["2/2020", "3/2015"]),
    ],
)
def test_what_held_on_a_day(succession, day, plans):
    assert held(HOMES, day) == [(number, "R1") for number in plans]


def test_near_miss_and_edge(succession):
    day = date(2005, 1, 1)
    assert held(SHOPS, day) == [("1/2000", "C1")]
    assert held(OUTSIDE, day) == []
    edge = (AMARAH[0] + 0.01, AMARAH[1] + 0.005)
    near = [(edge[0] + step, edge[1]) for step in (-1e-6, 1e-6)]
    assert [held(point, day) for point in near] == [[("1/2000", "R1")], [("1/2000", "C1")]]
    assert held((200.0, 95.0), day) == []


def test_one_query_answers(client, succession, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/api/v1/plans/at", {"lon": HOMES[0], "lat": HOMES[1], "on": "2021-06-01"})
    assert answer.status_code == 200
    first = answer.json()["results"][0]
    assert first["plan"]["number"] == "2/2020"
    assert first["plan"]["url"].endswith(f"/plans/{succession[1].pk}/")
    assert (first["zone"]["code"], first["zone"]["uses"]) == ("R1", [{"ar": "دور سكنية", "en": "houses"}])
    assert [(r["parameter"], r["value"], r["unit"], r["clause"]) for r in first["provisions"]] == [
        ("setback_front", 3.0, "m", "٤/1"),
        ("coverage", 60.0, "%", "٤/2"),
        ("floors", 2.5, "1", "٤/3"),
    ]


def test_the_question_uses_the_spatial_index(succession):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'plans_planzone' AND indexdef LIKE '%gist (geom)'"
        )
        (index,) = cursor.fetchone()
    assert index in PlanZone.objects.at(*HOMES).explain()


@pytest.mark.parametrize(
    "query", [{}, {"lon": "x", "lat": "1"}, {"lon": "47", "lat": "99"}, {"lon": "47", "lat": "31", "day": "1"}]
)
def test_a_wrong_question_is_refused(client, query):
    answer = client.get("/api/v1/plans/at", query)
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message", "fields"})


def test_today_when_no_day_is_given(client, succession):
    found = client.get("/api/v1/plans/at", {"lon": HOMES[0], "lat": HOMES[1]}).json()
    assert [row["plan"]["number"] for row in found["results"]] == ["2/2020", "3/2015"]


def test_list_and_detail(client, succession, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = client.get("/api/v1/plans/", {"kind": "master", "state": "published"}).json()
    assert [plan["number"] for plan in found["results"]] == ["2/2020"]
    detail = client.get(f"/api/v1/plans/{succession[0].pk}/").json()
    assert [zone["code"] for zone in detail["zones"]] == ["R1", "C1"]
    assert detail["zones"][0]["provisions"][2]["value"] == 2.5
    assert client.get("/api/v1/plans/", {"stat": "x"}).status_code == 400
