"""The copies of every output in workspace, cache and remote: integrity, repair, transfer."""
