"""deploy/prometheus, deploy/alertmanager and deploy/grafana: read by the programs they are for."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT
from tests.examples.needed import program

PROMETHEUS, ALERTMANAGER = ROOT / "deploy/prometheus", ROOT / "deploy/alertmanager/alertmanager.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/ensemble.json").read_text(encoding="utf-8"))


def read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def rules() -> list[dict]:
    return [rule for group in read(PROMETHEUS / "rules.yml")["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    """Every query of the dashboard, annotations too."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*panels, *(one["expr"] for one in DASHBOARD["annotations"]["list"])]


def checked(*command: str, folder: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program(command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False)


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    asked = [one for test in read(PROMETHEUS / "rules-test.yml")["tests"] for one in test["alert_rule_test"]]
    for rule in rules():
        outcomes = {bool(one["exp_alerts"]) for one in asked if one["alertname"] == rule["alert"]}
        assert outcomes == {True, False}, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "action"}


def test_promtool_s_tests_of_the_rules() -> None:
    result = checked("promtool", "test", "rules", "rules-test.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_promtool_notices_a_rule_that_fires_at_another_value(tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "x")
    path = tmp_path / "x/rules.yml"
    path.write_text(path.read_text().replace("judge_e_value >= 5", "judge_e_value >= 6"))
    assert checked("promtool", "test", "rules", "rules-test.yml", folder=path.parent).returncode == 1


def test_promtool_and_amtool_take_the_configs(tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "x")
    (tmp_path / "x/serve-token").write_text("x")
    result = checked("promtool", "check", "config", "prometheus.yml", folder=tmp_path / "x")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "rules found" in result.stdout
    result = checked("amtool", "check-config", str(ALERTMANAGER))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("alert", "receivers"), [("ServiceDown", "mail,notices"), ("NoVersion", "mail,notices")])
def test_what_our_own_sender_cannot_tell_goes_by_mail_too(alert: str, receivers: str) -> None:
    assert routed(alert) == receivers


def test_all_others_go_to_the_notices_alone() -> None:
    for name in {rule["alert"] for rule in rules()} - {"ServiceDown", "NoVersion"}:
        assert routed(name) == "notices", name


def routed(alert: str) -> str:
    return checked(
        "amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"alertname={alert}"
    ).stdout.strip()


def test_inhibited_alerts_exist() -> None:
    names = {rule["alert"] for rule in rules()}
    config = ALERTMANAGER.read_text(encoding="utf-8")
    told = {name for given in re.findall(r'alertname!?=~?"([\w|]+)"', config) for name in given.split("|")}
    assert told <= names


def test_the_dashboard_s_panels_lie_beside_each_other_and_ask_the_chosen_source() -> None:
    places = set()
    for panel in DASHBOARD["panels"]:
        x, y, w, h = (panel["gridPos"][name] for name in "xywh")
        cells = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert x + w <= 24 and not cells & places, panel["title"]
        places |= cells
        assert panel["datasource"]["uid"] == "${datasource}"
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource"]


def test_queries_and_rules_ask_for_metrics_that_are_documented() -> None:
    document = (ROOT / "docs/live-api.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`((?:serve|journal|judge|drift)_\w+)", document))
    known |= {f"{name}_bucket" for name in known}
    asked = {
        name
        for text in [*queries(), *(rule["expr"] for rule in rules())]
        for name in re.findall(r"\b(?:serve|journal|judge|drift)_\w+", text)
    }
    assert asked - known == set()
    assert len(asked) > 15
