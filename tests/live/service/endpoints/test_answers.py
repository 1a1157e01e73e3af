"""What the endpoints answer: the same as the graph, whichever way it is asked."""

import json
import re
import time

import numpy as np
import pytest

from src.bundle.folder import open_bundle
from src.core.names import FEATURE_NAMES
from tests.conftest import ROOT
from tests.live.conftest import WIDE
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.windows import HOUR

ROW = [1.0] * 12


def windows(exported) -> np.ndarray:
    return np.ascontiguousarray(exported.windows)


def candle_rows(exported, now: int) -> list[list[float]]:
    values = exported.windows[0]
    first = now // HOUR * HOUR - len(values) * HOUR
    return [[(first + place * HOUR) * 1000, *map(float, row)] for place, row in enumerate(values)]


def test_predict_answers_as_the_graph_and_names_what_is_outside(make, bot: Tree) -> None:
    bot.promote(live=ONE, paper=TWO)
    client = make(bot)
    rows = [ROW, [2.0] * 12, [0.5 + number / 10 for number in range(12)]]
    said = client.post("/predict", json={"features": rows}).json()
    assert "probability" in said, said
    graph = open_bundle(bot.bundles / ONE, offline=True).ensemble
    assert said["probability"] == graph.run(features=np.array(rows))["probability"].tolist()
    assert said["model_version"] == ONE
    assert said["decision"] == ["rise" if value >= 0.5 else "none" for value in said["probability"]]
    # Only `close` has a range in this graph: [1.5, 2.5].
    assert said["parameters"]["outside"] == [["close"], [], ["close"]]
    assert (said["parameters"]["trading_ready"], said["parameters"]["trading_reason"]) == (False, "net return low")
    named = [dict(zip(reversed(FEATURE_NAMES), reversed(row), strict=True)) for row in rows]
    assert client.post("/predict", json={"features": named}).json()["probability"] == said["probability"]
    other = client.post("/predict", json={"features": rows, "version": TWO}).json()
    assert (other["model_version"], other["probability"] != said["probability"]) == (TWO, True)


def test_the_inference_protocol_answers_the_same_as_json_and_as_bytes(make, bot: Tree) -> None:
    bot.promote(live=ONE)
    client = make(bot)
    rows = np.array([ROW, [2.0] * 12])
    expected = client.post("/predict", json={"features": rows.tolist()}).json()["probability"]
    tensor = {"name": "features", "shape": [2, 12], "datatype": "FP64"}
    infer = "/v2/models/production-ensemble/infer"
    flat = client.post(infer, json={"id": "7", "inputs": [tensor | {"data": rows.ravel().tolist()}]}).json()
    nested = client.post(infer, json={"inputs": [tensor | {"data": rows.tolist()}]}).json()
    assert flat["outputs"] == [{"name": "probability", "shape": [2], "datatype": "FP64", "data": expected}]
    assert nested["outputs"] == flat["outputs"]
    assert (flat["id"], flat["model_version"], flat["parameters"]["outside"]) == ("7", ONE, "close")
    packed = rows.astype("<f8").tobytes()
    head = json.dumps(
        {
            "inputs": [tensor | {"parameters": {"binary_data_size": len(packed)}}],
            "outputs": [{"name": "probability", "parameters": {"binary_data": True}}],
        }
    ).encode()
    answer = client.post(infer, content=head + packed, headers={"Inference-Header-Content-Length": str(len(head))})
    length = int(answer.headers["inference-header-content-length"])
    assert json.loads(answer.content[:length])["outputs"][0]["parameters"] == {"binary_data_size": 16}
    assert np.frombuffer(answer.content[length:], "<f8").tolist() == expected


def test_the_inference_protocol_says_what_runs(make, bot: Tree) -> None:
    bot.promote(live=ONE, paper=TWO)
    client = make(bot)
    model = "/v2/models/production-ensemble"
    assert client.get("/v2/health/ready").status_code == client.get("/v2/health/live").status_code == 200
    told = client.get(model).json()
    assert (told["name"], sorted(told["versions"])) == ("production-ensemble", [ONE, TWO])
    assert told["inputs"] == [{"name": "features", "datatype": "FP64", "shape": [-1, 12]}]
    assert client.get(f"{model}/versions/{TWO}/ready").json() == {"name": "production-ensemble", "ready": True}
    assert client.get(f"{model}/versions/v9.9.9/ready").status_code == 404
    assert client.get("/v2/models/other").json()["code"] == "unknown_model"


def test_candles_are_answered_by_each_version_with_its_share(make, bot: Tree, exported) -> None:
    bot.promote(live=ONE, stage_10=TWO)
    client = make(bot)
    now = int(time.time())
    said = client.post("/signal", json={"candles": candle_rows(exported, now), "now": now}).json()["answers"]
    assert [(one["version"], one["step"], one["share"]) for one in said] == [(TWO, "stage-10", 0.1), (ONE, "live", 0.9)]
    graph = open_bundle(bot.bundles / TWO, offline=True).signal
    expected = graph.run(candles=windows(exported)[:1])["probability"][0]
    assert said[0]["probability"] == pytest.approx(expected, abs=1e-12)
    assert said[0]["trading_ready"] is False


