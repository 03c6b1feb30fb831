"""Customers that were found: what is kept comes back, of every kind of ledger, and what is new is laid over it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla_monitor.compliance.rolls import Presence, Roll
from sla_monitor.ledger.book import Book

INSTANT = st.integers(0, 2**33)
PRESENCE = st.builds(Presence, st.none() | INSTANT, st.none() | INSTANT, st.integers(0, 10**6))
TIMES = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6),
    st.lists(PRESENCE, min_size=1, max_size=3).map(tuple),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(INSTANT, TIMES), min_size=1, max_size=4))
def test_what_is_kept_comes_back(book: Book, rolls: list[tuple[int, dict[str, tuple[Presence, ...]]]]):
    """Nobody who was ever seen is left out of a later roll, and no time of theirs."""
    before = book.rolls().get("shop", Roll())
    for looked, times in rolls:
        known = {value: (*now, *before.times.get(value, ())[len(now) :]) for value, now in times.items()}
        after = Roll(looked, {**before.times, **known})
        book.keep_roll("shop", before, after)
        assert book.rolls() == {"shop": after}
        before = after
    assert book.flaws({}) == []


def test_of_two_who_look_at_once_the_first_is_kept(book: Book):
    for presence in (Presence(None), Presence(60)):
        book.keep_roll("shop", Roll(), Roll(120, {"acme": (presence,)}))

    assert book.rolls() == {"shop": Roll(120, {"acme": (Presence(None),)})}


def test_each_template_has_its_own(book: Book):
    assert book.rolls() == {}
    for name, looked in (("shop", 60), ("mail", 120)):
        book.keep_roll(name, Roll(), Roll(looked, {"acme": (Presence(None),)}))
    book.keep_roll("mail", book.rolls()["mail"], Roll(180, {"acme": (Presence(None, 120, 60),)}))

    assert book.rolls() == {
        "shop": Roll(60, {"acme": (Presence(None),)}),
        "mail": Roll(180, {"acme": (Presence(None, 120, 60),)}),
    }


def test_only_who_has_looked_since_is_read_again(book: Book):
    """Of two hundred thousand customers that takes seconds, and they are asked for with every tick."""
    other, rolls = Book(book.store), {name: Roll(60, {"acme": (Presence(None),)}) for name in ("shop", "mail")}
    for name, roll in rolls.items():
        book.keep_roll(name, Roll(), roll)
    first = book.rolls()
    after = Roll(120, {**rolls["shop"].times, "carl": (Presence(60),)})
    other.keep_roll("shop", rolls["shop"], after)
    again = book.rolls()

    assert again == {"shop": after, "mail": rolls["mail"]} == other.rolls()
    assert again["mail"] is first["mail"] is rolls["mail"], "what was written here need not be read"
    assert again["shop"] is book.rolls()["shop"]


def test_of_whom_nothing_is_new_nothing_is_read_again(book: Book):
    """Another looks each minute, and mostly finds everybody where they were."""
    other, roll = Book(book.store), Roll(60, {"acme": (Presence(None),), "carl": (Presence(None),)})
    book.keep_roll("shop", Roll(), roll)
    first = other.rolls()["shop"]
    book.keep_roll("shop", roll, Roll(120, roll.times))
    second = other.rolls()["shop"]
    assert (second.looked, second.times is first.times) == (120, True)

    gone = Roll(180, {**roll.times, "carl": (Presence(None, 120, 60),)})
    book.keep_roll("shop", Roll(120, roll.times), gone)
    assert other.rolls()["shop"] == gone
