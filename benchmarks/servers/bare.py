"""The limit: uvloop and httptools, the same graph, JSON in and out; no routing, no checks, no headers beyond two."""

import asyncio
import json
import sys

import httptools
import numpy as np
import onnxruntime
import uvloop


class Bare(asyncio.Protocol):
    """One connection."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport, self._parser, self._body = transport, httptools.HttpRequestParser(self), b""

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Gather."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer."""
        rows = np.array(json.loads(self._body)["features"], dtype=np.float64)
        self._body = b""
        probability = self._session.run(["probability"], {"features": rows})[0]
        text = json.dumps({"probability": probability.tolist()}).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(text) + text)


async def main(graph: str, port: int) -> None:
    """Serve until killed."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    server = await asyncio.get_running_loop().create_server(lambda: Bare(session), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
