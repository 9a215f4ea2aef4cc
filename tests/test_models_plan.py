from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.models.plan import MODELS, DemandOverride, Plan, Service
from analysis.models.plan_file import find_plan, list_plans, parse_plan, plan_bytes, read_plan, version_notes
from geo.errors import InputError, ReadFileError

TOP = 'schema = 1\nid = "mine"\nname_ja = "計画"\nname_en = "Plan"\n'
ROW = '[[service]]\nmodel = "satellite"\nat = "01219"\nserves = ["01219", "01563"]\nshare = 0.6\n'
CODES = ("01219", "01559", "01560", "01561", "01562", "01563")


def parsed(text: str) -> Plan:
    return parse_plan(text.encode(), name="mine.toml")


def test_a_plan_is_read_with_what_it_leaves_to_the_parameters() -> None:
    plan = parsed(f"{TOP}{ROW}days_per_week = 3\noffice = 'own'\n[demand.01219]\ncontacts_per_year = 120\n")
    assert plan.services == (Service("satellite", "01219", ("01219", "01563"), 3, None, None, "own", share=0.6),)
    assert plan.demand == {"01219": DemandOverride(120, None)}
    assert (plan.centre_id, plan.parameters) == ("", {})


def test_a_service_that_names_nobody_serves_its_own_place() -> None:
    assert parsed(f'{TOP}[[service]]\nmodel = "ict"\nat = "01219"\n').services[0].serves == ("01219",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("schema = 1\nid = ", "not readable TOML"),
        (TOP.replace("schema = 1", "schema = 2"), "expected schema = 1"),
        (TOP.replace('id = "mine"', 'id = ""'), "id is ''"),
        (f'{TOP}centre = "ikinuki"\n', "unknown key 'centre'"),
        (f'{TOP}centre_id = "dohoku"\n', "unknown centre"),
        (f"{TOP}service = 3\n", r"expected rows under \[\[service\]\]"),
        (TOP + ROW.replace("satellite", "satelite"), r"service 1: model = 'satelite'.*one of satellite"),
        (TOP + ROW.replace('at = "01219"', 'at = "01999"'), r"service 1 \(satellite\).*'01999' is unknown"),
        (TOP + ROW.replace('at = "01219"', "at = 1219"), "at is 1219"),
        (TOP + ROW.replace('"01563"', '"紋別市"'), "'紋別市' is unknown"),
        (TOP + ROW.replace('"01563"', '"01219"'), "serves lists 01219 twice"),
        (TOP + ROW.replace("0.6", "1.2"), r"share = 1.2 .*expected share from 0 to 1"),
        (TOP + ROW.replace("0.6", "nan"), "share is nan"),
        (f"{TOP}{ROW}days_per_week = 8\n", "expected days_per_week from 0 to 7"),
        (f'{TOP}{ROW}office = "rented"\n', "office = 'rented'"),
        (f"{TOP}{ROW}sessions_per_year = 12\n", "sessions_per_year does not apply to satellite"),
        (f"{TOP}{ROW}day_per_week = 2\n", "unknown key 'day_per_week'"),
        (f"{TOP}{ROW}{ROW}", r"紋別市（01219）.*shares of consultations in 01219 sum to 1.2 \(satellite 0.6"),
        (f"{TOP}[demand.01999]\nregistrants = 3\n", "'01999' is unknown"),
        (f"{TOP}[demand.01219]\nregistrants = -3\n", "expected registrants from 0 or more"),
        (f"{TOP}[demand.01219]\npeople = 3\n", "unknown key 'people'"),
        (f'{TOP}[parameters]\nshare_ict = "many"\n', "parameters.share_ict is 'many'"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_remedy(text: str, found: str) -> None:
    with pytest.raises(InputError, match=found) as error:
        parsed(text)
    assert str(error.value).startswith("mine.toml")


def test_visits_to_workplaces_are_shared_apart_from_consultations() -> None:
    retention = ROW.replace("satellite", "retention").replace('"01219", "01563"', '"01219"')
    assert len(parsed(f"{TOP}{ROW}{retention}").services) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadFileError, match=r"none\.toml"):
        read_plan(tmp_path / "none.toml")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
NUMBER = st.none() | st.floats(0, 1).map(lambda value: round(value, 6))


@st.composite
def services(draw: st.DrawFn) -> Service:
    model = draw(st.sampled_from(MODELS))
    serves = tuple(draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=4, unique=True)))
    extra: dict[str, object] = {"share": draw(st.none() | st.sampled_from([0.0, 0.05, 0.1]))}
    if model == "satellite":
        extra |= {key: draw(NUMBER) for key in ("days_per_week", "hours_per_day", "staff_fte")}
        extra["office"] = draw(st.sampled_from(["own", "borrowed"]))
    if model == "outreach":
        extra |= {key: draw(NUMBER) for key in ("sessions_per_year", "session_hours")}
    return Service(model, draw(st.sampled_from(CODES)), serves, basis=draw(TEXT), note=draw(TEXT), **extra)  # type: ignore[arg-type]


