"""The public candles of an exchange, page by page."""
