"""How a path or an address stands in a sentence: nothing that steers a terminal, nothing secret."""

import re
from pathlib import PurePath

# A password may hold an unescaped `/`, `?` or `#`: what follows the colon is then no port.
_SECRET = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*:/{0,2})?(?:[^/?#]*@|[^/?#:]*:(?!\d*(?:[/?#]|$)).*@)", re.DOTALL)


def shown_path(path: PurePath | str) -> str:
    """The path with every character that cannot be seen (control and direction codes, line ends) as its escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(path))


def shown_url(url: str) -> str:
    """The address without user, password, query and fragment, each replaced by `…`; a folder's path stays whole."""
    shown = _SECRET.sub(r"\g<scheme>…@", url, count=1) if _SECRET.match(url) else url
    if "://" in shown:
        shown = re.sub(r"([?#]).*", r"\1…", shown, count=1, flags=re.DOTALL)
    return shown_path(shown)