def test_a_version_with_two_heads_tells_what_to_hold(make, wide_bot: Tree, exported_wide) -> None:
    wide_bot.promote(live=WIDE)
    client = make(wide_bot)
    now = int(time.time())
    values = [*exported_wide.windows[0].tolist(), *exported_wide.windows[1:240, -1].tolist()]
    first = now // HOUR * HOUR - len(values) * HOUR
    asked = {"candles": [[first + hour * HOUR, *row] for hour, row in enumerate(values)], "now": now}
    (said,) = client.post("/signal", json=asked).json()["answers"]
    assert said["position"] == pytest.approx(0.4 / said["volatility"] / 8766**0.5, rel=1e-12)
    held = said["position"] - 0.05
    assert client.post("/signal", json=asked | {"held": held}).json()["answers"][0]["position"] == held
    refused = client.post("/signal", json=asked | {"held": 1.5})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")


def test_wrong_candles_are_abstained_from_and_that_is_an_answer(make, bot: Tree, exported) -> None:
    bot.promote(live=ONE)
    client = make(bot)
    now = int(time.time())
    rows = candle_rows(exported, now)
    for candles, moment, reason in ((rows[:-9], now, "short"), (rows, now - HOUR, "open"), (rows, now + 9e3, "stale")):
        answer = client.post("/signal", json={"candles": candles, "now": moment})
        (said,) = answer.json()["answers"]
        assert (answer.status_code, said["reason"], said["probability"], said["decision"]) == (
            200,
            reason,
            None,
            "abstain",
        )
    assert 'serve_abstentions_total{reason="short"} 1.0' in client.get("/metrics").text


def test_with_nothing_released_the_checkouts_own_graph_answers(make, bot: Tree) -> None:
    (one,) = make(bot).get("/versions").json()["versions"]
    assert (one["version"], one["step"], one["share"], one["proof"]) == ("checkout", None, 1.0, "proven")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/predict", {"features": [[1.0] * 10]}, 400, "invalid_rows"),
        ("/predict", {"features": []}, 400, "no_rows"),
        ("/predict", {"features": [ROW] * 10_001}, 413, "too_many_rows"),
        ("/predict", {"features": [ROW], "version": "v9.9.9"}, 404, "unknown_version"),
        ("/predict", {"features": [ROW], "more": 1}, 400, "invalid_request"),
        ("/predict", {"features": [[1e300] * 12]}, 400, "not_finite"),
        ("/predict", {"features": [{"close": 1.0}]}, 400, "invalid_rows"),
        ("/signal", {"candles": [[1.5, 1, 1, 1, 1, 1]]}, 400, "invalid_request"),
        ("/signal", {"candles": [[10**18, 1, 1, 1, 1, 1]]}, 400, "invalid_time"),
        ("/signal", {"candles": [], "timeframe": "1y"}, 400, "invalid_request"),
        ("/v2/models/production-ensemble/infer", {"inputs": []}, 400, "invalid_tensor"),
    ],
)
def test_a_mistake_gets_one_sentence(make, bot: Tree, path: str, body: object, status: int, code: str) -> None:
    bot.promote(live=ONE)
    answer = make(bot).post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert set(answer.json()) == {"error", "code", "request_id"}
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_addresses_and_methods_that_are_none(make, bot: Tree) -> None:
    client = make(bot)
    assert client.get("/nothing").json()["code"] == "not_found"
    assert client.get("/predict").json()["code"] == "method"
    assert client.get("/assets/../words.json").status_code == 404
    assert client.get("/assets/words.json").status_code == 200
    assert client.get("/journal?limit=0").json()["code"] == "invalid_query"


def test_openapi_names_every_route(make, bot: Tree) -> None:
    from src.live.service.app import routes

    client = make(bot)
    told = client.get("/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    served = {
        (method.lower(), route.path)
        for route in routes()
        for method in route.methods or ()
        if method != "HEAD" and ":path}" not in route.path
    }
    described = {(method, path) for path, methods in told["paths"].items() for method in methods}
    assert described == served - {("get", "/openapi.json")}
    text = json.dumps(told)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in told["components"]["schemas"]


def test_the_guide_names_every_code_of_an_error_and_no_other() -> None:
    folder = ROOT / "src/live/service"
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    made = set(re.findall(r'(?:Refusal\(|error\(|_verdict = \(|or \(|self\.refuse\(|return )\s*\d{3}, "(\w+)"', source))
    guide = (ROOT / "docs/live-api.md").read_text(encoding="utf-8").partition("\n## Errors\n")[2]
    table = guide.partition("\n## ")[0]
    told = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| \d{3} \|.*$", table, re.MULTILINE))))
    assert told == made
