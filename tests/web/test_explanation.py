"""How a number came about, on the page of its objective: from the standing alone, nothing is asked or computed."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.publishing import boards
from tests.web.sites import World, client


async def explanation(agreement: str, objective: str) -> str:
    async with client(World(boards.board())) as http:
        text = (await http.get(f"/agreements/{agreement}/{objective}")).text
    (found,) = re.findall(r'(?s)<details class="explanation">.*?</details>', text)
    return unescape(str(found))


def titles(page: str) -> list[str]:
    return re.findall("<h3>(.*?)</h3>", page)


ALWAYS = ["What was promised", "The window", "The time that counts"]
JUDGED = [*ALWAYS, "What is known of that time", "The attainment", "The verdict", "The error budget"]


@pytest.mark.parametrize(
    ("agreement", "objective", "steps"),
    [
        ("acme-payments", "reachable", [*JUDGED, "The credit"]),
        ("globex-search", "availability", JUDGED),
        ("umbrella-cdn", "availability", [*ALWAYS, "The verdict"]),
    ],
)
async def test_the_steps_of_a_standing(agreement: str, objective: str, steps: list[str]) -> None:
    assert titles(await explanation(agreement, objective)) == steps


async def test_a_sum_has_a_sign_an_amount_and_what_it_is() -> None:
    page = await explanation("acme-payments", "reachable")
    wanted = '<span class="sign">−</span><span class="amount">3,480 s</span><span>bad</span>'
    assert wanted in page
    assert "good ÷ all = 1,774,920 ÷ 1,778,400 = 0.998043184… = 99.804318488… %" in page
    assert "The clocks are changed on 2026-10-25, which lasts 25 h." in page
