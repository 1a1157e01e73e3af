"""Extremely randomised trees of scikit-learn (Geurts, Ernst and Wehenkel, Machine Learning 63, 2006)."""

from src.ml.base.forest import TREE_PICKLE_NAMES, ForestMember


class ExtraTreesMember(ForestMember):
    """A split takes the best of random thresholds, one per input; every tree sees all rows unless `bootstrap` is on."""

    name = "extra_trees"
    pickle_names = (
        ("sklearn.ensemble._forest", "ExtraTreesClassifier"),
        ("sklearn.tree._classes", "ExtraTreeClassifier"),
        *TREE_PICKLE_NAMES,
    )

    def _kinds(self) -> tuple[type, type]:
        from sklearn.ensemble import ExtraTreesClassifier
        from sklearn.tree import ExtraTreeClassifier

        return ExtraTreesClassifier, ExtraTreeClassifier
