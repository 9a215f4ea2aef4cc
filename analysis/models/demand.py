"""How many people need the centres, where: the centres' real yearly figures spread over the places by population."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.models.plan import DemandOverride
from geo.boundaries import load_parts
from geo.facilities import load_centre_activity
from geo.routing import FloatArray, IntArray

FIGURES = ("registrants", "consultations", "workplace_visits", "placements")


@dataclass(frozen=True)
class Demand:
    """Yearly demand of each demand unit; all arrays of shape (units,), floats, not rounded.

    Attributes
    ----------
    places
        Index ``part_id``; columns ``code, name_ja, name_en, area_id, centre_id``.
    people
        Residents, 2014.
    registrants
        People registered with the centre.
    contacts
        Contacts a year; visits to workplaces are among them, as in the report's tables.
    workplace_visits
        Visits to workplaces a year.
    placements
        Placements a year.
    """

    places: pd.DataFrame
    people: FloatArray
    registrants: FloatArray
    contacts: FloatArray
    workplace_visits: FloatArray
    placements: FloatArray

    def subset(self, keep: npt.NDArray[np.bool_] | IntArray) -> "Demand":
        """Return the demand of some units, given as a mask or positions."""
        arrays = (self.people, self.registrants, self.contacts, self.workplace_visits, self.placements)
        return Demand(self.places.iloc[np.arange(len(self.people))[keep]], *(values[keep] for values in arrays))

    def to_frame(self) -> pd.DataFrame:
        """Tabulate by municipality: ``code``, then people and the figures, summed over its parts."""
        names = ("people", "registrants", "contacts", "workplace_visits", "placements")
        frame = pd.DataFrame({name: getattr(self, name) for name in names}, index=self.places.index)
        return frame.groupby(self.places["code"], sort=True).sum().reset_index()


@lru_cache(maxsize=1)
def base_demand() -> Demand:
    """Spread each centre's figures of fiscal 2013 over its demand units in proportion to their residents.

    Returns
    -------
    Demand
        186 units; the sums over the units of a centre are the centre's figures. Do not change its arrays.

    Notes
    -----
    ``figure of unit = figure of centre * residents of unit / residents of the centre's territory``. The report gives no
    figure by municipality; that registrants are as frequent in a far town as beside the centre is an assumption, and
    where distance keeps people away the true need of far towns is higher than their part of the past figures.
    """
    parts = pd.DataFrame(load_parts().drop(columns="geometry")).set_index("part_id")
    people = parts["population_2014"].to_numpy(float)
    share = people / parts.groupby("centre_id")["population_2014"].transform("sum").to_numpy(float)
    activity = load_centre_activity().set_index("centre_id").loc[parts["centre_id"]]
    registrants, contacts, visits, placements = (activity[name].to_numpy(float) * share for name in FIGURES)
    places = parts[["code", "name_ja", "name_en", "area_id", "centre_id"]]
    return Demand(places, people, registrants, contacts, visits, placements)


def override_demand(demand: Demand, overrides: Mapping[str, DemandOverride]) -> Demand:
    """Set the demand of some municipalities to what the reader knows.

    Parameters
    ----------
    demand
        As derived; it is not changed.
    overrides
        By municipality code. Contacts given scale the visits to workplaces with them; the parts of a divided
        municipality share by residents. Other municipalities keep their figures, so that the centre's sum changes.
    """
    registrants, contacts, visits = demand.registrants.copy(), demand.contacts.copy(), demand.workplace_visits.copy()
    codes = demand.places["code"].to_numpy()
    for code, override in overrides.items():
        here = codes == code
        if not here.any():
            continue  # a municipality outside the subset that is looked at
        share = demand.people[here] / demand.people[here].sum()
        if override.registrants is not None:
            registrants[here] = override.registrants * share
        if override.contacts_per_year is not None:
            visit_share = np.divide(visits[here], contacts[here], out=np.zeros(here.sum()), where=contacts[here] > 0)
            contacts[here] = override.contacts_per_year * share
            visits[here] = contacts[here] * visit_share
    return Demand(demand.places, demand.people, registrants, contacts, visits, demand.placements)
