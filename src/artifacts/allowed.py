"""The names a model's pickle may contain. Everything else, `os.system` first of all, is refused unrun."""

from functools import cache

from src.ml.base.registry import adapter_of, member_names


@cache
def allowed_names() -> frozenset[tuple[str, str]]:
    """Modules and names: the ensemble, the pair of heads, and of each adapter its class and its ``pickle_names``.

    No training library is imported.
    """
    adapters = [adapter_of(name) for name in member_names()]
    classes = {(kind.__module__, kind.__qualname__) for kind in adapters}
    return frozenset(
        {("src.ml.ensemble", "ProductionEnsemble"), ("src.ml.base.two_headed", "TwoHeadedMember")}
        | classes
        | {name for kind in adapters for name in kind.pickle_names}
    )


def is_allowed(module: str, name: str) -> bool:
    """Whether a pickle of this project may name ``module.name``."""
    return (module, name) in allowed_names()
