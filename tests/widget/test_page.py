"""What the widget costs a clinic's page: bytes, requests, cookies, layout, and the rights it needs."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.support.page import Open, embed
from tests.support.servers import Server

MAX_BYTES = 18_000  # zipped: all scripts and styles that a page loads
MAX_RESULT_BYTES = 3_500  # zipped: what a result loads besides
SHIFTS = """() => { window.shifted = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shifted += entry.value; }).observe({ type: "layout-shift", buffered: true }); }"""


def corner(part: Locator) -> tuple[float, float]:
    """Returns the right and the lower edge of what is shown."""
    box = part.bounding_box()
    return round(box["x"] + box["width"]), round(box["y"] + box["height"])


def test_scripts_and_style_stay_within_18_kb(visit: Open) -> None:
    files = {}

    def note(page: Page) -> None:
        page.on("response", lambda response: files.setdefault(urlsplit(response.url).path.split("/web/")[1], response))

    def loaded() -> dict[str, int]:
        return {
            name: len(gzip.compress(response.body()))
            for name, response in files.items()
            if response.ok and name.endswith((".js", ".css")) and name != "demo.css"
        }

    chat = visit(prepare=note).open()
    chat.say("what are the risks?")
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    expect(chat.last("question")).to_contain_text("Question 2")
    first = loaded()
    assert set(first) == {"widget.js", "chat.js", "messages.js", "transport.js", "strings/en.js", "styles.css"}
    assert sum(first.values()) <= MAX_BYTES, first
    chat.choose("None of these")
    chat.press("Pattern (runs in families)")
    chat.press("Early, hardly seen")
    chat.choose("Nothing so far")
    assert loaded() == first, "with all questions"
    chat.press("Yes, that's right")
    expect(chat.root.locator(".card .headline")).to_be_visible()
    rest = {name: size for name, size in loaded().items() if name not in first}
    assert set(rest) == {"result.js", "contact.js", "strings/later/en.js", "later.css"}
    assert sum(rest.values()) <= MAX_RESULT_BYTES, rest


def test_only_first_party_requests_no_cookie_and_nothing_stored_but_the_session(visit: Open, clinic_server: Server) -> None:
    requests: list[str] = []
    chat = visit(prepare=lambda page: page.on("request", lambda request: requests.append(request.url)))
    assert not [url for url in requests if url.endswith(("/session", "/history"))], "no session before the first message"
    chat.open().take_check()
    chat.say("my throat is closing up")
    assert {urlsplit(url).netloc for url in requests if not url.startswith("data:")} == {urlsplit(clinic_server.address).netloc}
    assert chat.page.context.cookies() == []
    assert chat.page.evaluate("() => [Object.keys(sessionStorage), Object.keys(localStorage)]") == [["exosome-chat"], []]


def test_one_line_on_the_clinics_own_site_under_a_strict_policy(visit: Open, clinic_server: Server) -> None:
    origin = clinic_server.address.split("/webhooks")[0]
    chat = embed(visit, clinic_server, f"default-src 'none'; script-src {origin}; connect-src {origin}").open()
    chat.take_check()
    chat.keep()
    chat.page.evaluate("window.print = () => {}")
    chat.button("Print my consultation summary").click()
    chat.page.emulate_media(media="print")
    expect(chat.page.locator("exosome-summary main")).to_be_visible()
    expect(chat.page.locator("h1").first).to_be_hidden()


def test_the_page_never_moves_and_cannot_restyle_the_chat(visit: Open, clinic_server: Server) -> None:
    chat = visit(reduced_motion="reduce")
    chat.page.evaluate(SHIFTS)
    assert corner(chat.launcher) == (1260, 780)
    assert corner(chat.open().panel) == (1260, 780)
    chat.say("what are exosomes?")
    chat.page.wait_for_timeout(300)
    assert chat.page.evaluate("window.shifted") == 0
    page = embed(
        visit,
        clinic_server,
        body="<style>* { color: red !important; font-size: 40px; all: revert } html { font-size: 62.5% }</style>",
    ).open()
    look = "log => { const style = getComputedStyle(log.querySelector('p')); return [style.color, style.fontSize] }"
    assert page.log.evaluate(look) == ["rgb(23, 34, 44)", "16px"]


def test_the_page_may_choose_colour_font_and_parts(visit: Open, clinic_server: Server) -> None:
    style = (
        "<style>exosome-chat { --exosome-chat-color: #7a1f5a; --exosome-chat-font: serif }"
        "exosome-chat::part(launcher) { text-transform: uppercase }</style>"
    )
    chat = embed(visit, clinic_server, body=style)
    look = (
        "node => { const style = getComputedStyle(node); return [style.backgroundColor, style.fontFamily, style.textTransform] }"
    )
    assert chat.launcher.evaluate(look) == ["rgb(122, 31, 90)", "serif", "uppercase"]
    chat.page.emulate_media(color_scheme="dark")
    chat.open()
    assert chat.panel.evaluate("panel => getComputedStyle(panel).backgroundColor") == "rgb(255, 255, 255)", (
        "a page that is only light"
    )


def test_the_page_is_loaded_before_the_chat(visit: Open) -> None:
    order: list[str] = []

    def note(page: Page) -> None:
        page.on("load", lambda: order.append("load"))
        page.on("request", lambda request: order.append(request.url) if request.url.endswith("chat.js") else None)

    visit(prepare=note)
    assert order[0] == "load"
    assert len(order) == 2


def test_only_https_links_lead_away(visit: Open) -> None:
    chat = visit().open()
    addresses = ["javascript:alert(1)", "data:text/html,x", "http://example.com", None, "https://example.com/"]
    sources = [{"title": str(address), "url": address} for address in addresses]
    reply = {"text": "x", "metadata": {"kind": "answer", "sources": sources}}
    chat.page.route("**/webhook", lambda route: route.fulfill(json=[reply]))
    chat.say("hello")
    links = chat.last("answer").locator("a").evaluate_all("links => links.map(link => link.href)")
    assert links == ["https://example.com/"]
