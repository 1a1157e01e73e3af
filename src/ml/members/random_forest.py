"""Random forest of scikit-learn (Breiman, Machine Learning 45, 2001)."""

from src.ml.base.forest import TREE_PICKLE_NAMES, ForestMember


class RandomForestMember(ForestMember):
    """Each tree sees its own rows, and a split the best threshold of some inputs."""

    name = "random_forest"
    pickle_names = (
        ("sklearn.ensemble._forest", "RandomForestClassifier"),
        ("sklearn.tree._classes", "DecisionTreeClassifier"),
        *TREE_PICKLE_NAMES,
    )

    def _kinds(self) -> tuple[type, type]:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.tree import DecisionTreeClassifier

        return RandomForestClassifier, DecisionTreeClassifier
