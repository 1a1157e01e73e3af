"""Notices to people: kept in a file until Discord or another webhook answered that it has them.

Telling, from any process of the machine; a running `make live` sends it::

    Notices(notices_file(journal)).tell("rollback", step="stage-10", version="v1.2.0", back_to="v1.1.0", why="…")
"""
