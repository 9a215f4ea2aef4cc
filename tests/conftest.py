r"""A toy road network with answers worked by hand.

```
        30 km, 60 km/h = 30 min          20 km, 40 km/h = 30 min
    a ---------------------------- b ---------------------------- c
     \                              \ 10 km, 30 km/h = 20 min      | ferry: 60 min + 20 boarding,
      \  toll: 40 km, 80 km/h = 30 min, to c (not drawn)            | none in winter
                                     e (closed in winter)          d            f: no road at all
```
In winter every road is driven at half the speed; on a bad winter day at a third (b-c is closed, a-c at a quarter).
"""

from pathlib import Path

import pytest

from geo.roads import RoadNetwork, load_network

TOY_NODES = """node_id,kind,name,lon,lat
a,seat,甲,143.0,43.0
b,seat,乙,143.3,43.0
c,seat,丙,143.5,43.0
d,seat,丁,143.5,43.3
e,seat,戊,143.3,43.1
f,seat,己,143.0,43.6
"""

EDGE_COLUMNS = (
    "edge_id,from_node,to_node,road_no,road_name,road_class,length_km,length_basis,"
    "summer_kph,winter_kph,bad_winter_kph,closes_in_winter,closes_in_bad_winter,one_way,toll,opened,shape"
)
TOY_EDGES = f"""{EDGE_COLUMNS}
ab,a,b,R1,国道1号,national,30,published,60,30,20,no,no,no,no,,143.1 43.0;143.2 43.0
bc,b,c,R1,国道1号,national,20,modelled,40,20,10,no,yes,no,no,,
ac,a,c,E1,道東道,expressway,40,modelled,80,40,20,no,no,no,yes,2020,143.25 43.05
be,b,e,D2,道道2号,prefectural,10,modelled,30,15,10,yes,no,no,no,,
cd,c,d,F1,航路,ferry,33,modelled,30,30,30,no,no,no,no,,
"""

FERRY_COLUMNS = (
    "edge_id,name_ja,sailing_min,boarding_min,summer_sailings_per_day,summer_sailings_basis,"
    "winter_sailings_per_day,winter_sailings_basis,source"
)
TOY_FERRIES = f"""{FERRY_COLUMNS}
cd,丁航路,60,20,2,published,0,published,made up
"""


@pytest.fixture
def toy_dir(tmp_path: Path) -> Path:
    """The files of the toy network, to be read or spoilt by a test."""
    for name, text in (("nodes", TOY_NODES), ("edges", TOY_EDGES), ("ferries", TOY_FERRIES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def toy(toy_dir: Path) -> RoadNetwork:
    """The toy network."""
    return load_network(toy_dir, name="toy")


@pytest.fixture
def toy_towns(tmp_path: Path) -> RoadNetwork:
    """The toy network with its places a, b, c and f as town halls 01100, 01202, 01203 and 01204."""
    names = {"a": "m01100", "b": "m01202", "c": "m01203", "f": "m01204"}
    folder = tmp_path / "towns"
    folder.mkdir()
    nodes = [line.split(",", 1) for line in TOY_NODES.strip().splitlines()]
    edges = [line.split(",", 3) for line in TOY_EDGES.strip().splitlines()]
    texts = {
        "nodes": "\n".join(f"{names.get(node, node)},{rest}" for node, rest in nodes),
        "edges": "\n".join(f"{edge},{names.get(u, u)},{names.get(v, v)},{rest}" for edge, u, v, rest in edges),
        "ferries": TOY_FERRIES,
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return load_network(folder, name="toy towns")
