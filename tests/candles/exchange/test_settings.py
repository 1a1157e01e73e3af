import datetime
from typing import Any

import ccxt
import pytest

from src.candles.exchange.instance import exchange_of
from src.candles.params import ExchangeParams
from src.core.errors import UserError


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rateLimit": "abc"}, r"`ingest.exchange.settings.rateLimit` must be a number \(found 'abc'\)"),
        ({"timeframes": 5}, "settings.timeframes` must be a mapping"),
        ({"has": []}, "settings.has` must be a mapping"),
        ({"options": 7}, "settings.options` must be a mapping"),
        ({"enableRateLimit": "x"}, "settings.enableRateLimit` must be true or false"),
        ({"urls": {"api": 5}}, "settings.urls.api` must be a mapping"),
        ({"timeout": datetime.date(2020, 1, 1)}, "settings.timeout` must be a number"),
        ({5: 5}, "has the key 5, which is no text"),
    ],
)
def test_a_setting_of_another_type_is_one_sentence(settings: dict[Any, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        exchange_of(ccxt, ExchangeParams.model_construct(id="bitbank", settings=settings))


def test_settings_that_ccxt_has_no_word_for_are_handed_on() -> None:
    settings = {"httpsProxy": "http://127.0.0.1:9", "options": {"x": 1}, "rateLimit": 7.5}
    exchange = exchange_of(ccxt, ExchangeParams(settings=settings))
    assert (exchange.httpsProxy, exchange.options["x"], exchange.rateLimit) == ("http://127.0.0.1:9", 1, 7.5)
