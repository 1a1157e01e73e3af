"""The candle contract, and where candles come from."""
