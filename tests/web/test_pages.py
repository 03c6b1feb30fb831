"""The pages in a real browser: without scripts, on a phone, in both colours, with hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from sla_monitor.compliance.terms import Contact
from tests.publishing import boards
from tests.publishing.boards import Contract, Story
from tests.web.sites import World, served

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>"\'&'
PATHS = (
    "/",
    "/agreements/acme-payments",
    "/agreements/acme-payments/reachable",
    "/agreements/acme-payments/latency",
    "/agreements/globex-search",
    "/agreements/initech-batch/perfect",
    "/agreements/umbrella-cdn",
    "/agreements/vandelay-import/availability",
    "/api/docs",
)
CONTRAST = """() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = [];
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
    if (!node.getClientRects().length || node.closest('.skip')) continue;
    const style = getComputedStyle(node);
    const ink = light(numbers(node.closest('svg') ? style.fill : style.color));
    const behind = light(ground(node));
    const ratio = (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05);
    seen.push([ratio, node.textContent.trim().slice(0, 40)]);
  }
  return seen;
}"""
"""The contrast ratio (WCAG 2) of every text on the page."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(boards.board(faults=("agreements/initech.yaml:12:7: unknown key 'tragets'",)))


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with served(world) as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield made
        made.close()


def opened(browser: Browser, width: int = 1280, scheme: str = "light") -> Page:
    """A new tab without JavaScript, as a reader may have it."""
    return browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=False,
    ).new_page()


