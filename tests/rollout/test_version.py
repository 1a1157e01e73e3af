import pytest
from gto.constants import tag_re
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import UserError
from src.rollout.version import Version, versions_of

numbers = st.integers(min_value=0, max_value=10**6)


@given(numbers, numbers, numbers)
def test_every_tag_is_in_gto_s_grammar(major: int, minor: int, patch: int) -> None:
    version = Version(major, minor, patch)
    match = tag_re.match(version.tag)
    assert match is not None
    assert match["artifact"] == "production-ensemble"
    assert match["version"] == str(version)
    assert Version.parse(str(version)) == version


@pytest.mark.parametrize(
    "text",
    ["1.2.0", "v1.2", "v1.2.0.0", "v01.2.0", "v1.2.0-rc1", "v1.2.0\n", " v1.2.0", "v\u0661.2.0", "v1\u0661.2.0", ""],
)
def test_other_text_is_no_version(text: str) -> None:
    with pytest.raises(UserError, match=r"is not a version; write it as v1\.2\.0"):
        Version.parse(text)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    tags = ["production-ensemble@v1.10.0", "production-ensemble@v1.9.0", "production-ensemble@v2.0.0"]
    tags += ["production-ensemble#live#1", "other@v9.0.0", "production-ensemble@vX", "v3.0.0"]
    assert [str(version) for version in versions_of(tags)] == ["v1.9.0", "v1.10.0", "v2.0.0"]
