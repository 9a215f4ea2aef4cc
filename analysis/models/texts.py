"""What each model is and what it sacrifices, in a sentence each, from one table."""

from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.models.plan import MODELS
from geo.errors import DataError
from geo.paths import MODELS_DIR
from geo.tables import load_table

MODEL_TEXTS_PATH = MODELS_DIR / "models.csv"
TEXT_COLUMNS = (
    "name_ja",
    "name_en",
    "sentence_ja",
    "sentence_en",
    "sacrifice_ja",
    "sacrifice_en",
    "precondition_ja",
    "precondition_en",
    "source",
)

_TEXT = pa.Check.str_length(min_value=1, error="some text")
_SCHEMA = pa.DataFrameSchema(
    {
        "model": pa.Column(str, pa.Check.isin(MODELS, error=f"one of {', '.join(MODELS)}"), unique=True),
        **{name: pa.Column(str, _TEXT) for name in TEXT_COLUMNS},
    },
    coerce=True,
)


@lru_cache(maxsize=2)
def load_model_texts(path: Path = MODEL_TEXTS_PATH) -> pd.DataFrame:
    """Read the texts on the models.

    Returns
    -------
    pandas.DataFrame
        Index ``model`` in the order of ``MODELS``, columns ``TEXT_COLUMNS``. Do not change it; it is shared.

    Raises
    ------
    DataError
        If a model is missing or a text is empty.
    """
    frame = load_table(path, _SCHEMA).set_index("model")
    missing = [model for model in MODELS if model not in frame.index]
    if missing:
        raise DataError(f"{path.name}: the model {', '.join(missing)} is missing. Add a row for it.")
    return frame.loc[list(MODELS)]
