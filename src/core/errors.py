"""The one exception whose text is meant for the person who typed the command."""


class UserError(Exception):
    """One sentence: what is wrong, where, and what to do.

    Commands print it without a traceback and exit with code 1.
    """
