"""What is written comes out as it went in, in both directions; no text becomes markup or a link."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, Route, expect

from tests.support.page import DOUBLE_CLICK, Chat, Open, in_language

WIDGET = Path(__file__).parents[2] / "widget"
HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(1)</script> & &amp; &lt;",
    "mole > 6 mm, fever > 38.5, < 2 weeks, 2*3 mg, [x](javascript:alert(1)), **bold**, `µg`",
    "https://evil.example www.evil.example javascript:alert(1)",
    "👩🏽‍⚕️🙂 é e\u0301 ﷽ 你好",
    "هل هو آمن؟ abc 123 שלום",
    "line one\nline two\n\n  indented   blanks\ttab",
    "x" * 5000,
    "{clinic_name} ${x} {{7*7}} %s \\n",
]
# Whatever a keyboard or a paste can bring; a text field itself turns carriage returns into line breaks.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=200) | st.sampled_from(
    HOSTILE
)


def echo(route: Route) -> None:
    message = json.loads(route.request.post_data)["message"]
    reply = {"text": message, "metadata": {"kind": "smalltalk", "sources": [{"title": message, "url": "javascript:alert(1)"}]}}
    route.fulfill(
        json=[{**reply, "buttons": [{"title": message, "url": "http://plain.example"}, {"title": message, "payload": message}]}]
    )


def shown(chat: Chat, selector: str) -> str:
    """Returns the text of the newest match, without the words for screen readers."""
    return chat.log.evaluate("(log, selector) => [...log.querySelectorAll(selector)].at(-1).textContent", selector)


def test_any_text_comes_out_as_it_went_in(visit: Open) -> None:
    chat = visit().open()
    chat.page.route("**/webhook", echo)

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts.filter(str.strip))
    def check(text: str) -> None:
        chat.say(text)
        assert shown(chat, ".visitor p") == text
        paragraphs = chat.last("smalltalk").evaluate(
            "element => [...element.children].map(child => child.localName === 'p' && child.textContent)"
        )
        assert "".join(filter(None, paragraphs)) == text
        assert shown(chat, ".sources li") == text
        assert shown(chat, ".chip") == text
        assert chat.log.evaluate("log => log.querySelectorAll('a, img, script, b, iframe').length") == 0

    check()


def test_a_phone_number_is_a_link_to_call_and_nothing_else(visit: Open) -> None:
    chat = visit().open()
    buttons = [{"title": url, "url": url} for url in ("tel:+15550100100", "tel:x", "tel:1;alert(1)")]
    reply = {"text": "Ask.", "metadata": {"kind": "answer", "topic": "book_consultation", "sources": []}, "buttons": buttons}
    chat.page.route("**/webhook", lambda route: route.fulfill(json=[reply]))
    chat.say("parking?")
    links = chat.last("answer").locator("a.button")
    assert [link.get_attribute("href") for link in links.all()] == ["tel:+15550100100"]


def test_an_address_that_the_clinics_country_has_is_a_link(visit: Open) -> None:
    chat = visit().open()
    text = "Look at CertificationMatters.org, not at xcertificationmatters.org or certificationmatters.org-x."
    reply = {"text": text, "metadata": {"kind": "referral"}}
    chat.page.route("**/webhook", lambda route: route.fulfill(json=[reply]))
    chat.say("who is good?")
    links = chat.last("referral").locator("a")
    assert [link.get_attribute("href") for link in links.all()] == ["https://www.certificationmatters.org"]
    expect(links).to_have_text("CertificationMatters.org (opens in a new tab)")


def test_hostile_texts_through_the_real_server_and_back_from_its_history(visit: Open) -> None:
    chat = visit().open()
    for text in HOSTILE:
        chat.say(text)
        assert shown(chat, ".visitor p") == text
        assert chat.log.locator(".failure").count() == 0, text
    before = chat.log.locator(".visitor p").all_text_contents()
    chat.page.reload()
    chat.open()
    expect(chat.log.locator(".visitor")).to_have_count(len(HOSTILE))
    normal = [text.replace("e\u0301", "é") for text in before]  # the server keeps texts in their composed form
    assert chat.log.locator(".visitor p").all_text_contents() == normal
    assert chat.log.evaluate("log => log.scrollWidth <= log.clientWidth"), "long words wrap"


def test_a_text_that_is_too_long_is_kept_and_not_cut(visit: Open) -> None:
    chat = visit().open()
    chat.input.fill("🙂" * 5001)
    chat.input.press("Enter")
    expect(chat.panel).to_contain_text("Your message has 5001 characters")
    assert chat.input.input_value() == "🙂" * 5001
    chat.say("🙂" * 5000)
    assert chat.log.locator(".visitor").count() == 1
    assert chat.log.locator(".failure").count() == 0


def test_a_spanish_page_has_a_spanish_chat(visit: Open) -> None:
    requests: list[str] = []

    def prepare(page: Page) -> None:
        page.on("request", lambda request: requests.append(request.url.split("/web/")[-1]))
        page.route("**/demo", in_language("es-US"))

    chat = visit(prepare=prepare)
    expect(chat.launcher).to_have_text("Pregunte sobre exosomas")
    chat.open()
    expect(chat.root.locator("#frame")).to_have_attribute("lang", "es")
    expect(chat.log.locator(".greeting")).to_have_attribute("lang", "es")
    expect(chat.root.get_by_role("textbox", name="Su mensaje")).to_be_visible()
    chat.press("Empezar el cuestionario")
    expect(chat.last("question")).to_have_attribute("lang", "es")
    chat.page.wait_for_timeout(DOUBLE_CLICK)
    chat.last("question").locator(".choices button").first.click()  # "Yes, start", in whichever language
    chat.quiet()
    chat.press("¿Por qué lo pregunta?")
    assert chat.log.locator(".answer").count() == 1
    expect(chat.last("question")).to_contain_text("Pregunta 1 de 6 como máximo")
    chat.press("Parar")
    expect(chat.last("notice")).to_be_visible()
    assert {"strings/es.js", "config?language=es", "session?language=es", "webhook?language=es"} <= set(requests)
    assert "strings/en.js" not in requests


def test_every_language_has_every_text(visit: Open) -> None:
    keys = """async ({ base, name }) => {
      const { default: strings } = await import(`${base}strings/${name}.js`);
      const inside = (value, path) => Object.entries(value).flatMap(([key, part]) =>
        typeof part === "object" && !Array.isArray(part) ? inside(part, `${path}${key}.`)
          : [`${path}${key}: ${typeof part} ${Array.isArray(part) ? part.length : ""}`]);
      return inside(strings, "").sort();
    }"""
    page = visit().page
    base = page.url.removesuffix("demo")
    languages = sorted(path.stem for path in (WIDGET / "strings").glob("*.js"))
    for folder in ("", "later/"):
        english, *others = (page.evaluate(keys, {"base": base, "name": folder + name}) for name in languages)
        assert english
        for other in others:
            assert other == english


def test_another_language_is_one_more_file(visit: Open, clinic_server) -> None:  # type: ignore[no-untyped-def]
    english = (WIDGET / "strings" / "en.js").read_text()
    words = re.compile(r'^(  \w+: )(.*?)"([^"]*)"', re.M)
    arabic = words.sub(r'\1\2"ع \3"', english).replace('dir: "ع ltr"', 'dir: "rtl"')

    def prepare(page) -> None:  # type: ignore[no-untyped-def]
        def config(route: Route) -> None:
            known = route.fetch().json()
            route.fulfill(json={**known, "languages": ["ar", "en"]})

        page.route("**/config?language=ar", config)
        page.route("**/strings/ar.js", lambda route: route.fulfill(body=arabic, content_type="text/javascript"))
        page.route("**/demo", in_language('ar-EG" dir="rtl'))

    chat = visit(prepare=prepare)
    assert chat.launcher.bounding_box()["x"] < 100, "the button stands where a line ends"
    chat.launcher.click()
    frame = chat.root.locator("#frame")
    assert frame.get_attribute("lang") == "ar"
    assert frame.get_attribute("dir") == "rtl"
    chat.root.locator("#input").fill("what does it cost?")
    chat.root.locator("#input").press("Enter")
    expect(chat.last("answer")).to_have_attribute("lang", "en")
    chat.last("greeting").evaluate("message => message.scrollIntoView()")
    newest = chat.root.locator("#newest")
    expect(newest).to_be_visible()
    typed = chat.input.bounding_box()
    assert newest.bounding_box()["x"] >= typed["x"] + typed["width"], "where the line of the input starts"
    interface = chat.panel.evaluate(
        "panel => [...panel.querySelectorAll('footer button, .small, summary, #title ~ p')].map(element => element.textContent)"
    )
    assert [text for text in interface if text and "ع" not in text and "(" not in text] == []
