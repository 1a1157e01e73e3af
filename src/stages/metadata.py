"""Stage `metadata`: the three documents and the model card, with the md5 of everything the ensemble was made from."""

from src.core.files import write_bytes, write_json
from src.core.paths import LEGACY_METADATA, MODEL_CARD, PRODUCTION_METADATA, ROOT, TRAINING_METADATA
from src.core.stage import run_stage
from src.metadata.card import model_card
from src.metadata.documents import documents
from src.metadata.facts import gather


def main() -> None:
    """Gather the facts, write the documents."""
    facts = gather(ROOT)
    for path, document in documents(facts).items():
        write_json(ROOT / path, document)
    write_bytes(ROOT / MODEL_CARD, model_card(facts).encode())
    verdict = facts.verdict
    print(f"metadata: status {verdict.status}", *verdict.leaks, *verdict.failures, sep="\n  ")
    print(f"trading: {'' if verdict.trading.ready else 'not '}ready, {verdict.trading.reason}")


if __name__ == "__main__":
    # By name: beside them lie files that no stage makes, perhaps not committed yet.
    written = (PRODUCTION_METADATA, LEGACY_METADATA, TRAINING_METADATA, MODEL_CARD)
    run_stage(main, undo=f"git checkout -- {' '.join(path.as_posix() for path in written)}")
