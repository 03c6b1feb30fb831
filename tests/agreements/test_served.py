"""What this version computes is served without a word; what it only shows is served and told."""

from __future__ import annotations

import pytest

from tests.agreements.conftest import SHORTEST, Read, with_objective, with_spec

PROBE = "{probe: {series: 'probe_success{job=\"payments\"}'}}"
TIERS = "{below: 99%, credit: 10%}"


def with_amended(change: str) -> str:
    return with_spec(f"amendments: [{{effective: 2026-07-01, objectives: [{{name: availability, {change}}}]}}]")


SHOWN = {
    "reports": ("reports: [{every: week, to: [a@example.com]}]", "this version does not send reports"),
    "claims": (
        f"credits: {{schedule: [{TIERS}], claimWithin: 30 days}}",
        "this version shows claim deadlines and reminds nobody of them",
    ),
}


@pytest.mark.parametrize("sentence", SHOWN)
def test_what_is_only_shown_is_told_and_served(sentence: str, read_text: Read):
    line, message = SHOWN[sentence]
    reading = read_text(with_spec(line))

    assert [notice.message for notice in reading.notices] == [message]
    assert reading.faults == ()
    assert [agreement.name for agreement in reading.agreements] == ["acme-payments"]


COMPUTED = {
    "24/7": with_spec('serviceHours: "24/7"'),
    "a cap as a share": with_spec(f"credits: {{schedule: [{TIERS}], cap: 50%}}"),
    "a cap in days": with_spec(f"credits: {{schedule: [{TIERS}], cap: 15 days}}"),
    "a minimum as a share": with_spec(f"credits: {{schedule: [{TIERS}], minimum: '> 5%'}}"),
    "a minimum in money": with_spec(f"credits: {{schedule: [{TIERS}], minimum: '> 1 USD'}}"),
    "credits by the block": with_spec("credits: {perBlock: {every: 1h, credit: 5%}}"),
    "credits by the day": with_spec("credits: {perSubwindow: {every: day, target: 90%, credit: 1/30}}"),
    "escalating credits": with_spec(
        "credits: {escalation: {within: 12 months, failures: [{count: 2, credit: termination}]}}"
    ),
    "a cap per year": with_spec(f"credits: {{schedule: [{TIERS}], cap: 50%, capPer: year}}"),
    "a cap over twelve months": with_amended("credits: {flat: 5%, capPer: {upTo: 50%, per: 12 months}}"),
    "proportional credits": with_spec("credits: {proportional: {factor: 10}}"),
    "flat credits": with_objective("credits: {flat: 10%}"),
    "credits on bad seconds": with_spec("credits: {on: bad seconds, schedule: [{above: 5m, credit: 1/30}]}"),
    "a tier between two bounds": with_spec("credits: {schedule: [{atOrBelow: 99%, above: 95%, credit: 3 days}]}"),
    "bad seconds of events that have credits of their own": with_objective("credits: {flat: 10%}").replace(
        PROBE, "{ratio: {bad: a, total: b}}"
    )
    + "  credits: {on: bad seconds, schedule: [{above: 5m, credit: 10%}]}\n",
    "no exclusions": with_spec("exclusions: []"),
    "service hours": with_spec("serviceHours: Mo-Fr 08:00-18:00"),
    "service hours of one objective, on holidays of a region": with_objective("serviceHours: Mo-Fr 08:00-18:00; PH off")
    + "  holidays: DE-BY\n",
    "an exclusion of a span": with_spec("exclusions: [{name: a, during: {from: 2026-02-01, until: 2026-02-02}}]"),
    "an exclusion by a rule, with an allowance": with_spec(
        "exclusions: [{name: a, during: {rrule: FREQ=DAILY, length: 1h}, allowance: {upTo: 4h, per: month}}]"
    ),
    "an exclusion that counts as up": with_spec(
        "exclusions: [{name: a, effect: good, during: {rrule: FREQ=DAILY, length: 1h}}]"
    ),
    "a value": SHORTEST.replace(PROBE, "{value: {query: a}}").replace("99.9%", "'<= 5'"),
    "an amount": SHORTEST.replace(PROBE, "{amount: {counter: a}}").replace("99.9%", "'>= 5'"),
    "a composite": SHORTEST.replace(PROBE, f"{{composite: {{down: any, of: [{PROBE}]}}}}"),
    "the method by its name": with_objective("method: time"),
    "an amendment of nothing": with_spec("amendments: [{effective: 2026-07-01}]"),
    "an amended target": with_amended("target: 99.95%"),
    "a target that overtakes the warning level": with_amended("target: 99.95%").replace(
        "target: 99.9%", "target: 99.9%\n      warnAt: 99.95%"
    ),
    "an amended indicator": with_amended("indicator: {threshold: {query: a, is: '> 0'}}"),
    "the window it has": with_amended("window: month").replace("target: 99.9%", "target: 99.9%\n      window: month"),
    "a term ended early": with_spec("term: {from: 2026-01-01, terminated: 2026-03-01}"),
    "a term not ended early": with_spec("term: {from: 2026-01-01, terminated: null}"),
}


