"""A released graph on a bot's machine: fetched, proven against git, loaded. Needs no DVC and no training library."""
