"""Stage `metadata`: the three metadata documents, with the md5 of everything the ensemble was made from."""

from src.core.files import write_json
from src.core.paths import ROOT
from src.core.stage import run_stage
from src.metadata.documents import documents
from src.metadata.facts import gather


def main() -> None:
    """Gather the facts, write the documents."""
    facts = gather(ROOT)
    for path, document in documents(facts).items():
        write_json(ROOT / path, document)
    verdict = facts.verdict
    print(f"metadata: status {verdict.status}", *verdict.leaks, *verdict.failures, sep="\n  ")
    print(f"trading: {'' if verdict.trading.ready else 'not '}ready, {verdict.trading.reason}")


if __name__ == "__main__":
    run_stage(main, undo="git checkout -- models")
