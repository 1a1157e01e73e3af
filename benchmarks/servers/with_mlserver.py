"""The same graph as a custom runtime of MLServer, in its own process (`parallel_workers` 0, its fastest setting)."""

import asyncio
import sys
import tempfile

import numpy as np
import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.settings import ModelParameters
from mlserver.types import InferenceRequest, InferenceResponse


class Ensemble(MLModel):
    """What answers."""

    async def load(self) -> bool:
        """Open the graph."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        uri = self.settings.parameters.uri
        self._session = onnxruntime.InferenceSession(uri, options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer."""
        rows = NumpyCodec.decode_input(payload.inputs[0])
        probability = self._session.run(["probability"], {"features": rows})[0]
        # As a column: NumpyCodec makes one of a vector anyway.
        output = NumpyCodec.encode_output("probability", np.reshape(probability, (-1, 1)))
        return InferenceResponse(model_name=self.name, outputs=[output])


async def main(graph: str, port: int) -> None:
    """Serve until killed."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            host="127.0.0.1",
            http_port=port,
            # Taken from the system, and not asked here.
            grpc_port=0,
            metrics_endpoint=None,
            parallel_workers=0,
            model_repository_root=folder,
            use_structured_logging=False,
            debug=False,
        )
        model = ModelSettings(
            name="production-ensemble", implementation=Ensemble, parameters=ModelParameters(uri=graph)
        )
        await MLServer(settings).start([model])


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
