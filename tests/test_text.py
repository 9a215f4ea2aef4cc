import csv

from ui.text import WORDS_PATH, load_words


def test_every_word_is_there_once_in_both_languages() -> None:
    with WORDS_PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["key", "ja", "en"]
    assert [row for row in rows if len(row) != 3 or not all(row)] == []
    assert len({row[0] for row in rows}) == len(rows)
    assert len(load_words()) == len(rows) - 1
