"""What was predicted, when, and what came of it: one SQLite file, one writer, any number of readers.

Reading, from any process and also before the file exists::

    reader = JournalReader(Path(".live/journal.sqlite"))
    reader.newest()                    # the rows of the newest candle, one for each version
    reader.predictions_after(number)   # what was written since the row ``number``, for a tail
"""
