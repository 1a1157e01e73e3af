"""`make live`: which versions run, every candle scored by all of them, halts, and the process."""
