"""The report's figures: every comparison made in its text must hold for the figures read from its tables."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from geo.errors import DataError, InputError
from geo.facilities import (
    ACTIVITY_COLUMNS,
    REPORT_MEAN_PLACEMENTS,
    REPORT_MEAN_WORKPLACE_VISITS,
    RESOURCE_COLUMNS,
    load_centre_activity,
    load_centres,
    load_municipal_resources,
    load_report_statements,
    load_resource_totals,
)
from geo.facilities_check import compare_with_report
from geo.paths import FACILITIES_DIR

MEAN_VISITS = REPORT_MEAN_WORKPLACE_VISITS
RUMOI = ["留萌市", "増毛町", "小平町", "苫前町", "羽幌町", "初山別村", "遠別町", "天塩町"]


@pytest.fixture(scope="module")
def activity() -> pd.DataFrame:
    return load_centre_activity().set_index("centre_id")


@pytest.fixture(scope="module")
def resources() -> pd.DataFrame:
    return load_municipal_resources().set_index("municipality_name")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FACILITIES_DIR, tmp_path / "facilities"))


def edit(directory: Path, name: str, old: str, new: str) -> None:
    path = directory / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the test must change exactly one place"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_centres_are_eleven_points_in_the_city_the_report_names() -> None:
    centres = load_centres()
    assert len(centres) == 11
    assert centres.crs == "EPSG:6668"
    names = load_municipal_resources().set_index("code")["municipality_name"]
    assert centres["municipality_code"].map(names).tolist() == centres["city_ja"].tolist()


def test_each_centre_lies_in_its_own_territory() -> None:
    centre_of_code = load_municipal_resources().set_index("code")["centre_id"]
    centres = load_centres()
    assert centres["municipality_code"].map(centre_of_code).tolist() == centres["centre_id"].tolist()


def test_a_point_that_is_only_a_town_hall_says_so_and_is_never_called_precise() -> None:
    centres = load_centres()
    is_seat = centres["point_basis"].str.startswith("seat of")
    assert (centres.loc[is_seat, "point_precision_m"] >= 3000).all()
    assert centres.loc[is_seat, "address_ja"].eq("").all()
    assert centres.loc[~is_seat, "address_source"].ne("").all()


def test_staff_is_missing_where_the_report_does_not_say() -> None:
    staff = load_centres().set_index("centre_id")
    assert staff["staff_total"].dropna().to_dict() == {
        "tasuku": 8,
        "hiroba": 6,
        "suteppu": 7,
        "puren": 3,
        "daichi": 7,
        "kitanomachi": 8,
    }
    assert staff["staff_job_coach"].dropna().to_dict() == {
        "tasuku": 1,
        "suteppu": 1,
        "puren": 1,
        "daichi": 2,
        "kitanomachi": 2,
    }


def test_mean_of_workplace_visits_is_the_one_the_report_states(activity: pd.DataFrame) -> None:
    assert activity["workplace_visits"].sum() == 2796
    assert round(activity["workplace_visits"].mean()) == MEAN_VISITS == 254


def test_mean_of_placements_is_the_one_the_report_states(activity: pd.DataFrame) -> None:
    assert activity["placements"].sum() == 419
    assert round(activity["placements"].mean()) == REPORT_MEAN_PLACEMENTS == 38


def test_no_other_pairing_of_the_doubtful_figures_gives_the_stated_mean_of_visits() -> None:
    certain = {"suteppu": 33, "puren": 102, "daichi": 616, "hibiki": 435, "noikeru": 73, "suteji": 135}
    doubtful = [(278, 309), (381, 462), (178, 167), (674, 349), (129, 115)]
    pairings = [
        (a, b, c, d, e)
        for a in doubtful[0]
        for b in doubtful[1]
        for c in doubtful[2]
        for d in doubtful[3]
        for e in doubtful[4]
        if round((sum(certain.values()) + a + b + c + d + e) / 11) == MEAN_VISITS and e < MEAN_VISITS / 2
    ]
    assert pairings == [(309, 462, 167, 349, 115)]


# Centre, claim of the text, column, lowest and highest figure that agree with it.
ACTIVITY_CLAIMS: list[tuple[str, str, str, float, float]] = [
    ("tasuku", "10 to 20 close partners", "partner_total", 10, 20),
    ("hiroba", "visits far above the mean", "workplace_visits", 1.5 * MEAN_VISITS, float("inf")),
    ("hiroba", "consults with 7 municipalities", "municipalities_consulting", 7, 7),
    ("suteppu", "visits far below the mean", "workplace_visits", 0, 0.5 * MEAN_VISITS),
    ("suteppu", "consults with 17 municipalities", "municipalities_consulting", 17, 17),
    ("puren", "visits far below the mean", "workplace_visits", 0, 0.5 * MEAN_VISITS),
    ("puren", "over 80 placements", "placements", 81, float("inf")),
    ("daichi", "visits at least twice the mean", "workplace_visits", 2 * MEAN_VISITS, float("inf")),
    ("daichi", "consults with 19 municipalities", "municipalities_consulting", 19, 19),
    ("hibiki", "visits nearly twice the mean", "workplace_visits", 1.5 * MEAN_VISITS, 2 * MEAN_VISITS),
    ("aozora", "visits below the mean", "workplace_visits", 0, MEAN_VISITS - 1),
    ("aozora", "ties with nearly all 18 municipalities", "municipalities_advising", 17, 18),
    ("noikeru", "visits about 30 % of the mean", "workplace_visits", 0.25 * MEAN_VISITS, 0.35 * MEAN_VISITS),
    ("kitanomachi", "visits far above the mean", "workplace_visits", 1.3 * MEAN_VISITS, float("inf")),
    ("kitanomachi", "consults with 15 municipalities", "municipalities_consulting", 15, 15),
    ("ikinuki", "visits at most half the mean", "workplace_visits", 0, 0.5 * MEAN_VISITS),
    ("suteji", "visits about half the mean", "workplace_visits", 0.45 * MEAN_VISITS, 0.55 * MEAN_VISITS),
]


@pytest.mark.parametrize(
    ("centre", "column", "low", "high"),
    [(centre, *bounds) for centre, _, *bounds in ACTIVITY_CLAIMS],
    ids=[f"{claim[0]} {claim[1]}" for claim in ACTIVITY_CLAIMS],
)
def test_activity_agrees_with_the_text(
    activity: pd.DataFrame, centre: str, column: str, low: float, high: float
) -> None:
    assert low <= activity[column][centre] <= high


@pytest.mark.parametrize(("column", "centre"), [("consultations", "tasuku"), ("placements", "puren")])
def test_the_centre_that_the_text_calls_first_has_the_highest_figure(
    activity: pd.DataFrame, column: str, centre: str
) -> None:
    assert activity[column].idxmax() == centre


def test_every_centre_has_an_activity_claim() -> None:
    assert {claim[0] for claim in ACTIVITY_CLAIMS} == set(load_centres()["centre_id"])


def test_the_one_figure_that_departs_from_the_text_is_documented(activity: pd.DataFrame) -> None:
    row = activity.loc["kitanomachi"]
    assert row["placements"] == 56
    assert "close to 50" in row["note"]


def test_what_cannot_be_read_is_missing_and_says_why(activity: pd.DataFrame) -> None:
    is_missing = activity[list(ACTIVITY_COLUMNS)].isna()
    missing = {str(centre): list(row.index[row]) for centre, row in is_missing.iterrows() if row.any()}
    assert missing == {
        "tasuku": ["municipalities_consulting", "municipalities_advising"],
        "hibiki": [
            "trainee_employers",
            "partner_transition_support",
            "partner_type_a",
            "partner_type_b",
            "partner_total",
        ],
    }
    assert activity.loc[list(missing), "note"].ne("").all()


@pytest.mark.parametrize(
    ("centre", "column", "city", "in_city", "in_all"),
    [
        ("tasuku", "transition_support", "札幌市", 52, 52),
        ("tasuku", "type_a", "札幌市", 71, 71),
        ("hiroba", "type_a", "小樽市", 2, 2),
        ("suteppu", "transition_support", "函館市", 4, 7),
        ("suteppu", "type_a", "函館市", 4, 5),
        ("puren", "transition_support", "釧路市", 4, 7),
        ("puren", "type_a", "釧路市", 13, 18),
        ("daichi", "transition_support", "帯広市", 10, 14),
        # The text names Hakodate in the section of Obihiro's centre.
        ("daichi", "type_a", "帯広市", 9, 11),
        ("kitanomachi", "transition_support", "旭川市", 13, 16),
        ("kitanomachi", "type_a", "旭川市", 9, 12),
    ],
)
def test_the_share_of_the_city_is_the_one_in_the_text(
    resources: pd.DataFrame, centre: str, column: str, city: str, in_city: int, in_all: int
) -> None:
    of_centre = resources.loc[resources["centre_id"] == centre, column]
    assert (of_centre[city], of_centre.sum()) == (in_city, in_all)


def test_dohoku_has_the_seven_transition_supports_of_the_text(resources: pd.DataFrame) -> None:
    assert resources.loc[resources["centre_id"] == "ikinuki", "transition_support"].sum() == 7


@pytest.mark.parametrize(
    ("centre", "column", "with_any", "municipalities"),
    [
        ("hiroba", "type_a", 1, 20),
        ("hibiki", "transition_support", 24 - 15, 24),
        ("hibiki", "type_a", 24 - 16, 24),
        ("hibiki", "hello_work", 5, 24),
        ("aozora", "transition_support", 3, 18),
        ("aozora", "type_a", 4, 18),
    ],
)
def test_as_many_municipalities_have_a_resource_as_the_text_says(
    resources: pd.DataFrame, centre: str, column: str, with_any: int, municipalities: int
) -> None:
    of_centre = resources.loc[resources["centre_id"] == centre, column]
    assert (of_centre.gt(0).sum(), len(of_centre)) == (with_any, municipalities)


@pytest.mark.parametrize(
    ("names", "direct", "commissioned"),
    [
        (["八雲町"], 2, 0),
        (["森町"], 1, 0),
        (["今金町"], 0, 1),
        (["深川市", "沼田町", "秩父別町", "北竜町", "妹背牛町"], 0, 1),
        (["紋別市"], 1, 2),
        (["千歳市", "北広島市"], 0, 2),
        (RUMOI, 1, 0),
        (["稚内市"], 0, 3),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else str(value),
)
def test_consultation_is_run_as_the_text_says(
    resources: pd.DataFrame, names: list[str], direct: int, commissioned: int
) -> None:
    assert resources.loc[names, "consultation_direct"].eq(direct).all()
    assert resources.loc[names, "consultation_commissioned"].eq(commissioned).all()


def test_every_printed_total_is_transcribed() -> None:
    totals = load_resource_totals()
    assert totals.groupby(["table_no", "scope"]).size().eq(len(RESOURCE_COLUMNS)).all()
    assert totals.groupby("scope")["table_no"].nunique().to_dict() == {"subtotal": 10, "total": 11}


@pytest.mark.parametrize("column", ["transition_support", "type_a", "type_b", "hello_work"])
def test_rows_give_the_printed_totals(resources: pd.DataFrame, column: str) -> None:
    for total in load_resource_totals().query("column == @column").to_dict("records"):
        rows = resources[(resources["table_no"] == total["table_no"]) & (resources["row_no"] <= total["row_to"])]
        assert rows[column].sum() == total["value"], total


def test_only_kushiro_tokachi_and_kamikawa_leave_consultation_offices_unassigned(
    resources: pd.DataFrame,
) -> None:
    unassigned = resources[resources["consultation_unassigned"] > 0]
    assert unassigned.groupby("centre_id")["consultation_unassigned"].agg(["size", "sum"]).to_dict("index") == {
        "puren": {"size": 8, "sum": 8},
        "daichi": {"size": 8, "sum": 9},
        "kitanomachi": {"size": 12, "sum": 12},
    }
    assert unassigned["note"].ne("").all()
    known = resources.drop(index=unassigned.index)
    assert known[["consultation_direct", "consultation_commissioned"]].notna().all(axis=None)
    assert unassigned[["consultation_direct", "consultation_commissioned"]].isna().all(axis=None)


def test_cells_hold_the_printed_figures_in_their_order(resources: pd.DataFrame) -> None:
    order = [*RESOURCE_COLUMNS[:5], "consultation_unassigned", "hello_work"]
    for name, row in resources.iterrows():
        printed = [int(figure) for figure in row["printed_figures"].split()]
        assert printed[:3] == row[order[:3]].tolist(), name
        assert [f for f in printed[3:] if f] == [f for f in row[order[3:]].dropna() if f], name


def test_a_duplicated_code_is_refused_by_name(copied: Path) -> None:
    edit(copied, "municipal_resources.csv", "01391,島牧村", "01203,島牧村")
    with pytest.raises(DataError, match=r"municipal_resources\.csv: line 3, column code: '01203'"):
        load_municipal_resources(copied)


def test_a_code_outside_hokkaido_is_refused(copied: Path) -> None:
    edit(copied, "municipal_resources.csv", "01391,島牧村", "13101,島牧村")
    with pytest.raises(DataError, match=r"'13101' .*01xxx"):
        load_municipal_resources(copied)


def test_a_missing_municipality_is_refused(copied: Path) -> None:
    edit(copied, "municipal_resources.csv", "01609,えりも町,suteji,11,18,0,0,0,1,0,0,0,0 0 0 1 0 0,\n", "")
    with pytest.raises(DataError, match="178 municipalities, expected 179"):
        load_municipal_resources(copied)


def test_an_unknown_centre_is_refused_with_the_known_ones(copied: Path) -> None:
    edit(copied, "municipal_resources.csv", "島牧村,hiroba", "島牧村,hirobaa")
    with pytest.raises(DataError, match=r"unknown centre hirobaa\. Use an id of centres\.csv: tasuku, hiroba"):
        load_municipal_resources(copied)


def test_a_centre_without_activity_is_refused(copied: Path) -> None:
    path = copied / "centre_activity.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("noikeru,")), encoding="utf-8")
    with pytest.raises(DataError, match="no row for centre noikeru"):
        load_centre_activity(copied)


def test_a_missing_column_is_refused_by_name(copied: Path) -> None:
    edit(copied, "centres.csv", "point_precision_m", "precision")
    with pytest.raises(InputError, match=r"centres\.csv: .*column point_precision_m is missing"):
        load_centres(copied)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("centres.csv", "43.062096", "34.062096", "line 2, column lat: 34.062096 .*a latitude in Hokkaido"),
        ("centre_activity.csv", "suteji,289", "suteji,-289", "column registrants: -289 .*0 or more"),
        ("municipal_resources.csv", "島牧村,hiroba,2,2,0", "島牧村,hiroba,2,2,-1", "transition_support: -1"),
        ("municipal_resources.csv", "島牧村,hiroba,2,2,0", "島牧村,hiroba,2,2,x", "transition_support"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_place(
    copied: Path, name: str, old: str, new: str, message: str
) -> None:
    edit(copied, name, old, new)
    load = {
        "centres.csv": load_centres,
        "centre_activity.csv": load_centre_activity,
        "municipal_resources.csv": load_municipal_resources,
    }[name]
    with pytest.raises(DataError, match=message):
        load(copied)


def test_a_changed_figure_is_refused_by_the_printed_total(copied: Path) -> None:
    edit(
        copied,
        "municipal_resources.csv",
        "島牧村,hiroba,2,2,0,0,0,1,0,0,0",
        "島牧村,hiroba,2,2,0,0,0,0,1,0,0",
    )
    with pytest.raises(DataError, match="table 2, subtotal: consultation_direct gives 12, printed 13"):
        load_municipal_resources(copied)


def test_a_changed_unassigned_office_is_refused_by_the_printed_total(copied: Path) -> None:
    edit(
        copied,
        "municipal_resources.csv",
        "鷹栖町,kitanomachi,9,2,0,0,3,,,1",
        "鷹栖町,kitanomachi,9,2,0,0,3,,,2",
    )
    with pytest.raises(DataError, match="table 9, subtotal: 15 consultation offices, printed 14"):
        load_municipal_resources(copied)


def test_a_changed_mean_is_refused(copied: Path) -> None:
    edit(copied, "centre_activity.csv", "tasuku,278,7287,309", "tasuku,309,7287,278")
    with pytest.raises(DataError, match=r"the mean of workplace_visits is 251\.36, expected 254"):
        load_centre_activity(copied)


def test_partners_that_do_not_add_up_are_refused(copied: Path) -> None:
    edit(copied, "centre_activity.csv", "4,3,2,9,0,1,0", "4,3,2,8,0,1,0")
    with pytest.raises(DataError, match="the partners of suteji do not give partner_total"):
        load_centre_activity(copied)


def test_statements_have_ordered_bounds_and_know_their_centre() -> None:
    statements = load_report_statements()
    for unit in ("hours", "km"):
        both = statements[[f"min_{unit}", f"max_{unit}"]].dropna()
        assert (both[f"min_{unit}"] <= both[f"max_{unit}"]).all()
    lower_only = statements["qualifier"].isin(["over", "at_least"])
    assert statements.loc[lower_only, "min_hours"].notna().all()
    assert statements.loc[lower_only, "max_hours"].isna().all()
    assert set(statements["centre_id"]) - {""} == set(load_centres()["centre_id"]) - {"tasuku"}


def test_a_statement_on_an_unknown_centre_is_refused(copied: Path) -> None:
    edit(copied, "report_statements.csv", "puren_rausu,puren", "puren_rausu,kushiro")
    with pytest.raises(DataError, match="unknown centre kushiro"):
        load_report_statements(copied)


def test_comparing_with_another_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.txt"
    path.write_text("1 現況\n", encoding="utf-8")
    with pytest.raises(InputError, match="1 sections of chapter 2 found, expected 11"):
        compare_with_report(path)
