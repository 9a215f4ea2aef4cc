"""The road networks there are: the shipped one and those imported from OpenStreetMap, by name."""

from geo.errors import InputError
from geo.roads import RoadNetwork, load_network

EMBEDDED = "embedded"
ROADS_VARIABLE = "NAKAPOTSU_ROADS"  # the network that the app begins with


def network_names() -> list[str]:
    """Return the names for ``--roads``, the shipped network first."""
    from geo.osm.store import stored_names  # without an import, the reader of OpenStreetMap is not needed

    return [EMBEDDED, *stored_names()]


def open_network(name: str = EMBEDDED, as_of: int | None = None) -> RoadNetwork:
    """Load a road network by name.

    Parameters
    ----------
    name
        ``embedded``, or a name given to ``nakapotsu roads import``.
    as_of
        Leave out the sections opened to traffic after this year; only the shipped network knows those years.

    Raises
    ------
    InputError
        If there is no such network, or ``as_of`` is asked of one without opening years.
    """
    if name == EMBEDDED:
        return load_network(as_of=as_of)
    from geo.osm.store import load_stored

    if as_of is not None:
        raise InputError(
            f"--as-of {as_of}: 道路網 {name} には開通年がありません。 / the network {name} has no opening years. "
            f"Leave out --as-of, or use --roads {EMBEDDED}."
        )
    return load_stored(name)
