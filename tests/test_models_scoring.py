"""What must hold for every plan, on the embedded network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.coverage import measure_coverage
from analysis.models.access import Access, access_of
from analysis.models.demand import FIGURES, Demand, base_demand, override_demand
from analysis.models.existing import existing_services
from analysis.models.flows import UnitScore, score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import MODELS, TODAY, DemandOverride, Plan, Service
from analysis.models.points import mean_over_days, open_share_within
from analysis.models.scoring import check_score, score
from analysis.models.totals import SUM_COLUMNS, weighted_quantiles
from geo.facilities import load_centre_activity
from geo.roads import SEASONS, load_network
from tests.models_case import case_parameters

LIMIT = 120.0
# Municipalities of the northern centre: near, far, and on islands.
CODES = ("01221", "01212", "01214", "01484", "01511", "01514", "01517", "01519")
_SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return case_parameters(tmp_path_factory.mktemp("parameters"))


@pytest.fixture(scope="module", params=SEASONS)
def access(request: pytest.FixtureRequest) -> Access:
    return access_of(load_network(), request.param)


@st.composite
def services(draw: st.DrawFn, models: tuple[str, ...] = MODELS) -> Service:
    serves = tuple(draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=5, unique=True)))
    return Service(
        draw(st.sampled_from(models)),  # type: ignore[arg-type]
        draw(st.sampled_from(CODES)),
        serves,
        days_per_week=draw(st.none() | st.floats(0, 5)),
        hours_per_day=draw(st.none() | st.floats(0, 8)),
        staff_fte=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
        sessions_per_year=draw(st.none() | st.floats(0, 60)),
        share=draw(st.floats(0, 0.2)),  # five of them at one place are a whole
    )


def plans(models: tuple[str, ...] = MODELS) -> st.SearchStrategy[Plan]:
    return st.lists(services(models), max_size=5).map(TODAY.with_services)


def scored(plan: Plan, parameters: Parameters, access: Access, demand: Demand | None = None) -> UnitScore:
    return score_units(plan, parameters, base_demand() if demand is None else demand, access, LIMIT)


@_SOME
@given(plan=plans(), satellite=services(("satellite",)))
def test_a_satellite_never_lengthens_anyones_way(
    parameters: Parameters, access: Access, plan: Plan, satellite: Service
) -> None:
    before = scored(plan, parameters, access).times
    after = scored(plan.with_services([*plan.services, satellite]), parameters, access).times
    for name in ("nearest_min", "any_day_min", "first_contact_min", "workplace_min", "staff_min"):
        assert (getattr(after, name) <= getattr(before, name) + 1e-9).all(), name
    assert (after.open_share >= before.open_share).all()


@_SOME
@given(plan=plans(), sessions=st.tuples(st.floats(0, 60), st.floats(0, 60)).map(sorted), hours=st.floats(0, 6))
def test_more_sessions_never_reduce_contact_days_or_contacts(
    parameters: Parameters, access: Access, plan: Plan, sessions: list[float], hours: float
) -> None:
    outreach = Service("outreach", "01214", ("01214", "01511"), session_hours=hours, share=0.0)
    outreach = replace(outreach, share=0.2)
    few, many = (
        scored(plan.with_services([*plan.services[:4], replace(outreach, sessions_per_year=n)]), parameters, access)
        for n in sessions
    )
    assert (many.times.open_share >= few.times.open_share).all()
    assert (many.times.any_day_min <= few.times.any_day_min + 1e-9).all()
    assert (many.contacts.of("outreach") >= few.contacts.of("outreach") - 1e-9).all()


@_SOME
@given(plan=plans())
def test_contacts_by_mode_are_the_demand_and_nothing_is_negative(
    parameters: Parameters, access: Access, plan: Plan
) -> None:
    result = scored(plan, parameters, access)
    assert result.contacts.by_mode.sum(axis=1) == pytest.approx(base_demand().contacts)
    for values in (result.contacts.by_mode, result.hours, result.costs, result.vehicle_km, result.nights):
        assert (values >= -1e-9).all()
        assert np.isfinite(values).all()
    assert (result.times.open_share <= 1).all()


@_SOME
@given(plan=plans())
def test_costs_of_services_and_of_single_contacts_give_the_whole(
    parameters: Parameters, access: Access, plan: Plan
) -> None:
    result = scored(plan, parameters, access)
    terms = result.terms
    assert result.costs.sum(axis=0)[3:] == pytest.approx(result.service_costs.sum(axis=0)[3:])
    assert result.setup_jpy.sum() == pytest.approx(terms.setup_jpy.sum())
    assert result.hours[:, 1].sum() == pytest.approx(terms.presence_hours.sum())
    assert (result.costs.sum(axis=0) >= result.service_costs.sum(axis=0) - 1e-6).all()
    # 3,000 yen an hour in these assumptions.
    assert result.costs[:, 0] == pytest.approx(result.hours.sum(axis=1) * 3000)


@_SOME
@given(service=services())
def test_two_services_of_half_a_share_take_what_one_takes(
    parameters: Parameters, access: Access, service: Service
) -> None:
    generous = replace(service, days_per_week=5.0, hours_per_day=8.0, sessions_per_year=60.0)
    half = replace(generous, share=generous.share_or({}) / 2)
    one = scored(TODAY.with_services([generous]), parameters, access)
    two = scored(TODAY.with_services([half, half]), parameters, access)
    assert two.contacts.by_mode == pytest.approx(one.contacts.by_mode)
    # The same people, the same days: two doors side by side bring nobody twice.
    assert (two.times.open_share == one.times.open_share).all()
    assert two.times.any_day_min == pytest.approx(one.times.any_day_min)


@_SOME
@given(plan=plans())
def test_the_order_of_services_does_not_matter(parameters: Parameters, access: Access, plan: Plan) -> None:
    one, other = (
        scored(plan.with_services(order), parameters, access) for order in (plan.services, plan.services[::-1])
    )
    assert one.contacts.by_mode == pytest.approx(other.contacts.by_mode)
    assert one.times.any_day_min == pytest.approx(other.times.any_day_min)
    assert one.hours[:, :3].sum() == pytest.approx(other.hours[:, :3].sum())


def test_totals_over_municipalities_areas_and_centres_agree(parameters: Parameters) -> None:
    plan = TODAY.with_services(
        [
            Service("satellite", "01214", ("01214", "01511", "01517", "01519")),
            Service("outreach", "01517", ("01517", "01519", "01518")),
            Service("ict", "01609", ("01609",)),
            Service("retention", "01346", ("01346",)),
        ]
    )
    result = score(plan, parameters, "winter", load_network())
    check_score(result)
    assert len(result.municipalities) == 179
    by_centre = result.municipalities.groupby("centre_id")[list(SUM_COLUMNS)].sum()
    table = result.totals[result.totals["region_kind"] == "centre"].set_index("region_id")
    for column in SUM_COLUMNS:
        assert by_centre[column].to_dict() == pytest.approx(table.loc[by_centre.index, column].to_dict()), column


def test_places_without_services_are_as_the_coverage_has_them(parameters: Parameters) -> None:
    network = load_network()
    today = score(TODAY, parameters, "winter", network, limit_min=90).places
    today = today[~today["code"].isin([service.at for service in existing_services()])]
    coverage = measure_coverage(network, season="winter", threshold_min=90).units.set_index("part_id")
    coverage = coverage.loc[today.index]
    assert today["nearest_min"].to_dict() == pytest.approx(coverage.loc[today.index, "travel_min"].to_dict())
    assert (today["status"] == coverage.loc[today.index, "status"]).all()
    assert (today["any_day_min"] == today["nearest_min"]).all()


def test_demand_of_a_centres_municipalities_is_the_centres() -> None:
    demand = base_demand()
    activity = load_centre_activity().set_index("centre_id")
    arrays = (demand.registrants, demand.contacts, demand.workplace_visits, demand.placements)
    for name, values in zip(FIGURES, arrays, strict=True):
        sums = np.bincount(demand.places["centre_id"].map(activity.index.get_loc), weights=values)
        assert sums == pytest.approx(activity[name].to_numpy(float)), name
    assert demand.people.sum() == 5_463_045


def test_demand_that_the_reader_knows_replaces_that_municipality_alone() -> None:
    demand = base_demand()
    changed = override_demand(demand, {"01206": DemandOverride(contacts_per_year=900, registrants=90)})
    here = (demand.places["code"] == "01206").to_numpy()
    assert here.sum() > 1  # Kushiro has parts
    assert (changed.contacts[here].sum(), changed.registrants[here].sum()) == (pytest.approx(900), pytest.approx(90))
    ratio = demand.workplace_visits[here].sum() / demand.contacts[here].sum()
    assert changed.workplace_visits[here].sum() == pytest.approx(900 * ratio)
    assert (changed.contacts[~here] == demand.contacts[~here]).all()


def test_where_no_ferry_sails_nothing_is_nearer_than_infinity(parameters: Parameters) -> None:
    whole = access_of(load_network(), "summer")
    island = base_demand().places.index.get_loc("01519")
    unit_min, site_min = whole.unit_min.copy(), whole.site_min.copy()
    unit_min[island], own = np.inf, whole.site("01519")
    site_min[own], site_min[:, own] = np.inf, np.inf
    unit_min[island, own] = 0.0
    cut_off = replace(whole, unit_min=unit_min, site_min=site_min)
    plan = TODAY.with_services([Service("outreach", "01519", ("01519",)), Service("ict", "01519", ("01519",))])
    result = scored(plan, parameters, cut_off)
    assert np.isinf(result.times.nearest_min[island])
    assert result.terms.open_days[0] == 0
    assert result.contacts.of("outreach")[island] == 0
    assert result.contacts.of("ict")[island] > 0
    assert result.contacts.of("unserved")[island] > 0
    assert result.contacts.by_mode[island].sum() == pytest.approx(base_demand().contacts[island])
    assert np.isfinite(result.costs).all()


def test_open_days_are_not_counted_twice() -> None:
    minutes = np.asarray([[100.0, 20.0, 10.0], [50.0, np.inf, np.inf], [np.inf, 30.0, np.inf]])
    share = np.asarray([1.0, 0.4, 0.1])
    # Unit 0: 10 min on 10 %, 20 on 30 % more, else 100. Unit 2 cannot reach a point that is open every day.
    assert mean_over_days(minutes, share).tolist() == pytest.approx([1 + 6 + 60, 50, np.inf])
    within = open_share_within(minutes, share, np.asarray([15.0, 30.0, 120.0]))
    assert within.tolist() == [[0.1, 0.4, 1.0], [0, 0, 1.0], [0, 0.4, 0.4]]


def test_weighted_quantiles_by_group() -> None:
    values, weight = np.asarray([30.0, 10, 20, 5, np.inf]), np.asarray([1.0, 8, 1, 1, 3])
    group = np.asarray([0, 0, 0, 1, 1])
    assert weighted_quantiles(values, weight, group, 3, 0.9).tolist() == pytest.approx([20, 5, np.nan], nan_ok=True)
    assert weighted_quantiles(values, weight, group, 3, 0.8).tolist()[0] == 10
