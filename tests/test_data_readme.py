"""Every shipped file says in ``data/README.md`` where it comes from."""

import re

from geo.paths import DATA_DIR


def test_every_data_file_has_a_row_of_its_own() -> None:
    readme = (DATA_DIR / "README.md").read_text(encoding="utf-8")
    first_cells = [line.split("|")[1] for line in readme.splitlines() if line.startswith("|")]
    listed = {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
    files = [path for path in DATA_DIR.rglob("*") if path.is_file() and path.name != "README.md"]
    named = {path.name if path.parent.parent == DATA_DIR else f"{path.parent.name}/{path.name}" for path in files}
    assert len(files) > 50
    assert sorted(named - listed) == []
