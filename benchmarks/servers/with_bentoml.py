"""The same graph as a service of BentoML with one worker; `bentoml serve` runs it, GRAPH names the file."""

import os

import bentoml
import numpy as np
import onnxruntime


@bentoml.service(workers=1)
class Ensemble:
    """What answers."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        graph = os.environ["GRAPH"]
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @bentoml.api
    async def predict(self, features: list[list[float]]) -> dict[str, list[float]]:
        """Answer."""
        rows = np.array(features, dtype=np.float64)
        return {"probability": self._session.run(["probability"], {"features": rows})[0].tolist()}
