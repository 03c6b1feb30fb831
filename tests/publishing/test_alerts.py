"""Which alerts a board calls for, and when Alertmanager is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.periods import Lapse
from sla_monitor.compliance.terms import Renewal, Reviews
from sla_monitor.publishing.alerts import HOLD, LIFETIME, Alert, Delivered, Message, desired, plan, with_ending
from sla_monitor.publishing.rules.identities import Links
from tests.publishing import boards, promtool
from tests.publishing.boards import Contract, Story, Trouble

LINKS = Links("https://sla.example.com/", "https://docs.example.com/runbooks.md")
BREACHED = Contract(name="acme", stories=(Story(troubles=(Trouble("3d", "2h"),)),))
MET = Contract(name="acme")
DAY = 86_400
RESEND = 60
NOW = 1_000_000
ALERT = Alert({"alertname": "SLABreached", "agreement": "a", "objective": "o"}, {"summary": "broken"})
OTHER = Alert({"alertname": "SLABreached", "agreement": "b", "objective": "o"}, {"summary": "broken"})

State = dict[str, Delivered]


def taken(state: State, messages: tuple[Message, ...]) -> State:
    """The state when Alertmanager took them all."""
    after = {message.alert.key: message.after for message in messages}
    return {key: told for key, told in {**state, **after}.items() if told is not None}


def step(wanted: list[Alert], state: State, now: int) -> tuple[tuple[Message, ...], State]:
    messages, left = plan(wanted, state, now, RESEND)
    return messages, taken(left, messages)


def test_what_is_broken_at_risk_or_due_is_alerted_and_nothing_else() -> None:
    board = boards.board()
    found = {(alert.labels["alertname"], alert.labels["agreement"], alert.labels.get("objective"))
             for alert in desired(board, LINKS)}  # fmt: skip
    assert found == {
        ("SLAAtRisk", "acme-payments", "latency"),
        ("SLABreached", "acme-payments", "reachable"),
        ("SLAAtRisk", "globex-search", "uptime"),
        ("SLABreached", "initech-batch", "daily"),
        ("SLANoticeDue", "acme-payments", None),
    }


def test_an_alert_says_what_why_and_where() -> None:
    board = boards.board(BREACHED)
    (alert,) = desired(board, LINKS, {"cluster": "eu-1"})
    assert alert == Alert(
        labels={
            "alertname": "SLABreached",
            "severity": "page",
            "agreement": "acme",
            "objective": "availability",
            "customer": "Acme GmbH",
            "service": "payments-api",
            "cluster": "eu-1",
        },
        annotations={
            "summary": "acme/availability: the promise to Acme GmbH is broken",
            "description": (
                f"{board.entries[0].current.reason}."
                " Attainment is 99.593495 %, promised are 99.9 %; 406.6 % of the error budget is used."
                " Window 2026-10, until 2026-11-01T00:00:00Z."
            ),
            "runbook_url": "https://docs.example.com/runbooks.md#slabreached",
            "page_url": "https://sla.example.com/agreements/acme",
        },
        generator_url="https://sla.example.com/agreements/acme",
    )


def test_labels_and_links_without_a_value_are_left_out() -> None:
    (alert,) = desired(boards.board(replace(BREACHED, customer="", service="")), Links())
    assert set(alert.labels) == {"alertname", "severity", "agreement", "objective"}
    assert set(alert.annotations) == {"summary", "description"}


def test_the_rules_give_the_same_labels() -> None:
    rules = {rule["alert"]: rule for rule in promtool.RULES["groups"][0]["rules"] if "alert" in rule}
    for alert in desired(boards.board(), LINKS):
        rule = rules[alert.labels["alertname"]]
        assert {"alertname": rule["alert"], **rule["labels"]}.items() <= alert.labels.items()
        rest = set(alert.labels) - {"alertname", *rule["labels"]}
        whole = alert.labels["alertname"] in ("SLANoticeDue", "SLAReviewDue")
        assert rest == {"agreement", "service", "customer"} | (set() if whole else {"objective"})
        by = "agreement" if whole else "agreement, objective"
        assert f"on ({by}) group_left (service, customer)" in rule["expr"]


DUE = Contract(
    name="acme",
    until=boards.AT + 40 * DAY,
    renewal=Renewal(Lapse("1 year", months=12), Lapse("14 days", days=14)),
    reviews=Reviews(Lapse("1 month", months=1)),
)


def named(board: Board) -> list[str]:
    return [alert.labels["alertname"] for alert in desired(board, LINKS)]


def test_a_notice_that_runs_out_and_a_review_are_told_of_the_agreement() -> None:
    """Notice is 14 days before 30 November noon; the reviews are on the first of the month."""
    (notice,) = desired(boards.board(DUE, at=boards.AT + 15 * DAY), LINKS, {"cluster": "eu-1"})
    assert notice == Alert(
        labels={"alertname": "SLANoticeDue", "severity": "ticket", "agreement": "acme", "customer": "Acme GmbH",
                "service": "payments-api", "cluster": "eu-1"},
        annotations={
            "summary": "acme: the time to give notice on the agreement with Acme GmbH runs out",
            "description":
                "Unless notice is given by 2026-11-16T12:00:00Z, the agreement is renewed 2026-11-30T12:00:00Z.",
            "runbook_url": "https://docs.example.com/runbooks.md#slanoticedue",
            "page_url": "https://sla.example.com/agreements/acme",
        },
        generator_url="https://sla.example.com/agreements/acme",
    )  # fmt: skip
    (review,) = desired(boards.board(DUE, at=boards.AT + 9 * DAY), LINKS)
    assert review.labels["alertname"] == "SLAReviewDue"
    assert review.annotations["description"] == "It is due 2026-11-01T00:00:00Z."


def test_reminders_come_in_time_and_go_with_their_date() -> None:
    days = {day: named(boards.board(DUE, at=boards.AT + day * DAY)) for day in (7, 8, 11, 12, 27, 38, 39)}
    assert days == {
        7: [], 8: ["SLAReviewDue"], 11: [], 12: ["SLANoticeDue"], 27: [], 38: ["SLAReviewDue"], 39: ["SLAReviewDue"],
    }  # fmt: skip


def test_a_reminder_that_is_over_says_so() -> None:
    (alert,) = desired(boards.board(DUE, at=boards.AT + 15 * DAY), LINKS)
    back = with_ending(Message(alert, NOW, NOW, None), boards.board(DUE))
    assert back.alert.annotations["resolution"] == "the date has passed, or was changed"


def test_a_new_alert_is_told_at_once_and_lives_some_resends() -> None:
    ((message,), _) = plan([ALERT], {}, NOW, RESEND)
    assert (message.alert, message.starts_at, message.ends_at) == (ALERT, NOW, NOW + LIFETIME * RESEND)


def test_it_is_told_again_each_resend_with_its_first_start() -> None:
    _, state = step([ALERT], {}, NOW)
    assert step([ALERT], state, NOW + RESEND - 1)[0] == ()
    ((again,), _) = step([ALERT], state, NOW + RESEND)
    assert (again.starts_at, again.ends_at) == (NOW, NOW + RESEND + LIFETIME * RESEND)


def test_it_is_resolved_once_when_it_has_been_over_for_a_while() -> None:
    _, state = step([ALERT], {}, NOW)
    messages, state = step([], state, NOW + 10)
    assert messages == ()
    messages, state = step([], state, NOW + 10 + HOLD * RESEND - 1)
    assert messages == ()
    end = NOW + 10 + HOLD * RESEND
    ((over,), state) = step([], state, end)
    assert (over.alert, over.starts_at, over.ends_at) == (ALERT, NOW, end)
    assert state == {}
    assert step([], state, end + 1) == ((), {})


def test_one_that_comes_back_meanwhile_was_never_gone() -> None:
    _, state = step([ALERT], {}, NOW)
    _, state = step([], state, NOW + 10)
    ((again,), state) = step([ALERT], state, NOW + RESEND)
    assert again.starts_at == NOW
    _, state = step([], state, NOW + RESEND + 10)
    assert step([], state, NOW + HOLD * RESEND + 20)[0] == (), "the time over counts from its last end"


def test_it_stays_alive_while_it_waits_to_be_resolved() -> None:
    assert LIFETIME > HOLD + 1


def test_one_that_could_not_be_told_is_told_the_next_time() -> None:
    _, untold = plan([ALERT], {}, NOW, RESEND)
    ((again,), _) = plan([ALERT], untold, NOW + 15, RESEND)
    assert again.alert == ALERT


def test_an_end_that_could_not_be_told_is_told_the_next_time() -> None:
    _, state = step([ALERT], {}, NOW)
    _, state = step([], state, NOW + 1)
    end = NOW + 1 + HOLD * RESEND
    (_, untold) = plan([], state, end, RESEND)
    ((again,), _) = plan([], untold, end + 15, RESEND)
    assert (again.ends_at, again.after) == (end + 15, None)


def test_a_clock_set_back_does_not_silence() -> None:
    _, state = step([ALERT], {}, NOW)
    assert [message.alert for message in step([ALERT], state, NOW - 3600)[0]] == [ALERT]


def test_a_resolved_alert_says_how_it_stands_now() -> None:
    (alert,) = desired(boards.board(BREACHED), LINKS)
    message = Message(alert, NOW, NOW, None)
    back = with_ending(message, boards.board(MET))
    assert back.alert.annotations["resolution"].startswith("now met: 100 % ≥ 99.9 %")
    assert back.alert.key == alert.key
    gone = with_ending(message, boards.board(Contract(name="another")))
    assert gone.alert.annotations["resolution"] == "the objective is measured no longer"


def test_a_firing_alert_is_left_as_it_is() -> None:
    ((message,), _) = plan(desired(boards.board(BREACHED), LINKS), {}, NOW, RESEND)
    assert with_ending(message, boards.board(MET)) is message


def test_it_is_posted_as_alertmanager_takes_it() -> None:
    ((message,), _) = plan([ALERT], {}, 1_792_584_000, RESEND)
    assert message.body() == {
        "labels": dict(ALERT.labels),
        "annotations": {"summary": "broken"},
        "startsAt": "2026-10-21T12:00:00Z",
        "endsAt": "2026-10-21T12:04:00Z",
        "generatorURL": "",
    }


def test_a_record_survives_json() -> None:
    for absent_since in (None, NOW):
        told = Delivered(ALERT, NOW, NOW + 1, NOW + 2, absent_since)
        assert Delivered.of(json.loads(json.dumps(told.record()))) == told


def test_a_rule_file_reads_back_the_alert_names_as_text() -> None:
    names = {alert.labels["alertname"] for alert in desired(boards.board(), LINKS)}
    document: Any = yaml.safe_load(yaml.safe_dump(promtool.RULES))
    assert names <= {rule.get("alert") for rule in document["groups"][0]["rules"]}


@given(
    history=st.lists(
        st.tuples(st.integers(1, 200), st.sets(st.sampled_from([0, 1])), st.booleans()), min_size=1, max_size=40
    )
)
def test_alertmanager_is_never_left_believing_what_is_not_so(history: list[tuple[int, set[int], bool]]) -> None:
    """Whatever comes and goes, whether or not it is reached: told firing for as long as it does, ended once."""
    now, state, ends = NOW, {}, {}
    for seconds, chosen, reached in history:
        now += seconds
        wanted = [(ALERT, OTHER)[number] for number in sorted(chosen)]
        messages, state = plan(wanted, state, now, RESEND)
        if reached:
            state = taken(state, messages)
            for message in messages:
                if message.after is None:
                    assert ends.pop(message.alert.key) is not None, "ended without having fired"
                else:
                    ends[message.alert.key] = message.ends_at
            for alert in wanted:
                assert ends[alert.key] > now + (LIFETIME - 1) * RESEND
        assert set(state) == set(ends)
