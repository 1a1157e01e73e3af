import pandas as pd
import pytest

from tests.conftest import make_candles


@pytest.fixture
def hours() -> pd.DataFrame:
    """Three days of candles that repeat no values."""
    return make_candles([100 + hour * 0.25 for hour in range(72)])
