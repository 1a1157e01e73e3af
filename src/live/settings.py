"""deploy/live.yaml, read strictly: the settings of everything live."""

import math
import os
import re
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from src.core.errors import UserError
from src.core.yaml_files import read_yaml

FILE = Path("deploy/live.yaml")
# In the place of `git.remote`: a container is no checkout, so no name of a remote means anything there.
GIT_VARIABLE = "GIT_REMOTE"

# The description of a key is what it "must be"; a test compares the bounds with those in the file's comments.
Text = Annotated[str, Meta(min_length=1, max_length=200, description="a text of 1 to 200 characters")]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A block of keys; unknown ones are refused."""


class ExchangeSettings(Section, frozen=True, kw_only=True):
    """Where the newest candles come from; a ``Market`` of src/candles/exchange."""

    id: Text = "bitbank"
    symbol: Text = "BTC/JPY"
    timeout: Annotated[float, Meta(gt=0, le=3600, description="a number of seconds in (0, 3600]")] = 10.0
    attempts: Annotated[int, Meta(ge=1, le=100, description="a whole number in [1, 100]")] = 3
    first_wait: Annotated[float, Meta(ge=0, le=60, description="a number of seconds in [0, 60]")] = 1.0
    settings: Annotated[dict[str, Any], Meta(description="a block of settings of ccxt")] = {}


class GuardSettings(Section, frozen=True, kw_only=True):
    """When no answer is given."""

    contiguous: Annotated[int, Meta(ge=1, le=100_000, description="a whole number of candles in [1, 100000]")] = 4
    overdue: Annotated[float, Meta(ge=0, le=86_400, description="a number of seconds in [0, 86400]")] = 60.0
    outside: Annotated[Literal["abstain", "tell"], Meta(description="abstain or tell")] = "abstain"


class GitSettings(Section, frozen=True, kw_only=True):
    """What proves a released graph."""

    remote: Text = "origin"


class JournalSettings(Section, frozen=True, kw_only=True):
    """Where the journal lies."""

    path: Text = ".live/journal.sqlite"


class ReplicaSettings(Section, frozen=True, kw_only=True):
    """Where the journal is copied to, and who may write it."""

    url: Annotated[str | None, Meta(description="null or the address of a bucket, as gs://<bucket>/<folder>")] = None
    lease_seconds: Annotated[float, Meta(ge=1, le=3600, description="a number of seconds in [1, 3600]")] = 60.0
    every: Annotated[float, Meta(ge=0.1, le=86_400, description="a number of seconds in [0.1, 86400]")] = 30.0


class RunnerSettings(Section, frozen=True, kw_only=True):
    """When `make live` asks for candles, and which versions it runs."""

    bundles: Text = ".live/bundles"
    settling: Annotated[float, Meta(ge=10, le=3600, description="a number of seconds in [10, 3600]")] = 10.0
    jitter: Annotated[float, Meta(ge=0, le=3600, description="a number of seconds in [0, 3600]")] = 5.0
    retry_first: Annotated[float, Meta(gt=0, le=3600, description="a number of seconds in (0, 3600]")] = 2.0
    retry_longest: Annotated[float, Meta(gt=0, le=3600, description="a number of seconds in (0, 3600]")] = 60.0
    watch: Annotated[float, Meta(gt=0, le=60, description="a number of seconds in (0, 60]")] = 1.0
    speed: Annotated[float, Meta(ge=1, le=100_000, description="a number in [1, 100000]")] = 1.0


class ServeSettings(Section, frozen=True, kw_only=True):
    """Where `make serve` listens, and what it refuses."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="a whole number in [0, 65535]")] = 8000
    token_file: Annotated[str | None, Meta(description="null or the path of a file")] = None
    body_bytes: Annotated[int, Meta(ge=1024, le=67_108_864, description="a whole number in [1024, 67108864]")] = 1048576
    rows: Annotated[int, Meta(ge=1, le=100_000, description="a whole number in [1, 100000]")] = 10_000
    connections: Annotated[int, Meta(ge=1, le=10_000, description="a whole number in [1, 10000]")] = 256
    streams: Annotated[int, Meta(ge=0, le=1000, description="a whole number in [0, 1000]")] = 32
    request_seconds: Annotated[float, Meta(ge=1, le=600, description="a number of seconds in [1, 600]")] = 10.0
    drain_seconds: Annotated[float, Meta(ge=0, le=600, description="a number of seconds in [0, 600]")] = 5.0
    reload_seconds: Annotated[float, Meta(ge=0.1, le=3600, description="a number of seconds in [0.1, 3600]")] = 2.0
    session_days: Annotated[float, Meta(gt=0, le=365, description="a number of days in (0, 365]")] = 7.0
    cost: Annotated[float, Meta(ge=0, le=0.1, description="a fraction in [0, 0.1]")] = 0.0017