@pytest.fixture(scope="module")
def scripted(browser: Browser) -> Iterator[Page]:
    """A tab that would run scripts, for measuring and for what must not run. Each test goes where it wants to be."""
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        yield context.new_page()


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_all_of_it_without_scrolling_sideways(scripted, address, path):
    scripted.goto(address + path)
    wide = scripted.evaluate(
        """() => [...document.querySelectorAll('body *')]
             .filter(node => !node.closest('svg, .skip, .standings thead')
                             && node.getBoundingClientRect().right > innerWidth + 0.5)
             .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    assert scripted.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/agreements/acme-payments", "/agreements/globex-search", "/api/docs"])
def test_every_text_stands_out_from_its_ground(scripted, address, path, scheme):
    scripted.emulate_media(color_scheme=scheme)
    scripted.goto(address + path)
    seen = scripted.evaluate(CONTRAST)
    assert len(seen) > 10
    assert [text for ratio, text in seen if ratio < 4.5] == []


def test_dark_and_light_differ(scripted, address):
    grounds = set()
    for scheme in ("light", "dark"):
        scripted.emulate_media(color_scheme=scheme)
        scripted.goto(address)
        grounds.add(scripted.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_no_page_breaks_its_own_policy_or_loads_from_elsewhere(scripted, address):
    complaints, asked = [], []
    scripted.on("console", lambda message: complaints.append(message.text))
    scripted.on("request", lambda request: asked.append(request.url))
    for path in PATHS:
        scripted.goto(address + path)
    assert complaints == []
    assert {url for url in asked if not url.startswith(address)} == set()


def test_every_link_leads_somewhere(address):
    found, todo = set(), {"/"}
    with httpx.Client(base_url=address, follow_redirects=True) as asking:
        while todo:
            path = todo.pop()
            found.add(path)
            answer = asking.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 200, path
            if "text/html" in answer.headers["content-type"]:
                links = re.findall(r'(?:href|src|action)="([^"#]+)"', answer.text.replace("&amp;", "&"))
                todo |= {urljoin(path, link) for link in links if "://" not in link and "mailto:" not in link} - found
    assert {"/agreements/acme-payments/latency", "/api/docs", "/metrics"} <= found


def test_the_front_page_is_filtered_by_its_form_without_scripts(browser, address):
    page = opened(browser)
    page.goto(address)
    page.get_by_role("searchbox").fill("acme")
    page.get_by_role("combobox", name="Status").select_option("Breached")
    page.get_by_role("button", name="Show").click()
    assert page.locator("tbody th").all_inner_texts() == ["reachable"]
    assert page.get_by_role("searchbox").input_value() == "acme"
    page.get_by_role("link", name="Clear").click()
    assert page.locator("tbody th").count() == len(boards.board().entries)


def test_a_tally_leads_to_its_objectives(browser, address):
    page = opened(browser)
    page.goto(address)
    page.locator(".tally.unknown").click()
    assert page.locator("tbody .badge").all_inner_texts() == ["Unknown"]


def test_a_row_tells_status_attainment_budget_and_window(browser, address):
    page = opened(browser)
    page.goto(f"{address}/?q=acme")
    row = page.locator("tbody tr").first.inner_text().replace("\u202f", " ")
    for words in (
        "Breached",
        "reachable",
        "99.804318 %",
        "target ≥ 99.95 %",
        "−35m 39s",
        "22m 21s allowed",
        "1 – 31 Oct 2026",
    ):
        assert words in row
    latency = page.locator("tbody tr").nth(1).inner_text()
    assert "22 Oct 2026 18:13 CEST" in latency
    assert "in 1d 4h 13m" in latency


def test_an_agreement_tells_its_terms_and_draws_its_budgets(browser, address):
    page = opened(browser)
    page.goto(f"{address}/agreements/acme-payments")
    text = page.locator("main").inner_text().replace("\u202f", " ")
    for words in (
        "At least 99.95 % of the time is good, in every month.",
        "the error budget overdrawn",
        "10 % of the monthly fee",
        "next: 25 % of the monthly fee below 99 %",
        "from 1 Jan 2026 00:00 CET, until 31 Dec 2026 23:59 CET, renewed by 12 months at a time",
        "1 Jan 2027 00:00 CET, unless notice is given by 2 Nov 2026 00:00 CET",
        "every 3 months, with Payments service owner, Acme GmbH, the next on 1 Jan 2027",
        "At most 500 requests a second per key.",
        "Acknowledge and open an incident",
    ):
        assert words in text
    assert page.locator("figure.chart").count() == 3
    assert "left as of 21 Oct 2026 14:00 CEST" in page.locator("figure svg[role=img]").first.get_attribute("aria-label")


def test_status_is_never_told_by_colour_alone(browser, address):
    page = opened(browser)
    page.goto(address)
    for mark in page.locator(".badge").all():
        assert mark.inner_text().strip()
        assert mark.locator("svg").count() == 1


def test_an_old_picture_carries_a_warning(browser):
    world = World(boards.board(), now=boards.AT + 3 * 3600)
    with served(world) as address:
        page = opened(browser)
        page.goto(address)
        assert "This picture is 3h old" in page.get_by_role("status").inner_text()
        world.now = boards.AT + 60
        page.goto(address)
        assert page.get_by_role("status").count() == 0


def test_an_empty_board_says_so(browser):
    world = World(boards.Board())
    with served(world) as address:
        page = opened(browser)
        page.goto(address)
        assert "Nothing has been measured yet." in page.locator("main").inner_text()
        assert "No agreement is in force yet." in page.locator("main").inner_text()


def test_hostile_names_are_only_text(scripted):
    contract = Contract(
        name="evil", title=HOSTILE, customer=HOSTILE, service=HOSTILE, stories=(Story(description=HOSTILE),)
    )
    world = World(boards.board(contract, faults=(HOSTILE,)))
    raised = []
    scripted.on("dialog", lambda dialog: raised.append(dialog.message))
    with served(world) as address:
        for path in (
            "/",
            f"/?q={HOSTILE}",
            "/agreements/evil",
            "/agreements/evil/availability",
            f"/agreements/{HOSTILE}",
        ):
            scripted.goto(address + path)
            assert scripted.locator("script, img[src=x]").count() == 0
            assert scripted.title() != "owned"
            assert HOSTILE[:20] in scripted.locator("main").inner_text()
    assert raised == []


def test_an_address_in_an_agreement_that_is_a_script_is_not_a_link(browser):
    board = boards.board(Contract(name="evil"))
    contact = Contact("Mallory", email='"><script>@x', url="javascript:alert(1)")
    object.__setattr__(board.agreements[0], "contacts", (contact,))
    with served(World(board)) as address:
        page = opened(browser)
        page.goto(f"{address}/agreements/evil")
        assert page.locator("a[href^=javascript]").count() == 0
        assert "javascript:alert(1)" in page.locator("main").inner_text()
        assert page.locator("script").count() == 0


def test_a_missing_agreement_is_a_page_for_a_browser(browser, address):
    page = opened(browser)
    answer = page.goto(f"{address}/agreements/none")
    assert answer.status == 404
    assert "No agreement in force is called 'none'" in page.locator("main").inner_text()
