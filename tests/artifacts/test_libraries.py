from importlib.metadata import version

from src.artifacts import libraries


def test_installed_versions_are_told_by_their_import_names() -> None:
    import xgboost

    found = libraries.library_versions()
    assert found["numpy"] == version("numpy")
    # Its distribution is called xgboost-cpu here.
    assert found["xgboost"] == xgboost.__version__
    assert "not installed" not in found.values()


def test_a_library_that_is_not_there_is_told(monkeypatch) -> None:
    monkeypatch.setattr(libraries, "LIBRARIES", {"numpy": ("nosuch", "numpy"), "other": ("nosuch",)})
    assert libraries.library_versions() == {"numpy": version("numpy"), "other": "not installed"}
