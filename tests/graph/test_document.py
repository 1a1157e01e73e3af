"""docs/graph.md names all that a graph says of itself."""

from src.graph.model import GraphMetadata
from tests.conftest import ROOT
from tests.graph.parity import session

TEXT = (ROOT / "docs/graph.md").read_text(encoding="utf-8")


def test_it_lists_all_metadata(exported) -> None:
    for key in session(exported.signal).get_modelmeta().custom_metadata_map:
        assert f"`{key}`" in TEXT
    assert set(GraphMetadata.__dataclass_fields__) < set(session(exported.graph).get_modelmeta().custom_metadata_map)
