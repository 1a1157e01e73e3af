"""An empty bucket that keeps generations."""

from collections.abc import Iterator

import pytest

from tests.live.replica.bucket_server import BucketServer, bucket_server


@pytest.fixture
def bucket() -> Iterator[BucketServer]:
    with bucket_server() as server:
        yield server
