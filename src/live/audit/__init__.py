"""`make audit`: the journal against its heads in git, and who did what."""
