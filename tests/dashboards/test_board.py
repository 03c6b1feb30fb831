"""The committed dashboard: up to date, understood by the SDK, laid out without holes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins, runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from sla_monitor.cli.dashboards import write
from sla_monitor.errors import ConfigError
from sla_monitor.publishing.dashboards import rendered
from tests.dashboards import grafana
from tests.dashboards.conftest import COMMITTED

COLUMNS = 24


def _plain(value: Any) -> Any:
    return json.loads(JSONEncoder().encode(value))


def test_the_committed_dashboard_is_up_to_date(tmp_path: Path) -> None:
    (path,) = write(tmp_path)
    assert path.name == COMMITTED.name
    assert path.read_text(encoding="utf-8") == COMMITTED.read_text(encoding="utf-8"), "run `make dashboards`"


def test_no_key_is_unknown_to_grafana(board: dict[str, Any]) -> None:
    plugins.register_default_plugins()
    assert _plain(dashboard.Dashboard.from_json(board)) == board


def test_no_override_is_unknown_to_its_panel(board: dict[str, Any]) -> None:
    plugins.register_default_plugins()
    for panel in grafana.panels(board):
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            for option in override["properties"]:
                assert _known(panel["type"], option), f"{panel['title']}: {option['id']}"


def _known(kind: str, option: dict[str, Any]) -> bool:
    scope, _, name = option["id"].partition(".")
    if not name:
        return scope in _plain(dashboard.FieldConfig.from_json({scope: option["value"]}))
    configured = runtime.Runtime().panelcfg_config(kind)
    assert configured is not None
    assert configured.field_config_from_json_hook is not None
    return name in _plain(configured.field_config_from_json_hook({name: option["value"]}))


def test_panel_ids_are_unique(board: dict[str, Any]) -> None:
    seen = Counter(panel["id"] for panel in grafana.panels(board))
    assert max(seen.values()) == 1
    assert 0 not in seen


def test_panels_fill_the_grid_without_overlap_or_hole(board: dict[str, Any]) -> None:
    cells = Counter(
        (x, y)
        for panel in grafana.panels(board)
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )
    bottom = max(y for _, y in cells) + 1
    assert cells == Counter((x, y) for x in range(COLUMNS) for y in range(bottom))


def test_every_panel_says_what_it_shows(board: dict[str, Any]) -> None:
    silent = [each["title"] for each in grafana.panels(board) if each["type"] != "row" and not each["description"]]
    assert not silent


@pytest.mark.parametrize("name", ["customer", "agreement", "objective"])
def test_a_choice_is_of_several_and_begins_with_all(name: str, board: dict[str, Any]) -> None:
    variable = grafana.variables(board)[name]
    assert (variable["multi"], variable["includeAll"]) == (True, True)
    assert variable["current"]["value"] == ["$__all"]


def test_all_customers_are_not_listed_for_their_names_may_hold_quotes(board: dict[str, Any]) -> None:
    spelt = {name: each.get("allValue") for name, each in grafana.variables(board).items()}
    assert (spelt["customer"], spelt["agreement"], spelt["objective"]) == (".*", None, None)


def test_the_data_source_is_chosen_by_variable_everywhere(board: dict[str, Any]) -> None:
    assert grafana.variables(board)["datasource"]["query"] == "prometheus"
    asking = [each for each in grafana.panels(board) if each.get("targets")]
    assert {each["datasource"]["uid"] for each in asking} == {"${datasource}"}


def test_links_lead_to_the_address_given(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "https://sla.example.com/")
    address = grafana.variables(json.loads(path.read_text(encoding="utf-8")))["monitor"]
    assert (address["query"], address["current"]["value"]) == ("https://sla.example.com",) * 2


def test_the_same_text_is_rendered_each_time() -> None:
    assert rendered() == rendered()


WITHOUT = "import sys; sys.modules['grafana_foundation_sdk'] = None; "


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_the_sdk_is_not_needed_to_import_the_package() -> None:
    told = _python(WITHOUT + "import sla_monitor.cli.dashboards; print('imported')")
    assert told == "imported\n"


def test_a_missing_sdk_is_told_with_the_way_out() -> None:
    told = _python(
        WITHOUT + "from sla_monitor.publishing.dashboards import rendered\n"
        "from sla_monitor.errors import ConfigError\n"
        "try: rendered()\nexcept ConfigError as error: print(error)"
    )
    assert told == (
        "writing dashboards needs grafana-foundation-sdk, which is not installed; "
        "install it with: pip install 'grafana-foundation-sdk==1769699379!11.6.0'\n"
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"cannot write to .*taken.*name another folder with --out"):
        write(tmp_path / "taken")
