from pathlib import Path

import pytest

from analysis.models.parameters import Parameters
from analysis.models.plan import TODAY, Service
from analysis.models.scoring import score
from geo.roads import load_network
from tests.models_case import case_parameters

WAKKANAI, RUMOI, TOYOTOMI, REBUN, SHIBETSU = "01214", "01212", "01516", "01517", "01220"


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return case_parameters(tmp_path_factory.mktemp("parameters"))


def statuses(service: Service, parameters: Parameters) -> dict[str, str]:
    table = score(TODAY.with_services([service]), parameters, "winter", load_network()).preconditions
    assert set(table["service"]) == {1}
    return dict(zip(table["condition"], table["status"], strict=True))


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        # Three commissioned offices; one direct office and providers, which may or may not lend a desk.
        (Service("satellite", WAKKANAI, (WAKKANAI,), staff_fte=1.0), {"host": "met", "staff": "unknown"}),
        (Service("satellite", RUMOI, (RUMOI,), staff_fte=1.0), {"host": "unknown", "staff": "unknown"}),
        (
            Service("satellite", RUMOI, (RUMOI,), staff_fte=1.0, office="own"),
            {"premises": "unknown", "staff": "unknown"},
        ),
        # The report states the staff of Tokachi's centre and not of the northern one.
        (
            Service("satellite", "01642", ("01642",), staff_fte=0.0),
            {"host": "met", "staff": "met", "day_trip": "met"},
        ),
        (
            Service("satellite", SHIBETSU, (SHIBETSU,), staff_fte=0.0),
            {"host": "unknown", "staff": "unknown", "day_trip": "met"},
        ),
        # A Hello Work office counts as a venue; the islands are no day trip.
        (Service("outreach", SHIBETSU, (SHIBETSU,)), {"venue": "met", "day_trip": "met"}),
        (Service("outreach", REBUN, (REBUN,)), {"venue": "unknown", "day_trip": "not_met"}),
        # A provider of employment support; nobody but the municipality's own office.
        (Service("ict", TOYOTOMI, (TOYOTOMI,)), {"partner_room": "met"}),
        (Service("ict", REBUN, (REBUN,)), {"partner_room": "unknown"}),
        (Service("consultation", REBUN, (REBUN,)), {"consultation_office": "met"}),
    ],
)
def test_what_a_service_needs_is_compared_with_the_tables(
    parameters: Parameters, service: Service, expected: dict[str, str]
) -> None:
    assert statuses(service, parameters) == expected


def test_a_partnership_is_checked_in_every_municipality_that_it_serves(parameters: Parameters) -> None:
    plan = TODAY.with_services([Service("retention", WAKKANAI, (WAKKANAI, REBUN))])
    table = score(plan, parameters, "summer", load_network()).preconditions
    assert list(table["place"]) == [WAKKANAI, REBUN]
    assert "commissioned" in table["en"].iloc[0]
    assert table["en"].iloc[1] == "1 office(s), direct"


def test_without_services_nothing_must_be_true(parameters: Parameters, tmp_path: Path) -> None:
    assert score(TODAY, parameters, "summer", load_network()).preconditions.empty