@given(
    rows=st.lists(services(), max_size=6),
    note=TEXT,
    centre=st.sampled_from(["", "aozora"]),
    demand=st.dictionaries(st.sampled_from(CODES), st.builds(DemandOverride, NUMBER, NUMBER), max_size=3),
    parameters=st.dictionaries(st.sampled_from(["share_ict", "visits_per_trip"]), st.floats(0.1, 1), max_size=2),
)
def test_a_plan_written_and_read_again_is_the_same(
    rows: list[Service], note: str, centre: str, demand: dict[str, DemandOverride], parameters: dict[str, float]
) -> None:
    plan = Plan("mine", "計画", 'A "plan"', note, note, note, centre, "embedded", "", tuple(rows), parameters, demand)
    content = plan_bytes(plan)
    again = parse_plan(content, name="again.toml")
    assert again == plan
    assert plan_bytes(again) == content


def test_plans_of_a_folder_are_listed_and_found_by_their_id(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(TOP.replace("mine", name), encoding="utf-8")
    assert [plan.id for plan in list_plans(tmp_path)] == ["a", "b"]
    assert find_plan("b", tmp_path).id == "b"
    with pytest.raises(InputError, match=r"no plan 'c'.*one of a, b"):
        find_plan("c", tmp_path)
    (tmp_path / "c.toml").write_text(TOP.replace("mine", "a"), encoding="utf-8")
    with pytest.raises(InputError, match=r"c\.toml.*another plan has this id"):
        list_plans(tmp_path)
    assert list_plans(tmp_path / "none") == ()


def test_a_plan_made_on_other_roads_or_data_is_noted() -> None:
    plan = parsed(f'{TOP}network = "embedded"\ndata_version = "abc"\n')
    assert version_notes(plan, "embedded 123", "abc") == []
    assert len(version_notes(plan, "osm 123", "def")) == 2


def test_staff_of_another_centre_are_refused_in_a_centre_s_plan() -> None:
    text = 'schema = 1\nid = "p"\nname_ja = "案"\nname_en = "Plan"\ncentre_id = "ikinuki"\n[[staff]]\n'
    with pytest.raises(InputError, match=r"p\.toml, staff 1: .*aozora"):
        parse_plan(f'{text}centre_id = "aozora"\nfte = 2\n'.encode(), name="p.toml")
    plan = parse_plan(f'{text}centre_id = "ikinuki"\nfte = 2\njpy_per_fte = 4000000\n'.encode(), name="p.toml")
    assert parse_plan(plan_bytes(plan), name="again") == plan
    with pytest.raises(InputError, match="fte is missing"):
        parse_plan(f'{text}centre_id = "ikinuki"\n'.encode(), name="p.toml")
