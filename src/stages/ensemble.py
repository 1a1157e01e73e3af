"""Stage `ensemble`: the members become the ProductionEnsemble."""

from src.artifacts.load import load_model
from src.artifacts.pickles import dump_model
from src.core.paths import ENSEMBLE, RECEIPTS, ROOT, member_model
from src.core.stage import run_stage
from src.ml.base.voter import Voter
from src.ml.ensemble import ProductionEnsemble
from src.ml.params import read_ensemble, refuse_strays


def main() -> None:
    """Load the proven members, put them together, write."""
    params = read_ensemble(ROOT)
    refuse_strays(ROOT / RECEIPTS, params.weights)
    members = {name: load_model(ROOT, member_model(name), Voter) for name in params.weights}
    dump_model(ROOT / ENSEMBLE, ProductionEnsemble(members, params.weights, params.threshold))


if __name__ == "__main__":
    run_stage(main)
