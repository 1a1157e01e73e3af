"""Adapters and params.yaml name the same members."""

import pytest

from src.core.errors import UserError
from src.core.yaml_files import read_yaml
from src.management.member_templates import OFFERED
from src.ml.base.registry import adapter_of, make_member, member_names
from tests.conftest import ROOT


def test_every_adapter_has_a_block_and_a_weight_or_is_offered() -> None:
    params = read_yaml(ROOT / "params.yaml")
    assert sorted(params["members"]) == sorted(params["ensemble"]["weights"])
    assert sorted([*params["members"], *OFFERED]) == member_names()


def test_an_adapter_is_found_by_its_name() -> None:
    assert [adapter_of(name).name for name in member_names()] == member_names()
    with pytest.raises(UserError, match="`members.moss` has no adapter .*; the adapters are catboost, extra_trees"):
        make_member("moss", {})
