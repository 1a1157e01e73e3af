from pathlib import Path

import pytest

from src.core.errors import UserError
from src.ml.params import refuse_strays


def test_a_file_of_no_member_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("lightgbm.json", "xgboost.json", ".lightgbm.json.x.tmp"):
        (tmp_path / name).touch()
    refuse_strays(tmp_path, ["lightgbm", "xgboost"])
    with pytest.raises(UserError, match="holds lightgbm, which is no member .* `make remove-member NAME=lightgbm`"):
        refuse_strays(tmp_path, ["xgboost"])
