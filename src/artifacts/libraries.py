"""The versions of the libraries a model's bytes depend on."""

from importlib.metadata import PackageNotFoundError, version

# Import name → distributions that provide it: xgboost-cpu is the same code as xgboost.
LIBRARIES = {
    "lightgbm": ("lightgbm",),
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "scikit-learn": ("scikit-learn",),
    "ta-lib": ("ta-lib",),
    "xgboost": ("xgboost-cpu", "xgboost"),
}


def library_versions() -> dict[str, str]:
    """The installed version of every library in ``LIBRARIES``; `not installed` where there is none."""
    return {name: _installed(distributions) for name, distributions in LIBRARIES.items()}


def _installed(distributions: tuple[str, ...]) -> str:
    for distribution in distributions:
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return "not installed"
