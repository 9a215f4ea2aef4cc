"""Make ``data/boundaries/municipality_parts.geojson`` from the polygons inside the PyPI package ``reversejp``.

The package's extension module carries zip archives of the Japan Meteorological Agency's areas for sediment-disaster
warnings: the municipalities, six of those of Hokkaido divided. The archives are read from the file's bytes, so
nothing native is run. All outlines are noded together on a 1e-4 degree grid and cut into faces; every face goes to
exactly one owner, so neighbours share their edges, without gap or overlap. Running it again gives the same bytes.
"""

import argparse
import importlib.util
import io
import json
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries import area_km2
from geo.crs import GEOGRAPHIC_CRS
from geo.errors import DataError, InputError
from geo.paths import BOUNDARIES_DIR

MEMBER = "landslides_0.json"
GRID_DEG = 1e-4
DECIMALS = 4

# Faces without an owner are drawing artefacts of a few hectares; a larger one would be a lake and stays open.
MAX_SLIVER_KM2 = 0.1

# The Habomai islets carry Nemuro's code; all of them lie east of Cape Nosappu (145.817 E), Nemuro's own islands west.
NEMURO_JMA_CODE = "0122300"
CAPE_NOSAPPU_LON = 145.82
OTHER_ISLANDS_JMA_CODE = "hoppo"

_END_OF_DIRECTORY = b"PK\x05\x06"
_END_SIZE = 22


@dataclass(frozen=True)
class SourcePart:
    """One polygon as published: id, municipality code, whether it is of the Northern Territories, geometry."""

    part_id: str
    code: str
    is_northern_territories: bool
    geometry: shapely.Geometry


def find_extension() -> Path:
    """Find reversejp's extension module without importing it.

    Raises
    ------
    InputError
        If the package is not installed.
    """
    spec = importlib.util.find_spec("reversejp")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        for pattern in ("*.so", "*.pyd"):
            found = sorted(Path(folder).glob(pattern))
            if found:
                return found[0]
    raise InputError("reversejp is not installed. Expected version 0.1.1: pip install reversejp==0.1.1.")


def iter_archives(content: bytes) -> Iterator[zipfile.ZipFile]:
    """Open every zip archive embedded in some bytes, by its end-of-central-directory record."""
    position = content.find(_END_OF_DIRECTORY)
    while position >= 0:
        here, total, size, offset, comment = struct.unpack_from("<HHIIH", content, position + 8)
        start = position - size - offset
        # The signature also occurs by chance in machine code; then the numbers do not fit.
        if start >= 0 and here == total and content[start : start + 4] == b"PK\x03\x04":
            yield zipfile.ZipFile(io.BytesIO(content[start : position + _END_SIZE + comment]))
        position = content.find(_END_OF_DIRECTORY, position + 1)


def read_member(extension: Path) -> list[dict[str, Any]]:
    """Read the GeoJSON features of the member that holds Hokkaido.

    Raises
    ------
    DataError
        If no archive holds it.
    """
    for archive in iter_archives(extension.read_bytes()):
        if MEMBER in archive.namelist():
            features: list[dict[str, Any]] = json.loads(archive.read(MEMBER))["features"]
            return features
    raise DataError(f"{extension.name}: no archive with {MEMBER}. Expected reversejp 0.1.1; install that version.")


def part_id_of(properties: dict[str, str]) -> str:
    """Name a part: the municipality's code, with the place's name where the municipality is divided."""
    code = properties["code"]
    if code.endswith("00"):
        return code[:5]
    place, comma, _ = properties["enName"].partition(",")
    name = place if comma else place.rsplit(" ", 1)[0]
    return f"{code[:5]}-{name.lower().replace(' ', '-')}"


def collect_parts(features: list[dict[str, Any]]) -> list[SourcePart]:
    """Pick Hokkaido's features, sort them and set the Habomai islets apart from Nemuro."""
    parts = []
    for feature in features:
        properties, geometry = feature["properties"], shapely.geometry.shape(feature["geometry"])
        code = properties["code"]
        if code == OTHER_ISLANDS_JMA_CODE:
            parts.append(SourcePart("shikotan-kunashiri-etorofu", "", True, geometry))
        elif code == NEMURO_JMA_CODE:
            polygons = shapely.get_parts(geometry)
            is_islet = shapely.bounds(polygons)[:, 0] > CAPE_NOSAPPU_LON
            parts.append(
                SourcePart(part_id_of(properties), code[:5], False, shapely.multipolygons(polygons[~is_islet]))
            )
            parts.append(SourcePart("habomai", code[:5], True, shapely.multipolygons(polygons[is_islet])))
        elif code.startswith("01"):
            parts.append(SourcePart(part_id_of(properties), code[:5], False, geometry))
    return sorted(parts, key=lambda part: (part.is_northern_territories, part.part_id))


