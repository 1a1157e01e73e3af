"""A bot's folder with released versions, as the tests of the live side have it."""

from tests.graph.conftest import exported  # noqa: F401, the fixture
from tests.live.conftest import bot, versions_tree  # noqa: F401, the fixtures
