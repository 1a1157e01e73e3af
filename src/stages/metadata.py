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
    print(f"metadata: status {facts.status}", *facts.failed_gates, sep="\n  ")


if __name__ == "__main__":
    run_stage(main, undo="git checkout -- models")
