"""Every figure of one small case, worked by hand; see models_case.py for the map and the assumptions.

Today. In person without visits to workplaces: A 0.5*100-10 = 40, B 40-8 = 32, C 20-4 = 16; calls A 50, B 40, C 20.
A and B lie within 120 minutes (a quarter is visited at home), C beyond (half): at home 10, 8, 8; at the centre 30, 24,
8.
Two visits a trip: 10, 8 and 6 trips.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.models.contacts import MODES
from analysis.models.flows import COSTS, HOURS, UnitScore, score_units
from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, AddedStaff, Plan, Service
from analysis.models.totals import Grouping, tabulate
from tests.models_case import case_access, case_demand, case_parameters

LIMIT = 120.0
SITES = TODAY.with_services(
    [
        Service("satellite", "01212", ("01212", "01519")),
        Service("outreach", "01519", ("01519",)),
    ]
)
PARTNERS = TODAY.with_services(
    [
        Service("ict", "01519", ("01519",)),
        Service("consultation", "01212", ("01212",)),
        Service("retention", "01519", ("01519",)),
    ]
)


@pytest.fixture
def parameters(tmp_path: Path) -> Parameters:
    return case_parameters(tmp_path)


def scored(plan: Plan, parameters: Parameters) -> UnitScore:
    own = Plan(**(vars(plan) | {"centre_id": "ikinuki"}))
    return score_units(own, parameters, case_demand(), case_access(), LIMIT)


def whole(score: UnitScore, parameters: Parameters) -> pd.Series:
    regions = pd.DataFrame({"region_kind": ["all"], "region_id": ["all"], "name_ja": ["全"], "name_en": ["all"]})
    return tabulate(score, case_demand(), Grouping(regions, np.zeros(3, dtype=np.int64)), parameters, LIMIT).iloc[0]


def modes(score: UnitScore, unit: int) -> dict[str, float]:
    found = dict(zip(MODES, score.contacts.by_mode[unit], strict=True))
    return {mode: pytest.approx(value) for mode, value in found.items() if value}


def by_kind(kinds: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    return {kind: pytest.approx(value) for kind, value in zip(kinds, values.sum(axis=0), strict=True)}


def test_today(parameters: Parameters) -> None:
    score = scored(TODAY, parameters)
    assert modes(score, 0) == {"centre_visit": 30, "staff_visit": 20, "phone": 50}
    assert modes(score, 1) == {"centre_visit": 24, "staff_visit": 16, "phone": 40}
    assert modes(score, 2) == {"centre_visit": 8, "staff_visit": 12, "phone": 20}
    # Driving: A 20*0.25; B 8 trips*200/60 + 16*0.25; C 6*360/60 + 12*0.25.
    # Talking: 1 h a contact, 2 h a visit to a workplace: A 90+20, B 72+16, C 36+8.
    driving = 5 + (8 * 200 / 60 + 4) + (36 + 3)
    assert by_kind(HOURS, score.hours) == dict(zip(HOURS, (driving, 0, 242, 0, 0), strict=True))
    # B 8*180 + C 6*300 km; every trip to C takes a night (180 > 150 minutes one way).
    assert score.vehicle_km.sum() == pytest.approx(3240)
    assert score.nights.tolist() == [0, 0, 6]
    # 3,000 yen an hour; 40 yen a km; 9,000 + 2*2,000 yen a night.
    assert by_kind(COSTS, score.costs) == dict(zip(COSTS, (950_000, 129_600, 78_000, 0, 0, 0, 0), strict=True))
    assert score.user_hours.sum() == pytest.approx((24 * 100 + 8 * 180) * 2 / 60)


def test_times_today(parameters: Parameters) -> None:
    row = whole(scored(TODAY, parameters), parameters)
    assert row["people_within_limit"] == row["people_days_within_limit"] == 1500
    assert (row["people_within_30min"], row["registrants_within_120min"]) == (1000, 15)
    assert (row["people_over_limit"], row["people_no_route"]) == (100, 0)
    assert (row["places_over_limit_ja"], row["places_over_limit_en"]) == ("丙", "C")
    # Weighted by 10, 5 and 2 registrants.
    assert row["nearest_mean_min"] == pytest.approx((5 * 100 + 2 * 180) / 17)
    assert (row["nearest_median_min"], row["nearest_p90_min"]) == (0, 180)
    assert row["workplace_mean_min"] == pytest.approx(860 / 17 + 15)
    assert row["contact_days"] == pytest.approx(200 * 15 / 17)
    assert row["fte_needed"] == pytest.approx((74 + 2 / 3 + 242) / 1600)
    assert row["cost_jpy"] == pytest.approx(1_157_600)


def test_a_satellite_and_sessions(parameters: Parameters) -> None:
    """The satellite is open 80 of 200 days, 5 h; the sessions are 10 of 3 h with two staff."""
    score = scored(SITES, parameters)
    assert score.terms.open_days.tolist() == [80, 10]
    assert score.terms.capacity.tolist() == [400, 60]
    # B 32*0.5 = 16 at the satellite; C 16*0.5 = 8 there and 16*0.25 = 4 at sessions.
    assert modes(score, 1) == {"centre_visit": 12, "staff_visit": 12, "satellite": 16, "phone": 40}
    assert modes(score, 2) == {"centre_visit": 2, "staff_visit": 6, "satellite": 8, "outreach": 4, "phone": 20}
    # Visits start at the satellite: B 12*0.25 h; C 3 trips*120/60 + 6*0.25. To the sessions 10*2 staff*360/60.
    driving = 5 + 3 + 7.5 + 120
    # The desk 400 h, the sessions 60; talking A 110, B 56+16, C 24+8; meetings with the host 4*2, sessions 10*1.
    # The worker stationed is paid 1,600 h: desk 400, B 3+4+16, C 7.5+2+8.
    standby = 1600 - 400 - 23 - 17.5
    assert by_kind(HOURS, score.hours) == dict(zip(HOURS, (driving, 460, 214, 18, standby), strict=True))
    assert score.vehicle_km.sum() == pytest.approx(3 * 100 + 10 * 300)
    assert score.nights.sum() == pytest.approx(20)
    expected = (5_961_000, 132_000, 260_000, 10_000 + 10 * 1_000, 0, 0, 0)
    assert by_kind(COSTS, score.costs) == dict(zip(COSTS, expected, strict=True))
    # A third of the satellite belongs to C: 8 of 24 contacts.
    assert score.costs[2, COSTS.index("premises")] == pytest.approx(10_000 / 3 + 10_000)
    assert score.user_hours.sum() == pytest.approx((12 * 100 + 2 * 180 + 8 * 60) * 2 / 60)
    assert score.setup_jpy.sum() == 0


def test_times_with_a_satellite_and_sessions(parameters: Parameters) -> None:
    score = scored(SITES, parameters)
    assert score.times.nearest_min.tolist() == [0, 0, 0]
    # B: 0 min on 40 % of the days, else 100. C: 0 on 5 %, 60 on 35 % more, else 180.
    assert score.times.any_day_min == pytest.approx([0, 60, 0.35 * 60 + 0.6 * 180])
    assert score.times.workplace_min == pytest.approx([15, 75, 0.4 * 60 + 0.6 * 180 + 15])
    row = whole(score, parameters)
    assert row["people_within_limit"] == 1600
    assert row["people_days_within_limit"] == pytest.approx(1500 + 0.4 * 100)
    assert row["people_days_within_30min"] == pytest.approx(1000 + 0.4 * 500 + 0.05 * 100)
    assert row["people_within_30min"] == 1600
    assert row["contact_days"] == pytest.approx((15 * 200 + 2 * 80) / 17)
    assert row["places_over_limit_ja"] == ""


def test_video_and_partners(parameters: Parameters) -> None:
    score = scored(PARTNERS, parameters)
    # B's office takes 40 % of 32 and of 40 calls. C: video 16*0.4*0.75; half of the 4 visits to workplaces.
    assert modes(score, 1) == {"centre_visit": 14.4, "staff_visit": 12.8, "partner": 28.8, "phone": 24}
    assert modes(score, 2) == {"centre_visit": 5.6, "staff_visit": 7.6, "ict": 4.8, "partner": 2, "phone": 20}
    # Four meetings a year at C and at B; the partner at C is met once for both models.
    driving = 5 + (6.4 * 200 / 60 + 3.2) + (3.8 * 6 + 1.9) + 4 * 6 + 4 * 200 / 60
    # Talking: A 110; B 43.2+16; C 31.2+4 and 4.8*1.2 by video. Cases: B 5*0.4 persons*2 h; C 1*0.5 persons*3 h.
    talking, coordination = 110 + 59.2 + 35.2 + 5.76, 2 * 8 + 4 + 1.5
    assert by_kind(HOURS, score.hours) == dict(zip(HOURS, (driving, 0, talking, coordination, 0), strict=True))
    assert score.vehicle_km.sum() == pytest.approx(6.4 * 180 + 3.8 * 300 + 4 * 300 + 4 * 180)
    assert score.nights.sum() == pytest.approx(3.8 + 4)
    staff = (driving + talking + coordination) * 3000
    expected = (staff, 4212 * 40, 7.8 * 13_000, 0, 50_000, 150_000, 0)
    assert by_kind(COSTS, score.costs) == dict(zip(COSTS, expected, strict=True))
    assert score.setup_jpy.tolist() == [0, 0, 90_000]
    assert score.user_hours.sum() == pytest.approx((14.4 * 100 + 5.6 * 180) * 2 / 60)
    # No member of the centre's staff comes nearer, but B's office takes first contacts and C's answers at workplaces.
    assert score.times.nearest_min.tolist() == [0, 100, 180]
    assert score.times.first_contact_min.tolist() == [0, 0, 180]
    assert score.times.workplace_min.tolist() == [15, 115, 15]


def test_what_does_not_fit_into_the_opening_hours_stays_as_today(parameters: Parameters) -> None:
    plan = TODAY.with_services(
        [Service("outreach", "01212", ("01212",), sessions_per_year=2, session_hours=1, share=1)]
    )
    score = scored(plan, parameters)
    # Two sessions of an hour with two staff: four people, of 32 who would come.
    assert modes(score, 1) == {"centre_visit": 21, "staff_visit": 15, "outreach": 4, "phone": 40}


def test_a_desk_without_stationed_staff_is_kept_from_the_centre(parameters: Parameters) -> None:
    desk = Service("satellite", "01519", ("01519",), days_per_week=1, hours_per_day=2, staff_fte=0, office="own")
    score = scored(TODAY.with_services([desk]), parameters)
    # 40 days a year: 40*360/60 h and 40 nights on the way, nobody waiting; visits to workplaces start at the centre.
    assert score.terms.driving_hours[0] == pytest.approx(240)
    assert score.terms.nights[0] == 40
    assert score.hours[:, HOURS.index("standby")].sum() == 0
    assert score.times.workplace_min.tolist() == [15, 115, 195]
    assert (score.costs[2, COSTS.index("premises")], score.setup_jpy[2]) == (300_000, 500_000)


def test_nobody_is_sent_to_a_satellite_farther_than_the_centre(parameters: Parameters) -> None:
    plan = TODAY.with_services([Service("satellite", "01519", ("01212", "01221"), share=1)])
    score = scored(plan, parameters)
    assert score.contacts.of("satellite").tolist() == [0, pytest.approx(32), 0]


def test_staff_added_to_a_centre_are_paid_by_its_residents(parameters: Parameters) -> None:
    plan = Plan("more", "増員", "More staff", staff=(AddedStaff("ikinuki", 2), AddedStaff("ikinuki", 1, 3_000_000)))
    today, score = scored(TODAY, parameters), scored(plan, parameters)
    # Two at 4.8 million yen and one at 3; A has 1,000 of the 1,600 residents.
    added = score.costs[:, COSTS.index("added_staff")]
    assert added.tolist() == pytest.approx([12_600_000 * share / 1600 for share in (1000, 500, 100)])
    assert score.costs.sum() - today.costs.sum() == pytest.approx(12_600_000)
    assert score.hours.sum() == today.hours.sum()
