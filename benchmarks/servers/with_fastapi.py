"""The same graph behind FastAPI on uvicorn, as its manual has it: a pydantic model in, a pydantic model out."""

import sys

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1


class Rows(BaseModel):
    """Rows of features."""

    features: list[list[float]]


class Probabilities(BaseModel):
    """One for each row."""

    probability: list[float]


@app.post("/predict")
async def predict(rows: Rows) -> Probabilities:
    """Answer."""
    values = np.array(rows.features, dtype=np.float64)
    return Probabilities(probability=session.run(["probability"], {"features": values})[0].tolist())


if __name__ == "__main__":
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")
