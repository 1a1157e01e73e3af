from pathlib import Path

from src.bundle.loaded import Sizing
from src.core.files import md5_of, write_bytes
from src.core.paths import CANDLES, ENSEMBLE, FEATURES, PRODUCTION_METADATA, member_model
from src.metadata.documents import documents
from src.metadata.facts import code_md5, gather


def test_the_md5_of_the_code_is_of_paths_and_bytes_without_the_commands(tmp_path: Path) -> None:
    for name in ("src/ml/a.py", "src/management/b.py"):
        write_bytes(tmp_path / name, b"x = 1\n")
    first = code_md5(tmp_path)
    write_bytes(tmp_path / "src/management/b.py", b"x = 2\n")
    assert code_md5(tmp_path) == first
    (tmp_path / "src/ml/a.py").rename(tmp_path / "src/ml/c.py")
    moved = code_md5(tmp_path)
    write_bytes(tmp_path / "src/ml/c.py", b"x = 2\n")
    assert len({first, moved, code_md5(tmp_path)}) == 3


def test_the_facts_are_those_of_the_files(short_pipeline: Path) -> None:
    made_from = gather(short_pipeline).made_from
    assert made_from["ensemble"] == md5_of(short_pipeline / ENSEMBLE)
    assert made_from["data"] == {
        "candles": md5_of(short_pipeline / CANDLES),
        "features": md5_of(short_pipeline / FEATURES),
    }
    assert made_from["members"] == {
        name: md5_of(short_pipeline / member_model(name)) for name in ("lightgbm", "xgboost", "random_forest")
    }
    assert made_from["code"] == code_md5(short_pipeline)


def test_values_of_params_count_and_their_comments_do_not(tree: Path) -> None:
    before = gather(tree)
    text = (tree / "params.yaml").read_text(encoding="utf-8")
    (tree / "params.yaml").write_text(text + "# no value\n", encoding="utf-8")
    assert gather(tree) == before
    (tree / "params.yaml").write_text(text.replace("roc_auc_above: 0.5", "roc_auc_above: 0.99"), encoding="utf-8")
    after = gather(tree)
    assert after.made_from["params"] != before.made_from["params"]
    assert after.verdict.failures[-1].endswith("not > 0.99")
    assert after.verdict.status == "gates_failed"


def test_a_version_carries_how_it_sizes_where_a_forecast_was_judged(tree: Path) -> None:
    assert gather(tree).sizing is None
    assert "sizing" not in documents(gather(tree))[PRODUCTION_METADATA]
    write_bytes(tree / "reports/metrics/volatility.json", b'{"scale": 1.625926}')
    text = (tree / "params.yaml").read_text(encoding="utf-8")
    (tree / "params.yaml").write_text(text.replace("    band: 0.1", "    band: 0.05"), encoding="utf-8")
    document = documents(gather(tree))[PRODUCTION_METADATA]
    assert document["sizing"] == {"volatility": 0.4, "cap": 1.0, "band": 0.05, "cost": 0.0017, "scale": 1.625926}
    assert Sizing(**document["sizing"]).cost == 0.0017
