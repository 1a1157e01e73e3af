"""A program in gcloud's place, for tests that cannot wait for the real one.

`gcloud run services …` speaks with ``RunServer`` as the real one does; test_cloud_run.py runs both.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path

SERVER = os.environ["STUB_RUN_SERVER"]


def main(words: list[str]) -> int:
    if words[:4] == ["secrets", "versions", "access", "latest"]:
        print("a-token-of-more-than-thirty-two-letters")
        return 0
    return run(words)


def run(words: list[str]) -> int:
    address = f"{SERVER}/apis/serving.knative.dev/v1/namespaces/some-project/services/btc-ensemble"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address) as answer:
        service = json.load(answer)
    if words[2] == "describe":
        print(json.dumps(service))
        return 0
    if words[2] == "replace":
        service = json.loads(Path(words[3]).read_text())
    else:
        service = {name: service[name] for name in ("apiVersion", "kind", "metadata", "spec")}
        traffic = service["spec"]["traffic"]
        for word in words[4:]:
            if word.startswith("--remove-tags="):
                for one in traffic:
                    if one.get("tag") == word.partition("=")[2]:
                        del one["tag"]
            if word.startswith("--to-revisions="):
                name = word.partition("=")[2].partition("=")[0]
                for one in traffic:
                    one["percent"] = 0
                traffic.insert(0, {"revisionName": name, "percent": 100})
        service["spec"]["traffic"] = [one for one in traffic if one.get("percent") or one.get("tag")]
    request = urllib.request.Request(address, json.dumps(service).encode(), method="PUT")
    with opener.open(request) as answer:
        ready = json.load(answer)["status"]["conditions"][0]
    if ready["status"] != "True":
        print(f"ERROR: (gcloud.run.services.replace) {ready['message']}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