class NoticeSettings(Section, frozen=True, kw_only=True):
    """Whom `make live` tells what, and how often; a ``Pace`` of src/notices."""

    discord_url_file: Annotated[str | None, Meta(description="null or the path of a file")] = None
    webhook_url_file: Annotated[str | None, Meta(description="null or the path of a file")] = None
    abstained: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of candles in [1, 10000]")] = 6
    overdue: Annotated[float, Meta(ge=1, le=604_800, description="a number of seconds in [1, 604800]")] = 900.0
    daily: Annotated[
        Annotated[int, Meta(ge=0, le=23)] | None, Meta(description="null or a whole number of hours in [0, 23]")
    ] = 0
    gather: Annotated[float, Meta(ge=0, le=3600, description="a number of seconds in [0, 3600]")] = 2.0
    apart: Annotated[float, Meta(ge=0, le=3600, description="a number of seconds in [0, 3600]")] = 2.0
    timeout: Annotated[float, Meta(gt=0, le=300, description="a number of seconds in (0, 300]")] = 10.0
    retry_first: Annotated[float, Meta(gt=0, le=3600, description="a number of seconds in (0, 3600]")] = 2.0
    retry_longest: Annotated[float, Meta(gt=0, le=86_400, description="a number of seconds in (0, 86400]")] = 600.0
    keep_days: Annotated[float, Meta(gt=0, le=3650, description="a number of days in (0, 3650]")] = 30.0


class DriftSettings(Section, frozen=True, kw_only=True):
    """When `make drift` says that a new model should be trained, and what that changes in answers."""

    rows: Annotated[int, Meta(ge=100, le=100_000, description="a whole number of candles in [100, 100000]")] = 720
    alpha: Annotated[float, Meta(ge=0.001, le=0.5, description="a fraction in [0.001, 0.5]")] = 0.05
    not_ready: Annotated[Literal["never", "losses", "any"], Meta(description="never, losses or any")] = "losses"
    fresh_days: Annotated[float, Meta(gt=0, le=365, description="a number of days in (0, 365]")] = 7.0


class RetrainSettings(Section, frozen=True, kw_only=True):
    """When `make retrain` trains, and which candidate it keeps."""

    mode: Annotated[Literal["monthly", "daily", "never"], Meta(description="monthly, daily or never")] = "monthly"
    weeks: Annotated[int, Meta(ge=4, le=520, description="a whole number of weeks in [4, 520]")] = 8
    may_lose: Annotated[float, Meta(ge=0, le=10, description="a number of standard errors in [0, 10]")] = 1.0


class JudgeSettings(Section, frozen=True, kw_only=True):
    """When a step goes back by itself, and who commits that."""

    alpha: Annotated[float, Meta(gt=0, le=0.5, description="a fraction in (0, 0.5]")] = 0.05
    window: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of candles in [1, 10000]")] = 24
    errors: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of candles in [1, 10000]")] = 1
    outside: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of candles in [1, 10000]")] = 12
    slow: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of candles in [1, 10000]")] = 3
    latency: Annotated[float, Meta(gt=0, le=3600, description="a number of seconds in (0, 3600]")] = 1.0
    name: Text = "judge"
    email: Text = "judge@localhost"
    key_file: Annotated[str | None, Meta(description="null or the path of a file")] = None


