"""The names a model's pickle may contain. Everything else, `os.system` first of all, is refused unrun."""

ALLOWED = frozenset(
    {
        ("src.ml.ensemble", "ProductionEnsemble"),
        ("src.ml.members.lightgbm", "LightGBMMember"),
        ("src.ml.members.xgboost", "XGBoostMember"),
        ("src.ml.members.random_forest", "RandomForestMember"),
        ("sklearn.ensemble._forest", "RandomForestClassifier"),
        ("sklearn.tree._classes", "DecisionTreeClassifier"),
        ("sklearn.tree._tree", "Tree"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
    }
)


def is_allowed(module: str, name: str) -> bool:
    """Whether a pickle of this project may name ``module.name``."""
    return (module, name) in ALLOWED
