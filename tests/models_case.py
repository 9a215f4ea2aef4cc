"""A small case for the service models: round assumptions, and three places whose every figure is worked out by hand.

```
A (01221, the centre ikinuki)   --100 min, 90 km-->  B (01212)  --60 min, 50 km-->  C (01519)
A --180 min, 150 km--> C        limit 120 min
```
"""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.ferry_days import no_ferries
from analysis.models.access import Access
from analysis.models.demand import Demand
from analysis.models.parameters import REQUIRED_UNITS, Parameters, load_parameters

VALUES: dict[str, tuple[float, float, float]] = {
    "working_days_per_year": (200, 180, 220),
    "work_hours_per_day": (8, 8, 8),
    "winter_days_per_year": (146, 100, 160),
    "bad_winter_days_per_year": (36.5, 0, 40),
    "consultations_face_to_face_share": (0.5, 0.3, 0.7),
    "staff_visit_share": (0.25, 0.1, 1),
    "staff_visit_share_far": (0.5, 0.3, 0.7),
    "staff_visit_far_min": (120, 90, 150),
    "contact_duration_min": (60, 30, 90),
    "workplace_visit_min": (120, 60, 180),
    "visits_per_trip": (2, 1, 3),
    "local_drive_minutes": (15, 5, 30),
    "overnight_threshold_min": (150, 120, 240),
    "max_driving_h_per_day": (5, 4, 8),
    "share_satellite": (0.5, 0.3, 0.9),
    "share_outreach": (0.25, 0.1, 0.6),
    "share_ict": (0.4, 0.2, 0.6),
    "partner_first_contact_share": (0.4, 0.2, 0.6),
    "retention_first_response_share": (0.5, 0.3, 0.7),
    "satellite_opening_days_per_week": (2, 1, 5),
    "satellite_hours_per_day": (5, 1, 8),
    "satellite_staff_fte": (1, 0.2, 2),
    "satellite_max_sites": (2, 1, 4),
    "satellite_own_office_rent_jpy_per_year": (300000, 200000, 900000),
    "satellite_own_office_setup_jpy": (500000, 300000, 900000),
    "satellite_borrowed_desk_jpy_per_year": (10000, 0, 100000),
    "outreach_sessions_per_year": (10, 4, 24),
    "session_hours_default": (3, 2, 4),
    "session_contacts_per_hour": (1, 0.5, 2),
    "outreach_staff": (2, 1, 2),
    "outreach_venue_jpy_per_session": (1000, 0, 3000),
    "coordination_hours_outreach": (1, 0.5, 2),
    "share_contacts_needing_meeting_ict": (0.25, 0.1, 0.5),
    "ict_contact_duration_factor": (1.2, 1, 1.4),
    "ict_setup_jpy": (90000, 50000, 150000),
    "ict_running_jpy_per_year": (20000, 0, 60000),
    "ict_partner_room_jpy_per_year": (30000, 0, 100000),
    "partner_coordination_h_per_case": (2, 1, 3),
    "partner_office_payment_jpy_per_year": (100000, 0, 200000),
    "retention_coordination_h_per_case": (3, 1, 4),
    "retention_partner_payment_jpy_per_year": (50000, 0, 100000),
    "coordination_meetings_per_year": (4, 1, 12),
    "coordination_meeting_h": (2, 1, 3),
    "staff_cost_jpy_per_year": (4800000, 4000000, 6000000),
    "vehicle_cost_jpy_per_km": (40, 20, 50),
    "lodging_jpy_per_night": (9000, 8000, 12000),
    "per_diem_jpy_per_day": (2000, 1000, 3000),
}
HEADER = "name,value,unit,low,high,basis,source,note_ja,note_en"


def parameter_lines() -> list[str]:
    """The rows of a table of parameters; the index of a row is its line in the file less 2."""
    return [
        f"{name},{value},{REQUIRED_UNITS[name]},{low},{high},assumption,,試験用,for the tests"
        for name, (value, low, high) in VALUES.items()
    ]


def write_parameters(path: Path, lines: list[str] | None = None) -> Path:
    """Write a table of parameters."""
    path.write_text("\n".join([HEADER, *(parameter_lines() if lines is None else lines)]) + "\n", encoding="utf-8")
    return path


def case_parameters(folder: Path) -> Parameters:
    """The round assumptions, read from a file."""
    return load_parameters(write_parameters(folder / "parameters.csv"))


def case_demand() -> Demand:
    """A, B and C."""
    places = pd.DataFrame(
        {
            "code": ["01221", "01212", "01519"],
            "name_ja": ["甲", "乙", "丙"],
            "name_en": ["A", "B", "C"],
            "area_id": ["x", "y", "y"],
            "centre_id": ["ikinuki"] * 3,
        },
        index=pd.Index(["01221", "01212", "01519"], name="part_id"),
    )
    people, registrants = np.asarray([1000.0, 500.0, 100.0]), np.asarray([10.0, 5.0, 2.0])
    contacts, visits = np.asarray([100.0, 80.0, 40.0]), np.asarray([10.0, 8.0, 4.0])
    return Demand(places, people, registrants, contacts, visits, np.asarray([2.0, 1.0, 1.0]))


def case_access() -> Access:
    """The ways between them; the centre stands at A."""
    minutes = np.asarray([[0.0, 100, 180, 0], [100, 0, 60, 100], [180, 60, 0, 180], [0, 100, 180, 0]])
    km = np.asarray([[0.0, 90, 150, 0], [90, 0, 50, 90], [150, 50, 0, 150], [0, 90, 150, 0]])
    sites = pd.Index(["01221", "01212", "01519", "ikinuki"])
    return Access("summer", sites, minutes[:3], km[:3], minutes, km, no_ferries(3, 4), no_ferries(4, 4))