class RolloutSettings(Section, frozen=True, kw_only=True):
    """What a promotion asks for, and how the branch `rollout` is followed."""

    least_candles: Annotated[int, Meta(ge=0, le=1_000_000, description="a whole number of candles in [0, 1000000]")] = (
        336
    )
    fetch_seconds: Annotated[float, Meta(ge=1, le=3600, description="a number of seconds in [1, 3600]")] = 20.0


class LiveSettings(Section, frozen=True, kw_only=True):
    """All of deploy/live.yaml; a section or key that is not there has its default."""

    exchange: ExchangeSettings = ExchangeSettings()
    guard: GuardSettings = GuardSettings()
    git: GitSettings = GitSettings()
    journal: JournalSettings = JournalSettings()
    replica: ReplicaSettings = ReplicaSettings()
    runner: RunnerSettings = RunnerSettings()
    judge: JudgeSettings = JudgeSettings()
    rollout: RolloutSettings = RolloutSettings()
    serve: ServeSettings = ServeSettings()
    notices: NoticeSettings = NoticeSettings()
    drift: DriftSettings = DriftSettings()
    retrain: RetrainSettings = RetrainSettings()


def read_settings(root: Path) -> LiveSettings:
    """The settings in ``root/deploy/live.yaml``.

    Raises:
        UserError: the file is missing or not YAML, or a key is unknown or its value not legal: names it and says what
            it must be.
    """
    path = root / FILE
    settings = settings_of(read_yaml(path), path)
    if remote := os.environ.get(GIT_VARIABLE):
        return msgspec.structs.replace(settings, git=GitSettings(remote=remote))
    return settings


def settings_of(content: Any, where: Path | str) -> LiveSettings:
    """As ``read_settings``, from the content of the file; ``where`` names it in errors."""
    content = {} if content is None else content
    if infinite := _infinite(content):
        raise UserError(f"{where}: `{infinite}` must be a finite number; correct it there.")
    try:
        return msgspec.convert(content, LiveSettings, strict=True)
    except msgspec.ValidationError as error:
        raise UserError(f"{where}: {_sentence(str(error), content)}; correct it there.") from None


def _infinite(node: Any, keys: tuple[str, ...] = ()) -> str | None:
    """The key of a number that is NaN or infinite."""
    if isinstance(node, float) and not math.isfinite(node):
        return ".".join(keys)
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return next((found for key, child in children if (found := _infinite(child, (*keys, str(key))))), None)


def _sentence(told: str, content: Any) -> str:
    """What msgspec says of the first fault, in the words of this project."""
    place = re.search(r" - at `\$\.?([^`]*)`", told)
    keys = tuple(place[1].split(".")) if place and place[1] else ()
    if unknown := re.search(r"unknown field `([^`]*)`", told):
        known = ", ".join(_fields(keys))
        return f"`{'.'.join((*keys, unknown[1]))}` is not a key there (known are {known})"
    found: Any = content
    for key in keys:
        found = found[key] if isinstance(found, Mapping) else None
    name = f"`{'.'.join(keys)}`" if keys else "the file"
    return f"{name} must be {_wanted(keys)} (found {reprlib.repr(found)})"


def _fields(keys: tuple[str, ...]) -> dict[str, Any]:
    """The keys of the block at ``keys``, each with its annotation."""
    kind: Any = LiveSettings
    for key in keys:
        kind = get_type_hints(kind, include_extras=True)[key]
    return get_type_hints(kind, include_extras=True)


def _wanted(keys: tuple[str, ...]) -> str:
    """What must stand at ``keys``."""
    if not keys:
        return "a block of sections"
    told = [meta.description for meta in get_args(_fields(keys[:-1]).get(keys[-1])) if isinstance(meta, Meta)]
    return told[0] if told and told[0] else "a block of keys"
