"""A courier acts on his own documents in his own RW, a coordinator in the own kelurahan; others' stay as they were."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from shared.people import Person, Role
from tests.people import someone
from tests.service.dispatch.city import KAYURINGIN, MARGAHAYU, ROSTER, City, attempt, completion, printed, recipient

BUDI = someone(Role.COURIER, areas=(f"{KAYURINGIN}/011",), badge="TKK-0411")
OF_KAYURINGIN = someone(Role.COORDINATOR, areas=(KAYURINGIN,))
OF_MARGAHAYU = someone(Role.COORDINATOR, areas=(MARGAHAYU,))


async def post(city: City, person: Person, path: str, body: Any, key: str | None = None) -> httpx2.Response:
    return await city.service.as_(person).post(path, json=body, headers={"Idempotency-Key": key or str(uuid4())})


async def reports(city: City, person: Person, *acts: dict[str, Any]) -> list[tuple[bool, str | None]]:
    answer = await post(city, person, "/courier-reports", {"acts": list(acts)})
    assert answer.status_code == 200, answer.text
    return [(result["accepted"], result.get("code")) for result in answer.json()["results"]]


async def assigned(city: City, rw: str = "011", kelurahan_code: str = KAYURINGIN) -> UUID:
    one = uuid4()
    await city.hears(recipient(one, rw, kelurahan_code=kelurahan_code), printed(one))
    return one


async def test_a_foreign_act_is_refused_for_itself_alone_and_the_others_go_on(city: City) -> None:
    own, of_ani = await city.with_courier(), await city.with_courier("012", "TKK-0412")
    verdicts = await reports(
        city,
        BUDI,
        completion(of_ani, badge="TKK-0412"),
        completion(of_ani),
        attempt(own, "NOT_AT_HOME"),
        completion(uuid4()),
    )
    assert verdicts == [
        (False, "not-your-badge"), (False, "outside-area"), (True, None), (False, "not-found"),
    ]  # fmt: skip
    assert (await city.delivery(of_ani))["state"] == "WITH_COURIER"


async def test_a_foreign_act_learns_nothing_and_takes_its_name_from_nobody(city: City) -> None:
    of_ani = await city.with_courier("012", "TKK-0412")
    act = completion(of_ani, badge="TKK-0412")
    refused = await post(city, BUDI, "/courier-reports", {"acts": [act]})
    assert refused.json()["results"][0]["state"] is None
    assert await city.service.rows("select act_id from courier_act") == []
    assert await city.reports(act) == [{"act_id": act["act_id"], "accepted": True, "state": "DELIVERED"}]
    again = await post(city, BUDI, "/courier-reports", {"acts": [act]})
    assert (again.json()["results"][0]["code"], again.json()["results"][0]["state"]) == ("not-your-badge", None)


async def test_a_machine_of_the_whole_city_reports_for_all_couriers(city: City) -> None:
    machine = someone(Role.COURIER)
    one, other = await city.with_courier(), await city.with_courier("012", "TKK-0412")
    acts = completion(one), completion(other, badge="TKK-0412")
    assert await reports(city, machine, *acts) == [(True, None), (True, None)]


async def test_a_courier_whose_account_names_no_badge_is_told_whom_to_ask(city: City) -> None:
    nameless = someone(Role.COURIER, areas=(f"{KAYURINGIN}/011",))
    answer = await post(city, nameless, "/courier-reports", {"acts": [completion(await city.with_courier())]})
    assert (answer.status_code, answer.json()["code"]) == (403, "no-badge")


async def test_a_courier_sees_his_own_items_and_delivery_and_nobody_elses(city: City) -> None:
    own, of_ani = await city.with_courier(), await city.with_courier("012", "TKK-0412")
    neighbour = someone(Role.COURIER, areas=(f"{KAYURINGIN}/012", f"{KAYURINGIN}/011"), badge="TKK-0412")
    http = city.service.as_(BUDI)
    assert [item["application_id"] for item in (await http.get("/couriers/TKK-0411/items")).json()] == [str(own)]
    for path in ("/couriers/TKK-0412/items", f"/deliveries/{of_ani}"):
        assert (await http.get(path)).status_code == 403
    assert (await http.get(f"/deliveries/{own}")).status_code == 200
    assert (await city.service.as_(neighbour).get(f"/deliveries/{own}")).status_code == 403


async def test_a_coordinator_sees_couriers_documents_and_gaps_of_the_own_kelurahan(city: City) -> None:
    one, _ = await city.with_courier(), await assigned(city, "003", MARGAHAYU)
    await assigned(city, "020")
    for person, badges, gaps in ((OF_KAYURINGIN, ["TKK-0411", "TKK-0412"], ["020"]), (OF_MARGAHAYU, ["TKK-0103"], [])):
        http = city.service.as_(person)
        assert sorted({line["badge"] for line in (await http.get("/couriers")).json()}) == badges
        assert [gap["rw"] for gap in (await http.get("/uncovered")).json()] == gaps
    http = city.service.as_(OF_MARGAHAYU)
    assert {d["rw"] for d in (await http.get("/deliveries")).json()} == {"003"}
    assert (await http.get(f"/deliveries/{one}")).status_code == 403
    assert (await http.get("/couriers/TKK-0411/items")).json() == []


async def test_a_document_without_a_place_is_listed_to_those_of_the_whole_city(city: City) -> None:
    await city.hears(printed(uuid4()))
    assert len((await city.http.get("/deliveries")).json()) == 1
    assert (await city.service.as_(OF_KAYURINGIN).get("/deliveries")).json() == []


async def test_a_coordinator_hands_over_what_goes_to_the_own_kelurahan(city: City) -> None:
    own, foreign = await assigned(city), await assigned(city, "003", MARGAHAYU)
    named = {"courier_badge": "TKK-0103", "application_ids": [str(foreign)]}
    assert (await post(city, OF_KAYURINGIN, "/handovers", named)).status_code == 403
    unnamed = await post(city, OF_KAYURINGIN, "/handovers", {"courier_badge": "TKK-0103"})
    assert unnamed.json() == {"manifest_id": None, "handed_over": []}
    round_ = await post(city, OF_KAYURINGIN, "/handovers/all", None)
    assert round_.json() == {"manifests": 1, "handed_over": 1}
    assert [(await city.delivery(one))["state"] for one in (own, foreign)] == ["WITH_COURIER", "ASSIGNED"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("route", {"kelurahan": MARGAHAYU, "rw": "003"}),
        ("return", {"reason": "DAMAGED"}),
        ("pickup", {"receiver": "APPLICANT", "old_card": "TAKEN"}),
    ],
)
async def test_nobody_decides_about_a_document_of_another_kelurahan(city: City, act: str, body: Any) -> None:
    one = await city.with_courier()
    if act == "pickup":
        await city.reports(*(attempt(one, "NOT_AT_HOME") for _ in range(3)))
    before = await city.delivery(one)
    assert (await post(city, OF_MARGAHAYU, f"/deliveries/{one}/{act}", body)).status_code == 403
    assert await city.delivery(one) == before
    assert (await post(city, OF_KAYURINGIN, f"/deliveries/{one}/{act}", body)).status_code == 200
    ((who, record),) = await city.service.rows(
        "select who, record from audit where result = 'done' and route like 'POST /deliveries%'"
    )
    assert (who, record) == ("test-kelurahan-coordinator", str(one))


async def test_a_roster_with_lines_of_another_area_is_not_taken(city: City) -> None:
    of_bekasi_timur = city.service.as_(someone(Role.ADMINISTRATOR, areas=("32.75.01",)))
    answer = await of_bekasi_timur.put("/couriers", content=ROSTER.replace("TKK-0103", "TKK-0999"))
    assert answer.status_code == 403
    assert await city.service.rows("select badge from courier where badge = 'TKK-0999'") == []


async def test_every_document_of_a_report_and_of_a_hand_over_is_found_in_the_audit(city: City) -> None:
    one, other = await assigned(city), await assigned(city)
    await post(city, OF_KAYURINGIN, "/handovers/all", None)
    await reports(city, BUDI, completion(one), attempt(other, "NOT_AT_HOME"))
    found = await city.service.rows(
        "select what, record from audit where record = any($1) order by id", [str(one), str(other)]
    )
    assert sorted(found) == sorted((what, str(a)) for a in (one, other) for what in ("handed-over", "reported"))
