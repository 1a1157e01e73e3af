"""Stage `metadata`: the three metadata documents, with the md5 of everything the ensemble was made from."""

from src.artifacts.facts import gather
from src.artifacts.files import write_json
from src.artifacts.metadata import documents
from src.paths import ROOT
from src.stages.run import run_stage


def main() -> None:
    """Gather the facts, write the documents."""
    facts = gather(ROOT)
    for path, document in documents(facts).items():
        write_json(ROOT / path, document)
    print(f"metadata: status {facts.status}", *facts.failed_gates, sep="\n  ")


if __name__ == "__main__":
    run_stage(main)
