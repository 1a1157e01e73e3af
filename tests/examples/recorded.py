"""Runs in freqtrade's environment: the strategy as it is shipped, and the table it ended with in a file."""

from EnsembleSignal import EnsembleSignal
from pandas import DataFrame


class Recorded(EnsembleSignal):
    """``recorded`` of the configuration is the file."""

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        dataframe = super().populate_exit_trend(dataframe, metadata)
        dataframe.to_feather(self.config["recorded"])
        return dataframe
