"""What exists already: services that stand today, which every plan keeps or replaces."""

from dataclasses import replace
from functools import lru_cache

from analysis.models.parameters import Parameters
from analysis.models.plan import CONSULTATION_MODELS, Plan, Service, responsible_centres
from analysis.models.plan_file import read_plan
from geo.errors import DataError
from geo.paths import MODELS_DIR

EXISTING_PATH = MODELS_DIR / "existing.toml"


@lru_cache(maxsize=1)
def existing_services() -> tuple[Service, ...]:
    """Return the services that stand already, each with the centre whose staff carry it out.

    Raises
    ------
    DataError
        If one serves another place than its own; the best mix chooses by municipality and could not keep it.
    """
    services = read_plan(EXISTING_PATH).services
    for service in services:
        if service.serves != (service.at,):
            raise DataError(f"{EXISTING_PATH.name}: {service.at}: an existing service must serve its own place alone.")
    return tuple(replace(s, centre_id=s.centre_id or responsible_centres()[s.at]) for s in services)


def with_existing(plan: Plan, parameters: Parameters) -> Plan:
    """Add to a plan what exists already.

    Parameters
    ----------
    plan
        A service of the same model at the same place takes the place of the existing one.
    parameters
        For shares that are not stated. Where the plan's services and the existing one together would take more than
        all consultations of a place, the existing one takes what the plan leaves.
    """
    stated = {(service.model, service.at) for service in plan.services}
    kept = [s for s in existing_services() if (s.model, s.at) not in stated]
    return plan.with_services([*plan.services, *(_what_is_left(service, plan, parameters) for service in kept)])


def _what_is_left(existing: Service, plan: Plan, parameters: Parameters) -> Service:
    consults = existing.model in CONSULTATION_MODELS
    taken = sum(
        service.share_or(parameters.values)
        for service in plan.services
        if existing.at in service.serves and (service.model in CONSULTATION_MODELS) == consults
    )
    share, left = existing.share_or(parameters.values), max(1.0 - taken, 0.0)
    return existing if share <= left else replace(existing, share=left)
