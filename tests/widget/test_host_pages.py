"""The chat on pages as clinics have them: site builders, script optimisers, page transitions, shortcuts, strange styles."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.page import DESKTOP, DOUBLE_CLICK, PHONE, Chat
from tests.support.servers import Server
from tests.support.site import Site

WINDOW = DESKTOP["viewport"]
Embed = Callable[..., Chat]


def document(body: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head><title>Clinic</title>{head}</head><body>{body}</body></html>"


@pytest.fixture
def line(clinic_server: Server) -> str:
    return f'<script src="{clinic_server.address}/widget.js" defer></script>'


@pytest.fixture
def embed(browser: Any, site: Site, line: str) -> Iterator[Embed]:
    """Opens a page of the clinic with the script line at its end."""
    contexts = []

    def open_page(
        body: str = "", head: str = "", prepare: str = "", script: str = line, path: str = "/page", **options: Any
    ) -> Chat:
        site.pages["/page"] = document(f"<main><h1>Clinic</h1>{body}</main>{script}", head)
        context = browser.new_context(**{**DESKTOP, "reduced_motion": "reduce", **options})
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        if prepare:
            page.add_init_script(prepare)
        page.goto(site.address + path, wait_until="commit")
        return Chat(page)

    yield open_page
    for context in contexts:
        context.close()


# The one line, and what becomes of it


@pytest.mark.parametrize(
    "script",
    [
        "<script src='{server}/widget.js' type=module></script>",
        "<script type=module>import('{server}/widget.js')</script>",
        "<script>fetch('{server}/widget.js').then(r => r.text()).then(t => (0, eval)(t))</script>",
        "<script src=/bundle.js defer></script>",
        "<script src='{server}/widget.js?ver=6.5' async></script>",
        "<img src=/never-answers><script src='{server}/widget.js' defer></script>",
    ],
    ids=["module", "import", "eval", "bundle", "async", "hanging image"],
)
def test_the_button_comes_whatever_becomes_of_the_line(embed: Embed, site: Site, clinic_server: Server, script: str) -> None:
    with urllib.request.urlopen(f"{clinic_server.address}/widget.js") as answer:
        site.pages["/bundle.js"] = f"/* another script */;{answer.read().decode()}"
    expect(embed(script=script.format(server=clinic_server.address)).launcher).to_be_visible()


@pytest.mark.parametrize(
    "blocked",
    [
        "window.BroadcastChannel = class { constructor() { throw new DOMException('', 'SecurityError') } }",
        "delete window.BroadcastChannel",
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError') } })",
        "delete HTMLElement.prototype.showPopover",
    ],
    ids=["no channel to other tabs", "an old browser", "no storage", "no top layer"],
)
def test_one_can_talk_and_delete_with_less_than_a_modern_browser(embed: Embed, blocked: str) -> None:
    chat = embed(prepare=blocked).open()
    chat.say("does it hurt?")
    expect(chat.last("answer")).to_be_visible()
    delete(chat)
    expect(chat.log).not_to_contain_text("does it hurt?")


def delete(chat: Chat) -> None:
    chat.root.get_by_role("button", name="Delete my chat").click()
    chat.root.locator("#sheet").get_by_role("button", name="Delete my chat").click()
    expect(chat.log).to_contain_text("Your chat is deleted")


def test_nothing_happens_on_a_page_that_is_rendered_in_advance(embed: Embed) -> None:
    requests: list[str] = []
    chat = embed(prepare="Object.defineProperty(document, 'prerendering', { get: () => window.advance ?? true })")
    chat.page.on("request", lambda request: requests.append(request.url))
    chat.page.wait_for_load_state()
    chat.page.wait_for_timeout(500)
    assert not [url for url in requests if url.endswith("chat.js")]
    chat.page.evaluate("advance = false; document.dispatchEvent(new Event('prerenderingchange'))")
    expect(chat.launcher).to_be_visible()


@pytest.mark.parametrize(("attribute", "file"), [("", "clinic.yml"), (" data-clinic=clinic", "clinics/clinic.yml")])
def test_a_page_that_is_not_listed_shows_the_phone_and_the_console_says_what_to_do(
    embed: Embed, site: Site, line: str, attribute: str, file: str
) -> None:
    elsewhere = site.address.replace("127.0.0.1", "localhost")
    chat = embed(script=line.replace(" defer", f"{attribute} defer"))
    lines: list[str] = []
    chat.page.on("console", lambda message: lines.append(message.text))
    chat.page.goto(f"{elsewhere}/page")
    expect(chat.root.get_by_role("link")).to_have_attribute("href", "tel:5550100142")
    expect(chat.root).to_contain_text("In an emergency, call 911")
    expect(chat.root).to_be_in_viewport(ratio=1)
    assert [text for text in lines if f'"websites" in {file}' in text and elsewhere in text]


def test_a_page_that_names_no_clinic_of_ours_is_told_so(embed: Embed, line: str) -> None:
    chat = embed(script=line.replace(" defer", " data-clinic=nowhere defer"))
    chat.page.wait_for_load_state()
    with chat.page.expect_console_message(lambda message: "names no clinic that we know" in message.text):
        chat.page.reload()
    expect(chat.root).to_have_count(0)


# Styles of the page

STYLES = {
    "layers": "body > * { position: relative; z-index: 1 } aside { position: fixed; z-index: 2; inset: auto 0 0 auto }",
    "transform": "body { transform: translateZ(0); height: 3000px }",
    "filter": "body { filter: brightness(1); height: 3000px }",
    "flex": "body { display: flex; gap: 50px; justify-content: space-between } body > * { flex: 1; min-width: 9em }",
    "grid": "body { display: grid; grid-template-columns: 1fr 1fr; gap: 20px } body > * { margin: 9px !important }",
    "reset": "* { all: unset !important; display: block !important; opacity: .2 !important; pointer-events: none !important }",
    "clip": "body { overflow: hidden; contain: strict; height: 100px }",
    "nothing": "",
}


@pytest.mark.parametrize("style", STYLES)
def test_the_chat_is_on_top_in_its_corner_and_moves_nothing(embed: Embed, style: str) -> None:
    head, aside = f"<style>{STYLES[style]}</style>", "<aside style='width: 400px; height: 200px'></aside>"
    without = embed(aside, head, script="").page.locator("main").bounding_box()
    chat = embed(aside, head)
    chat.launcher.wait_for()
    assert chat.page.locator("main").bounding_box() == without
    assert lower_right(chat.launcher.bounding_box()) == (1260, 780)
    at_the_button = "button => { const r = button.getBoundingClientRect(); return document.elementFromPoint(r.x + 20, r.y + 20) }"
    assert chat.launcher.evaluate(f"button => ({at_the_button})(button).localName") == "exosome-chat"
    chat.open()
    assert lower_right(chat.panel.bounding_box()) == (1260, 780)
    expect(chat.root.locator("#emergency")).to_be_in_viewport(ratio=1)


def lower_right(box: Any) -> tuple[int, int]:
    return round(box["x"] + box["width"]), round(box["y"] + box["height"])


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_page_that_is_enlarged_keeps_the_chat_in_the_window(embed: Embed, options: dict[str, Any]) -> None:
    chat = embed(head="<meta name=viewport content='width=device-width'><style>body { zoom: 1.25 }</style>", **options).open()
    for part in ("#close", "#emergency", "#send"):
        expect(chat.root.locator(part)).to_be_in_viewport(ratio=1)


# Pages that replace their content

NEXT = """async script => {
  const body = new DOMParser().parseFromString('<main><h1>Second</h1></main>', 'text/html').body;
  if (script) { const line = document.createElement('script'); line.src = script; body.append(line); }
  document.body.replaceWith(body); }"""
SWAPS = {
    "the body, and the script runs again": lambda page, script: page.evaluate(NEXT, script),
    "the body only": lambda page, script: page.evaluate(NEXT, ""),
    "everything in the body": lambda page, script: page.evaluate("document.body.innerHTML = '<main>Second</main>'"),
    "with a copy of the old body": lambda page, script: page.evaluate("document.body.replaceWith(document.body.cloneNode(true))"),
    "the element to another place": lambda page, script: page.evaluate(
        "document.querySelector('main').append(document.querySelector('exosome-chat'))"
    ),
}


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_chat_stays_when_the_page_replaces_its_content(
    embed: Embed, clinic_server: Server, swap: str, options: dict[str, Any]
) -> None:
    chat = embed(**options).open()
    chat.say("does it hurt?")
    chat.input.fill("half a")
    SWAPS[swap](chat.page, f"{clinic_server.address}/widget.js")
    chat.page.wait_for_timeout(100)
    chat.open()
    assert chat.page.locator("exosome-chat").count() == 1
    expect(chat.log.locator(".visitor p")).to_have_text(["does it hurt?"])
    assert chat.input.input_value() == "half a"
    chat.say("what does it cost?")
    expect(chat.log.locator(".visitor p")).to_have_text(["does it hurt?", "what does it cost?"])


def test_an_element_that_was_removed_listens_no_more(embed: Embed) -> None:
    chat = embed("<exosome-chat></exosome-chat><a href='#exosome-chat'>chat</a>")
    chat.launcher.wait_for()
    chat.page.evaluate("old = document.querySelector('exosome-chat'); old.remove(); opened = 0; void document.addEventListener("
                       "'exosome-chat:opened', () => opened++)")  # fmt: skip
    chat.page.locator("main a").click()
    assert chat.page.evaluate("[opened, document.querySelectorAll('exosome-chat').length]") == [0, 0], "the page removed its own"


# Dialogs of the page

DIALOG = "<dialog id=d><form method=dialog><input id=name><button>Close</button></form><a href='#exosome-chat'>chat</a></dialog>"
SHOW = "d.showModal()"


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("close", ["d.close()", "d.remove()"], ids=["closed", "removed"])
def test_the_open_chat_can_be_used_over_a_modal_dialog_and_stays_when_that_goes(
    embed: Embed, options: dict[str, Any], close: str
) -> None:
    chat = embed(DIALOG, **options).open()
    for question in ("what are exosomes?", "does it hurt?"):
        chat.say(question)
    where = "log => log.scrollTop"
    # The chat hears of it a frame later.
    chat.log.evaluate(
        "log => new Promise(heard => { log.addEventListener('scroll', () => heard(), { once: true }); log.scrollTo(0, 90); })"
    )
    chat.input.fill("half a")
    chat.page.evaluate(SHOW)
    expect(chat.page.locator("#d exosome-chat")).to_be_attached()
    assert chat.log.evaluate(where) == 90
    chat.input.click()
    chat.page.keyboard.press("End")
    chat.page.keyboard.type(" question")
    assert chat.input.input_value() == "half a question"
    if not options:
        chat.page.locator("#name").fill("Jo")
    chat.say("what does it cost?")
    before = chat.log.evaluate(where)
    chat.page.evaluate(close)
    expect(chat.page.locator("body > exosome-chat")).to_have_count(1)
    expect(chat.log.locator(".visitor p")).to_have_text(["what are exosomes?", "does it hurt?", "what does it cost?"])
    assert chat.log.evaluate(where) == before
    expect(chat.root.locator("#emergency")).to_be_in_viewport(ratio=1)
    chat.say("is it safe?")
    expect(chat.last("answer")).to_be_visible()


def test_a_link_in_a_modal_dialog_opens_the_chat_and_escape_closes_the_chat_first(embed: Embed) -> None:
    chat = embed(f"{DIALOG}<script>{SHOW}</script>")
    expect(chat.launcher).to_be_in_viewport(ratio=1)
    chat.page.locator("#d > a").click()
    chat.quiet()
    chat.input.click()
    chat.say("does it hurt?")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.page.evaluate("d.open")
    chat.launcher.click()
    expect(chat.panel).to_be_visible()


def test_a_page_that_opens_no_dialog_keeps_its_own_chat_where_it_is(embed: Embed) -> None:
    chat = embed("<exosome-chat></exosome-chat><details><summary>more</summary></details><dialog open>not modal</dialog>")
    chat.launcher.wait_for()
    chat.page.locator("summary").click()
    chat.page.wait_for_timeout(100)
    expect(chat.page.locator("main > exosome-chat")).to_have_count(1)


# Keys, wheel, touch and focus

GREEDY = {
    "shortcuts": "addEventListener('keydown', e => { if (e.target.tagName != 'TEXTAREA') e.preventDefault() })",
    "keypress": "document.onkeypress = e => e.target.tagName == 'TEXTAREA'",
    "a focus trap": "document.addEventListener('focusin', e => { if (!m.contains(e.target)) m.focus() })",
    "a strict focus trap": "for (const type of ['focus', 'focusin'])"
    " document.addEventListener(type, e => { if (!m.contains(e.target)) { e.stopImmediatePropagation(); m.focus() } }, true)",
    "copy protection": "for (const type of ['paste', 'copy', 'selectstart', 'contextmenu'])"
    " document.addEventListener(type, e => e.preventDefault())",
}


@pytest.mark.parametrize("greedy", GREEDY)
def test_one_can_type_whatever_the_page_listens_to(embed: Embed, greedy: str) -> None:
    chat = embed(f"<div id=m tabindex=-1>modal</div><script>{GREEDY[greedy]}</script>").open()
    chat.input.click()
    chat.page.keyboard.type("red and/or itchy ")
    chat.page.keyboard.press("Control+a")
    chat.page.keyboard.press("Control+c")
    chat.page.keyboard.press("End")
    chat.page.keyboard.press("Control+v")
    assert chat.input.input_value() == "red and/or itchy red and/or itchy "


def test_the_log_scrolls_on_a_page_that_scrolls_by_itself(embed: Embed) -> None:
    chat = embed("<script>addEventListener('wheel', e => e.preventDefault(), { passive: false })</script>").open()
    for _ in range(3):
        chat.say("what are exosomes?")
    chat.log.hover()
    before = chat.log.evaluate("log => log.scrollTop")
    chat.page.mouse.wheel(0, -300)
    chat.page.wait_for_function(
        f"() => document.querySelector('exosome-chat').shadowRoot.querySelector('#log').scrollTop < {before}"
    )


def test_enter_that_belongs_to_an_input_method_does_not_send(embed: Embed) -> None:
    chat = embed().open()
    chat.input.fill("かゆい")
    press = "(input, init) => input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...init }))"
    for composing in ({"isComposing": True}, {"keyCode": 229}):
        chat.input.evaluate(press, composing)
    assert chat.log.locator(".visitor").count() == 0
    chat.input.evaluate(press, {"keyCode": 13})
    assert chat.log.locator(".visitor").count() == 1


def test_a_double_click_on_the_button_presses_nothing_in_the_panel(embed: Embed) -> None:
    chat = embed()
    chat.launcher.dblclick()
    chat.page.wait_for_timeout(DOUBLE_CLICK)
    expect(chat.panel).to_be_visible()
    expect(chat.root.locator("#sheet")).to_be_hidden()


# Links, printing, service workers, the way back


def test_links_to_the_chat_open_it(embed: Embed, site: Site) -> None:
    chat = embed(f"<a id=absolute href='{site.address}/page#exosome-chat'>chat</a><a id=bare href='#exosome-chat'>chat</a>")
    for link in ("#absolute", "#bare"):
        chat.launcher.wait_for()
        chat.page.locator(link).click()
        expect(chat.panel).to_be_visible()
        chat.page.keyboard.press("Escape")
        assert chat.focused() == link[1:]
    chat.page.evaluate("location.hash = 'exosome-chat'")
    expect(chat.panel).to_be_visible()
    expect(embed(path="/page#exosome-chat").panel).to_be_visible()


def test_a_print_that_never_says_that_it_ended_leaves_the_page_as_it_was(embed: Embed) -> None:
    chat = embed(prepare="window.print = () => {}").open()
    chat.take_check()
    chat.keep()
    for _ in range(2):
        chat.button("Print my consultation summary").click()
    chat.page.wait_for_function("document.title === 'Clinic'")
    chat.page.keyboard.press("Control")  # as for the page's own print
    assert chat.page.evaluate("[document.adoptedStyleSheets.length, document.querySelectorAll('exosome-summary').length]") == [
        0,
        0,
    ]


WORKER = """addEventListener('install', () => skipWaiting());
addEventListener('activate', event => event.waitUntil(clients.claim()));
addEventListener('fetch', event => { if (event.request.method == 'GET' && event.request.mode != 'navigate')
  event.respondWith(caches.open('all').then(async cache => await cache.match(event.request)
    || fetch(event.request).then(answer => (cache.put(event.request, answer.clone()), answer)))) });"""


def test_a_service_worker_keeps_nothing_of_the_conversation(embed: Embed, site: Site) -> None:
    site.pages["/worker.js"] = WORKER
    chat = embed("<script>navigator.serviceWorker.register('/worker.js')</script>")
    chat.page.wait_for_function("navigator.serviceWorker.controller")
    chat.page.reload()
    chat.open().say("i am pregnant")
    chat.page.reload()
    chat.open()
    expect(chat.log.locator(".visitor p")).to_have_text(["i am pregnant"])
    chat.say("does it hurt?")
    chat.page.reload()
    expect(chat.open().log.locator(".visitor p")).to_have_text(["i am pregnant", "does it hurt?"])
    kept = "async () => (await Promise.all((await (await caches.open('all')).keys()).map(key => key.url))).join(' ')"
    assert "history" not in chat.page.evaluate(kept)
    delete(chat)
    chat.say("hello")
    chat.page.reload()
    expect(chat.open().log.locator(".visitor p")).to_have_text(["hello"])


COME_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


def test_a_page_that_comes_back_shows_the_conversation_as_it_is_now(embed: Embed) -> None:
    chat = embed().open()
    chat.say("does it hurt?")
    chat.page.evaluate(COME_BACK)
    expect(chat.log.locator(".answer")).to_have_count(1)
    expect(chat.log.locator(".visitor p")).to_have_text(["does it hurt?"])
    left = "visit = JSON.parse(sessionStorage['exosome-chat']);"
    chat.page.evaluate(
        left
        + "sessionStorage['exosome-chat'] = JSON.stringify({ open: true, earlier: [visit.current], draft: 'and' });"
        + COME_BACK
    )
    expect(chat.log.locator(".visitor")).to_have_count(0)
    assert chat.input.input_value() == "and"
    chat.page.evaluate(left + "sessionStorage['exosome-chat'] = JSON.stringify({ ...visit, open: false });" + COME_BACK)
    expect(chat.panel).to_be_hidden()


# The page's own scripts and settings


def test_the_page_hears_that_something_happened_and_not_what_was_said(embed: Embed) -> None:
    listen = "heard = []; for (const what of ['opened', 'answered', 'contact']) document.addEventListener(" \
             "`exosome-chat:${what}`, event => heard.push([what, event.detail]));"  # fmt: skip
    chat = embed(prepare=listen).open()
    chat.say("does it hurt?")
    chat.page.evaluate("document.querySelector('exosome-chat').addEventListener('click', event => event.preventDefault())")
    chat.root.get_by_role("button", name="Contact the clinic").click()
    chat.root.locator("#sheet").get_by_role("link", name=re.compile("Call")).click()
    assert chat.page.evaluate("heard") == [["opened", None], ["answered", None], ["contact", {"way": "phone"}]]


def test_the_line_may_say_where_and_how(embed: Embed, line: str) -> None:
    def with_attributes(attributes: str) -> str:
        return line.replace("<script ", f"<script {attributes} ")

    chat = embed(script=with_attributes("data-position=left data-offset='90px 30px' data-clinic=clinic"))
    chat.launcher.wait_for()
    box = chat.launcher.bounding_box()
    assert (box["x"], round(box["y"] + box["height"])) == (30, WINDOW["height"] - 90)
    with chat.page.expect_request("**/session") as session:
        chat.open().say("hello")
    assert session.value.post_data_json == {"clinic": "clinic"}
    assert chat.panel.bounding_box()["x"] == 30

    expect(embed(script=with_attributes("data-open")).panel).to_be_visible()
    hidden = embed(script=with_attributes("data-hidden-on='/checkout /pa*'"))
    hidden.root.wait_for(state="attached")
    expect(hidden.launcher).to_be_hidden()
    hidden.page.evaluate("history.pushState({}, '', '/other')")
    expect(hidden.launcher).to_be_visible()


# The keyboard on the screen

KEYBOARD = """(() => { const real = window.visualViewport, fake = new EventTarget();
  Object.assign(fake, { scale: 1, offsetTop: 0, height: innerHeight });
  Object.defineProperty(window, 'visualViewport', { value: fake });
  window.keyboard = (height, top) => { Object.assign(fake, { height: innerHeight - height, offsetTop: top });
    fake.dispatchEvent(new Event('resize')); } })()"""


def test_a_keyboard_on_the_screen_hides_nothing_of_the_chat(embed: Embed) -> None:
    chat = embed(head="<meta name=viewport content='width=device-width'>", prepare=KEYBOARD, **PHONE).open()
    chat.page.evaluate("keyboard(336, 40)")
    panel = chat.panel.bounding_box()
    assert (panel["y"], panel["height"]) == (40, PHONE["viewport"]["height"] - 336)
    chat.page.evaluate("keyboard(0, 0)")
    assert chat.panel.bounding_box()["height"] == PHONE["viewport"]["height"]
    assert float(chat.input.evaluate("input => parseFloat(getComputedStyle(input).fontSize)")) >= 16


def test_the_input_grows_in_a_browser_that_does_not_do_it_by_itself(embed: Embed) -> None:
    def style(page: Page) -> None:
        page.route("**/styles.css", lambda route: route.fulfill(
            response=route.fetch(), body=re.sub(r"field-sizing:\s*content", "", route.fetch().text())))  # fmt: skip

    chat = embed(prepare="CSS.supports = () => false")
    style(chat.page)
    chat.page.reload()
    chat.open()
    before = chat.input.bounding_box()["height"]
    chat.input.fill("one line\nand another\nand a third")
    assert chat.input.bounding_box()["height"] > before + 30
    chat.input.press("Enter")
    assert chat.input.bounding_box()["height"] == pytest.approx(before, abs=1)
