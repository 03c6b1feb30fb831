"""`check --online`: what only Prometheus can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import STEP, file
from tests.faults import facts, monitors
from tests.faults.facts import Traffic, clock
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import Series, push

SOUND = facts.agreement("online", every="1m")
RATIO = '{ratio: {bad: \'http_requests_total{job="online",code="500"}\', total: \'http_requests_total{job="online"}\'}}'
PROBE = "{probe: {series: 'probe_success{job=\"online\"}'}}"


@pytest.fixture(scope="module")
def url(prometheus: Prometheus) -> str:
    now = clock()
    push(prometheus.url, [*Traffic("online").series(now - 3600, now, STEP), *buckets(now)])
    return prometheus.url


def buckets(now: int) -> list[Series]:
    (up, *_) = Traffic("online").series(now - 3600, now, STEP)
    names = {("_count", ""): 20.0, ("_bucket", "0.1"): 15.0, ("_bucket", "0.5"): 19.0, ("_bucket", "+Inf"): 20.0}
    age = Series({"__name__": "age_seconds", "job": "online", "instance": "a"}, up.timestamps_ms, up.values)
    return [age, *(
        Series({"__name__": f"seconds{end}", "job": "online", "instance": "a", "le": le}, up.timestamps_ms,
               (up.timestamps_ms - up.timestamps_ms[0]) / 1000 * a_second)
        for (end, le), a_second in names.items()
    )]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        pytest.param("", "", 0, "shop/availability: fine, anchored increases at 15 s, ", id="fine"),
        pytest.param(
            PROBE,
            "{latency: {histogram: 'seconds{job=\"online\"}', threshold: 300ms}}",
            1,
            'shop/reachable: seconds{job="online"} has no bucket at 0.3 s; it has 0.1, 0.5 s: '
            "set the threshold to one of them",
            id="a bucket that is missing",
        ),
        pytest.param(
            PROBE, "{latency: {histogram: 'seconds{job=\"online\"}', threshold: 500ms}}", 0, "shop/reachable: fine",
            id="a bucket",
        ),
        pytest.param(
            PROBE,
            "{probe: {series: 'probe_sucess{job=\"online\"}'}}",
            1,
            "shop/reachable: no data in the last 600 s: do the selectors match, and is the target scraped?",
            id="a wrong name",
        ),
        pytest.param(
            "slice: 1m", "slice: 15s", 0,
            "shop/availability: advice: a slice of 15 s holds one sample, for they come every 15 s",
            id="a slice of one sample",
        ),
        pytest.param(
            "{rolling: 1h}", "{rolling: 3660d}", 0,
            "shop/availability: advice: the window is 3660 days long, and source 'default' keeps samples for 3650 days "
            "(keep the monitor running: only its ledger holds all of it)",
            id="a window longer than the source remembers",
        ),
        pytest.param(
            RATIO,
            RATIO.replace('http_requests_total{job="online"}', 'http_request_total{job="online"}'),
            0,
            "shop/availability: known, but without a single event in the last 600 s",
            id="a wrong name whose target is up",
        ),
        pytest.param(
            'job="online"', 'job="offline"', 1, "shop/availability: no data in the last 600 s",
            id="a target that is none",
        ),
        pytest.param(
            "slice: 1m", "slice: 5s", 1, "shop/availability: ", id="a slice shorter than the scrape interval"
        ),
        pytest.param(
            PROBE,
            "{threshold: {query: 'http_requests_total{job=\"online\"}', is: '> 1'}}",
            1,
            "shop/reachable: the query answers with 2 series where one is wanted",
            id="a query that is not aggregated",
        ),
        pytest.param(
            'code="500"', 'code=~"200|500"', 0, "shop/availability: fine", id="all of it is bad"
        ),
        pytest.param(
            "bad: 'http_requests_total{job=\"online\",code=\"500\"}', total: 'http_requests_total{job=\"online\"}'",
            "good: 'http_requests_total{job=\"online\"}', total: 'http_requests_total{job=\"online\",code=\"200\"}'",
            0,
            "shop/availability: fine",
            id="as much good as total",
        ),
    ],
)  # fmt: skip
def test_online(url: str, tmp_path: Path, *, old: str, new: str, code: int, told: str) -> None:
    text = SOUND.replace(old, new) if old else SOUND
    assert not old or text != SOUND
    done = monitors.run("check", "--online", file(tmp_path, text), "--prometheus", url)
    assert told in done.stdout
    assert done.returncode == code
    assert "Traceback" not in done.stderr


AGE = 'avg(age_seconds{job="online"})'
TWO = "{{composite: {{down: any, of: [{}, {{probe: {{series: '{}{{job=\"online\"}}'}}}}]}}}}"


@pytest.mark.parametrize(
    ("target", "indicator", "told"),
    [
        pytest.param("'<= 5'", f"{{value: {{query: '{AGE}'}}}}", ["reachable: fine, sampled every 15 s"], id="a value"),
        pytest.param(
            "'<= 5'",
            f"{{value: {{query: '{AGE} > 1e9'}}}}",
            ["reachable: known, but without a single sample in the last 600 s (sampled every 15 s)"],
            id="a value that is silent",
        ),
        pytest.param(
            "'>= 5'",
            "{amount: {counter: 'http_requests_total{job=\"online\"}'}}",
            ["reachable: fine, anchored increases at 15 s"],
            id="an amount",
        ),
        pytest.param(
            "'>= 5'",
            "{amount: {counter: 'http_request_total{job=\"online\"}'}}",
            ["reachable: known, but nothing was added in the last 600 s"],
            id="an amount under a wrong name",
        ),
        pytest.param(
            "'>= 5'",
            "{amount: {query: '-sum(increase(http_requests_total{job=\"online\"}[$slice]))'}}",
            ["reachable: in 10 slices the queries contradict themselves (amounts below 0)"],
            id="an amount below nothing",
        ),
        pytest.param(
            "99%",
            TWO.format(PROBE, "up"),
            [
                "reachable: fine, down while any of 2 parts is, at 15 s or finer, 100 % ",
                "reachable, part 1: fine, sampled every 15 s",
                "reachable, part 2: fine, sampled every 15 s",
            ],
            id="a composite",
        ),
        pytest.param(
            "99%",
            TWO.format(PROBE, "upp"),
            ["reachable: no data in the last 600 s", "reachable, part 1: fine", "reachable, part 2: no data"],
            id="a composite with a part under a wrong name",
        ),
    ],
)
def test_online_of_other_indicators(url: str, tmp_path: Path, *, target: str, indicator: str, told: list[str]) -> None:
    text = SOUND.replace(PROBE, indicator)
    before, _, after = text.rpartition("target: 99%")
    done = monitors.run("check", "--online", file(tmp_path, f"{before}target: {target}{after}"), "--prometheus", url)
    lines = [line for line in done.stdout.splitlines() if line.startswith("shop/reachable") and ": advice:" not in line]
    assert len(lines) == len(told)
    for line, start in zip(lines, told, strict=True):
        assert line.startswith(f"shop/{start}")
    assert done.returncode == int(any("no data" in line or "contradict" in line for line in told))


FLAGS = {
    "a condition that holds": ('probe_success{job="online"} < 2', 0, "fine, held for 600 of 600 s"),
    "one that does not": ('probe_success{job="online"} > 2', 0, "fine, held for 0 of 600 s"),
    "one whose series are not there": (
        "no_such_flag == 1",
        0,
        "none of its series in the last 600 s: nothing is excluded meanwhile",
    ),
}


@pytest.mark.parametrize(("query", "code", "told"), FLAGS.values(), ids=FLAGS)
def test_conditions_of_exclusions_are_asked_too(url: str, tmp_path: Path, query: str, code: int, told: str) -> None:
    text = SOUND + f"  exclusions: [{{name: flagged, during: {{query: '{query}'}}}}]\n"
    done = monitors.run("check", "--online", file(tmp_path, text), "--prometheus", url)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, f"shop/exclusion flagged: {told}")


SOURCES = {
    "found out": ("auto", 0, "Prometheus 2.", "; increases anchored at both borders of a slice, as increase alone"),
    "set": ("prometheus", 0, "Prometheus (as the settings say)", "; increases anchored at both borders"),
    "mistaken": ("victoriametrics", 1, "it is Prometheus 2.", ": set its flavour to prometheus, or to auto"),
}


@pytest.mark.parametrize(("flavour", "code", "told", "why"), SOURCES.values(), ids=SOURCES)
def test_what_a_source_is(url: str, tmp_path: Path, *, flavour: str, code: int, told: str, why: str) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text(f"sources: [{{url: '{url}', flavour: {flavour}}}]\n")
    done = monitors.run("check", "--online", file(tmp_path, SOUND), "--config", str(config))
    (line,) = [one for one in done.stdout.splitlines() if one.startswith(f"source 'default': {told}")]
    assert why in line
    assert done.returncode == code
