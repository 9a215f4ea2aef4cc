"""How long to whom: the times of a plan from its open points, on arrays."""

from dataclasses import dataclass

import numpy as np

from analysis.ferry_days import FerryDays
from analysis.models.layout import Layout
from analysis.models.parameters import Parameters
from analysis.models.plan import FACE_TO_FACE_MODELS
from analysis.models.terms import ServiceTerms
from geo.routing import FloatArray, IntArray

BANDS_MIN = (30.0, 60.0, 90.0, 120.0)


def mean_over_days(minutes: FloatArray, open_share: FloatArray) -> FloatArray:
    """Return the mean over the working days of the quickest point that is open.

    Parameters
    ----------
    minutes
        Shape (units, points), infinite where the point does not serve the unit.
    open_share
        Shape (points,), share of the working days on which each is open.

    Returns
    -------
    numpy.ndarray
        Shape (units,). Opening days are taken to coincide as far as they can, so that two points open on few days are
        not counted twice. Infinite where no point that can be reached is open on all days.
    """
    order = np.argsort(minutes, axis=1, kind="stable")
    sorted_min = np.take_along_axis(minutes, order, axis=1)
    reached = np.isfinite(sorted_min)
    opened = np.maximum.accumulate(np.where(reached, open_share[order], 0.0), axis=1)
    gained = np.diff(opened, axis=1, prepend=0.0)
    mean: FloatArray = (gained * np.where(reached, sorted_min, 0.0)).sum(axis=1)
    return np.where(opened[:, -1] < 1 - 1e-12, np.inf, mean)


def open_share_within(minutes: FloatArray, open_share: FloatArray, limits: FloatArray) -> FloatArray:
    """Return the share of the working days on which a point within each limit is open, shape (units, limits).

    The best single point counts: of two points within the limit the one open on more days, not their sum.
    """
    shares = [np.where(minutes <= limit, open_share, 0.0).max(axis=1) for limit in limits]
    return np.column_stack(shares)


@dataclass(frozen=True)
class Times:
    """The times of every demand unit; arrays of shape (units,) unless stated.

    Attributes
    ----------
    nearest_min
        One way to the quickest point where the centre's own staff can be met on some day; infinite for none.
    any_day_min
        The same for a working day chosen at random, see :func:`mean_over_days`.
    first_contact_min
        As ``nearest_min``, a partner office that takes first contacts counting too.
    workplace_min
        Until somebody who answers for the centre can stand at a workplace, mean over the working days: from the centre,
        from a satellite with staff stationed on its days, or from the municipality under a partnership for retention.
    open_share
        Shape (units, bands + 1): by band and the limit, see :func:`open_share_within`.
    staff_min, staff_km, staff_ferry, staff_base
        One way for staff who visit, from the quicker of the centre (base 0) and the satellites with staff stationed,
        and the base's number; ``base_services`` holds the positions of bases 1, 2, ...
    """

    nearest_min: FloatArray
    any_day_min: FloatArray
    first_contact_min: FloatArray
    workplace_min: FloatArray
    open_share: FloatArray
    staff_min: FloatArray
    staff_km: FloatArray
    staff_ferry: FerryDays
    staff_base: IntArray
    base_services: IntArray


def measure_times(layout: Layout, terms: ServiceTerms, parameters: Parameters, limit_min: float) -> Times:
    """Measure the times of a plan."""
    served_min = np.where(layout.is_served, layout.unit_min, np.inf)
    is_open = terms.open_share > 0
    is_point = layout.is_model(*FACE_TO_FACE_MODELS) & is_open
    point_min = np.column_stack([layout.centre_min, served_min[:, is_point]])
    point_share = np.concatenate([[1.0], terms.open_share[is_point]])
    nearest_min = point_min.min(axis=1)
    offices = served_min[:, layout.is_model("consultation")]

    is_base = layout.is_model("satellite") & is_open & (terms.stationed_fte > 0)
    base_min = np.column_stack([layout.centre_min, served_min[:, is_base]])
    base_km = np.column_stack([layout.centre_km, layout.unit_km[:, is_base]])
    sea_min, sea_km, stay_min = (
        np.column_stack([getattr(layout.centre_ferry, name), getattr(layout.unit_ferry, name)[:, is_base]])
        for name in ("sea_min", "sea_km", "stay_min")
    )
    chosen = base_min.argmin(axis=1)
    rows = np.arange(len(chosen))
    partners = served_min[:, layout.is_model("retention")]
    answering = np.column_stack([base_min, partners])
    answer_share = np.concatenate([[1.0], terms.open_share[is_base], np.ones(partners.shape[1])])
    return Times(
        nearest_min=nearest_min,
        any_day_min=mean_over_days(point_min, point_share),
        first_contact_min=np.column_stack([nearest_min, offices]).min(axis=1),
        workplace_min=mean_over_days(answering, answer_share) + parameters["local_drive_minutes"],
        open_share=open_share_within(point_min, point_share, np.asarray([*BANDS_MIN, limit_min])),
        staff_min=base_min[rows, chosen],
        staff_km=base_km[rows, chosen],
        staff_ferry=FerryDays(sea_min, sea_km, stay_min).take(rows, chosen),
        staff_base=chosen.astype(np.int64),
        base_services=np.flatnonzero(is_base).astype(np.int64),
    )
