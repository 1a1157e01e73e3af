"""The shapes candle files come in, told apart by their content."""