@pytest.mark.parametrize("sentence", COMPUTED)
def test_what_is_computed_is_served_without_a_word(sentence: str, read_text: Read):
    reading = read_text(COMPUTED[sentence])

    assert (reading.faults, reading.notices) == ((), ())
    assert len(reading.agreements) == 1


@pytest.mark.parametrize(
    ("sentence", "target", "window", "expected"),
    [
        (
            "over 30 days no burn rate of 14.4 at 90 %",
            "90%",
            "month",
            ["the page alert over 1h wants a burn rate of 14.4, but a target of 90% allows none above 10"],
        ),
        ("99.9 % over a month can burn fast enough", "99.9%", "month", []),
        ("99 % over a quarter can burn fast enough", "99%", "quarter", []),
        (
            "98 % over a year cannot, at the longest burn",
            "98%",
            "year",
            [
                "the page alert over 1h wants a burn rate of 175.2, but a target of 98% allows none above 50",
                "the page alert over 6h wants a burn rate of 73, but a target of 98% allows none above 50",
            ],
        ),
        ("an hour is too short for any of them", "50%", "hour", []),
        ("100 % has no budget to burn", "100%", "month", []),
    ],
)
def test_alerts_that_could_never_fire_are_told(
    sentence: str, target: str, window: str, expected: list[str], read_text: Read
):
    reading = read_text(with_objective(f"window: {window}").replace("99.9%", target))

    assert [notice.message for notice in reading.notices] == expected, sentence
    assert len(reading.agreements) == 1


@pytest.mark.parametrize(
    ("sentence", "credits_", "target", "told"),
    [
        ("below, over the target", "schedule: [{below: 99.95%, credit: 10%}]", "99.9%", "below 99.95%"),
        ("below the target", "schedule: [{below: 99.9%, credit: 10%}]", "99.9%", None),
        ("at the target", "schedule: [{atOrBelow: 99.9%, credit: 10%}]", "99.9%", "at or below 99.9%"),
        ("at a target to be exceeded", "schedule: [{atOrBelow: 99.9%, credit: 10%}]", "'> 99.9%'", None),
        ("at more than that", "schedule: [{atOrBelow: 99.95%, credit: 10%}]", "'> 99.9%'", "at or below 99.95%"),
        ("at less than the target", "schedule: [{atOrBelow: 99%, credit: 10%}]", "99.9%", None),
        ("without an upper bound", "schedule: [{above: 95%, credit: 10%}]", "99.9%", "above 95%"),
    ],
)
def test_a_credit_for_a_kept_promise_is_told(
    sentence: str, credits_: str, target: str, told: str | None, read_text: Read
):
    reading = read_text(with_spec(f"credits: {{{credits_}}}").replace("99.9%\n", f"{target}\n"))
    kept = f"though the target {target.strip(chr(39)).removeprefix('> ')} is kept there"

    expected = [] if told is None else [f"a credit is due {told}, {kept}"]
    assert [notice.message for notice in reading.notices] == expected, sentence


def test_notices_of_amended_terms_are_told_where_they_come_from(read_text: Read):
    credits_ = "credits: {schedule: [{below: 99.9%, credit: 10%}], claimWithin: 30 days}"
    laxer = with_amended("target: 99.5%").replace("amendments", f"{credits_}\n  amendments")
    paid = with_spec(f"amendments: [{{effective: 2026-07-01, {credits_.replace('99.9%', '99.95%')}}}]")

    told = [(one.line, one.message) for one in read_text(laxer).notices]
    assert told == [
        (10, "this version shows claim deadlines and reminds nobody of them"),
        (11, "a credit is due below 99.9%, though the target 99.5% is kept there"),
    ]
    assert [one.message for one in read_text(paid).notices] == [
        "a credit is due below 99.95%, though the target 99.9% is kept there",
        "this version shows claim deadlines and reminds nobody of them",
    ]
    assert read_text(with_amended("credits: {flat: 10%, claimWithin: 30 days}")).notices[0].message == (
        "this version shows claim deadlines and reminds nobody of them"
    )


def test_a_credit_without_downtime_is_told(read_text: Read):
    reading = read_text(with_spec("credits: {on: bad seconds, schedule: [{below: 1h, credit: 10%}]}"))

    assert [notice.message for notice in reading.notices] == ["a credit is due without any downtime"]