def _shared_lengths(face: shapely.Geometry, others: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    return np.asarray(shapely.length(shapely.intersection(shapely.boundary(face), shapely.boundary(others))))


def assign_faces(faces: "np.ndarray[Any, Any]", outlines: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Give each face one owner, or -1 for water enclosed by land.

    Parameters
    ----------
    faces
        Polygons that touch only along edges.
    outlines
        The valid published polygons.

    Returns
    -------
    numpy.ndarray
        Position in ``outlines`` for each face. A face in one polygon is that polygon's. One in several (overlap) or
        in none and under ``MAX_SLIVER_KM2`` (gap) goes to the candidate it shares the longest border with.
    """
    face_index, part_index = shapely.STRtree(outlines).query(shapely.point_on_surface(faces), predicate="intersects")
    number = np.bincount(face_index, minlength=len(faces))
    owner = np.full(len(faces), -1)
    is_plain = number[face_index] == 1
    owner[face_index[is_plain]] = part_index[is_plain]
    areas = area_km2(gpd.GeoSeries(faces, crs=GEOGRAPHIC_CRS)).to_numpy()
    settled = owner.copy()
    for index in np.flatnonzero((number > 1) | ((number == 0) & (areas < MAX_SLIVER_KM2))):
        beside = np.flatnonzero(settled >= 0)
        if number[index] > 1:
            beside = beside[np.isin(settled[beside], part_index[face_index == index])]
        lengths = np.bincount(settled[beside], weights=_shared_lengths(faces[index], faces[beside]))
        if lengths.max(initial=0.0) > 0:
            owner[index] = lengths.argmax()
    return owner


def make_coverage(parts: list[SourcePart]) -> list[shapely.Geometry]:
    """Rebuild the polygons so that neighbours share their edges exactly, on the grid.

    Raises
    ------
    DataError
        If the result is not a valid coverage, or a part is lost.
    """
    published = np.array([part.geometry for part in parts])
    lines = shapely.union_all(shapely.boundary(published), grid_size=GRID_DEG)
    faces = np.asarray(shapely.get_parts(shapely.polygonize([lines])))
    owner = assign_faces(faces, shapely.make_valid(published))
    merged = [shapely.normalize(shapely.coverage_union_all(faces[owner == i])) for i in range(len(parts))]
    lost = [part.part_id for part, geometry in zip(parts, merged, strict=True) if geometry.is_empty]
    if lost or not shapely.coverage_is_valid(merged) or not shapely.is_valid(merged).all():
        raise DataError(f"{MEMBER}: cleaning left gaps, overlaps or lost parts {lost}. Check the source version.")
    return merged


def _coordinates(geometry: shapely.Geometry) -> list[list[list[list[float]]]]:
    return [
        [
            [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in ring.coords]
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        for polygon in shapely.get_parts(geometry)
    ]


def write_geojson(parts: list[SourcePart], geometries: list[shapely.Geometry], path: Path) -> None:
    """Write one feature a line, in the order given, with the CRS named."""
    crs = {"type": "name", "properties": {"name": GEOGRAPHIC_CRS.replace("EPSG:", "urn:ogc:def:crs:EPSG::")}}
    lines = []
    for part, geometry in zip(parts, geometries, strict=True):
        properties = {
            "part_id": part.part_id,
            "code": part.code,
            "is_northern_territories": part.is_northern_territories,
        }
        shape = {"type": "MultiPolygon", "coordinates": _coordinates(geometry)}
        feature = {"type": "Feature", "properties": properties, "geometry": shape}
        lines.append(json.dumps(feature, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","name":"municipality_parts","crs":{json.dumps(crs)},"features":[\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BOUNDARIES_DIR / "municipality_parts.geojson")
    output: Path = parser.parse_args().output
    parts = collect_parts(read_member(find_extension()))
    write_geojson(parts, make_coverage(parts), output)
    print(f"{output}: {len(parts)} features, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
