"""Ask `make serve` with Triton's client: python ask.py 127.0.0.1:8000 rows.json [VERSION]; prints one JSON object."""

import json
import sys
from pathlib import Path

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

MODEL = "production-ensemble"


def main(host: str, file: str, version: str = "") -> None:
    """Print what the client was told: readiness, metadata, and the probabilities as JSON and as bytes."""
    rows = np.array(json.loads(Path(file).read_text(encoding="utf-8")), dtype=np.float64)
    with InferenceServerClient(host) as client:
        told = {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "model_ready": client.is_model_ready(MODEL, version),
            "server": client.get_server_metadata(),
            "model": client.get_model_metadata(MODEL, version),
        }
        for binary in (False, True):
            features = InferInput("features", list(rows.shape), "FP64")
            features.set_data_from_numpy(rows, binary_data=binary)
            wanted = InferRequestedOutput("probability", binary_data=binary)
            answer = client.infer(MODEL, [features], model_version=version, outputs=[wanted], request_id="one")
            told["binary" if binary else "json"] = answer.as_numpy("probability").tolist()
            told["response"] = answer.get_response()
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
