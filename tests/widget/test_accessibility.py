"""WCAG 2.2 AA: axe in every state, the keyboard, the focus, what is announced, and what does not fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from runtime.clinic import Clinic
from tests.support.page import DESKTOP, DOUBLE_CLICK, PHONE, Chat, Open

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TREE = Path(__file__).parent / "check_tree.txt"
# What a finger hits may be larger than what the eye sees, so we ask what is there, in the middle and 21 pixels around it.
TOO_SMALL = """root => {
  const isHit = node => {
    node.scrollIntoView({ block: "center", behavior: "instant" });
    const { x, y, width, height } = node.getBoundingClientRect();
    if (node.matches(".sources a, sup a, p a")) return Math.min(width, height) >= 24;
    return [[0, 0], [0, -21], [0, 21], [-21, 0], [21, 0]].every(([right, down]) =>
      node.contains(root.shadowRoot.elementFromPoint(x + width / 2 + right, y + height / 2 + down)));
  };
  const targets = root.shadowRoot.querySelectorAll("button, textarea, input:not([type]), summary, label.chip, a");
  return [...targets].filter(node => node.checkVisibility() && !isHit(node)).map(node => node.outerHTML);
}"""
# Notes each announcement: what is added to the live region, and how urgent it is then.
LISTEN = """log => { window.heard = []; new MutationObserver(changes => {
  for (const { addedNodes } of changes) for (const node of addedNodes)
    if (log.ariaLive !== "off" && node.textContent) window.heard.push([log.ariaLive, node.className, node.textContent]);
}).observe(log, { childList: true }); }"""


def faults(page: Page) -> list[str]:
    """Returns what axe finds: the rule and the elements."""
    found = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]}).response["violations"]
    return [f"{violation['id']}: {[node['target'] for node in violation['nodes']]}" for violation in found]


@pytest.mark.parametrize(
    ("device", "scheme"),
    [
        pytest.param(DESKTOP, "light", marks=pytest.mark.long),
        (DESKTOP, "dark"),
        (PHONE, "light"),
        pytest.param(PHONE, "dark", marks=pytest.mark.long),
    ],
    ids=["desktop, light", "desktop, dark", "phone, light", "phone, dark"],
)
def test_axe_finds_nothing_in_any_state(visit: Open, device: dict[str, Any], scheme: str) -> None:
    chat = visit(expect_errors=True, **device, color_scheme=scheme, reduced_motion="reduce")
    assert faults(chat.page) == [], "closed"
    chat.open()
    dark = chat.panel.evaluate("panel => getComputedStyle(panel).backgroundColor") == "rgb(22, 29, 36)"
    assert dark == (scheme == "dark")
    assert faults(chat.page) == [], "greeting"
    chat.say("what are the risks?")
    chat.last("answer").locator(".sources summary").click()
    assert faults(chat.page) == [], "answer"
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    assert faults(chat.page) == [], "question"
    chat.say("34")
    chat.root.get_by_role("checkbox", name="Allergy to a medicine").check()
    assert faults(chat.page) == [], "several answers"
    chat.press("Continue")
    for name in ("Pattern (runs in families)", "Early, hardly seen"):
        chat.press(name)
    chat.choose("Nothing so far")
    assert faults(chat.page) == [], "read-back"
    chat.press("Yes, that's right")
    chat.root.locator(".card summary").first.click()
    assert faults(chat.page) == [], "result"
    chat.page.route("**/webhook", lambda route: route.abort())
    chat.say("hello?")
    chat.page.context.set_offline(True)
    assert faults(chat.page) == [], "failure and offline"
    chat.page.context.set_offline(False)
    chat.page.unroute("**/webhook")
    chat.quiet()
    chat.say("my throat is closing up")
    assert faults(chat.page) == [], "emergency"
    chat.say("i want to kill myself")
    assert faults(chat.page) == [], "crisis"
    sheet = chat.root.locator("#sheet")
    chat.root.get_by_role("button", name="Contact the clinic").click()
    expect(sheet).to_be_visible()
    assert faults(chat.page) == [], "contact"
    chat.page.keyboard.press("Escape")
    chat.root.get_by_role("button", name="Delete my chat").click()
    expect(sheet).to_be_visible()
    assert faults(chat.page) == [], "deletion"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", ["#000000", "#767676", "#0000e0"])
def test_every_color_that_clinic_yml_allows_has_contrast_enough(visit: Open, color: str, scheme: str) -> None:
    Clinic(color=color)
    chat = visit(color_scheme=scheme, reduced_motion="reduce")
    chat.page.evaluate(f"document.querySelector('exosome-chat').style.setProperty('--exosome-chat-color', '{color}')")
    chat.open().say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    chat.root.get_by_role("checkbox", name="Allergy to a medicine").check()
    chat.root.get_by_role("checkbox", name="Another illness").hover()
    assert faults(chat.page) == []


def test_by_keyboard_alone_from_the_page_to_an_answer_and_back(visit: Open) -> None:
    chat = visit()
    page = chat.page
    page.get_by_role("link", name="Open the assistant").focus()
    page.keyboard.press("Tab")
    assert chat.focused() == "launcher"
    page.keyboard.press("Enter")
    assert chat.focused() == "input"
    page.keyboard.type("does it hurt?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("really?")
    page.keyboard.press("Enter")
    chat.quiet()
    assert chat.log.locator(".visitor p").last.text_content() == "does it hurt?\nreally?"
    assert chat.focused() == "input"
    page.keyboard.press("Tab")
    assert chat.focused() == "send"
    page.keyboard.press("Tab")
    assert chat.focused() == "Delete my chat"
    page.keyboard.press("Enter")
    expect(chat.root.locator("#sheet")).to_be_visible()
    page.keyboard.press("Escape")
    assert chat.focused() == "Delete my chat", "a dialog gives the focus back"
    expect(chat.panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "launcher"
    page.get_by_role("link", name="Open the assistant").press("Enter")
    assert chat.focused() == "input"
    page.keyboard.press("Escape")
    assert chat.focused() == "Open the assistant", "the link that opened it gets the focus back"


def test_beside_the_panel_the_page_stays_usable_and_under_a_full_screen_it_does_not(visit: Open) -> None:
    chat = visit().open()
    chat.page.locator("nav a").first.focus()
    assert chat.focused() == "Hair loss"
    phone = visit(**PHONE).open()
    assert phone.focused() == "log", "no keyboard covers the greeting"
    phone.page.locator("nav a").first.evaluate("link => link.focus()")
    assert phone.focused() == "log"
    phone.page.set_viewport_size({"width": 1000, "height": 700})
    expect(phone.root.locator("#panel:modal")).to_have_count(0)
    assert phone.focused() == "log", "another window size leaves the focus where it is"
    phone.page.locator("nav a").first.focus()
    assert phone.focused() == "Hair loss"


def test_a_phones_back_gesture_closes_the_panel_and_the_chat_can_be_opened_again(visit: Open) -> None:
    chat = visit(**PHONE).open()
    chat.panel.evaluate("panel => panel.requestClose()")  # what the gesture does
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "launcher"
    chat.open()
    expect(chat.panel).to_be_visible()


def test_the_check_by_keyboard_leads_from_question_to_question(visit: Open) -> None:
    chat = visit().open()
    keys = chat.page.keyboard

    def walk(key: str, to: str) -> None:
        while chat.focused() != to:
            keys.press(key)

    def enter() -> None:
        chat.page.wait_for_timeout(DOUBLE_CLICK)
        keys.press("Enter")
        chat.quiet()

    keys.type("am i a candidate?")
    enter()
    walk("Shift+Tab", to="Yes, start")
    enter()
    assert chat.focused() == "Under 18"
    walk("Tab", to="30 to 44")
    enter()
    walk("Shift+Tab", to="Allergy to a medicine")
    keys.press("Space")
    walk("Tab", to="Continue")
    enter()
    for first in ("Pattern (runs in families)", "Early, hardly seen"):
        assert chat.focused() == first
        question = chat.last("question")
        name = question.get_by_role("group").get_attribute("aria-label")
        seen = [question.locator(part).first.text_content() for part in (".progress span", "p")]
        assert name == ": ".join(seen), "the number and the question are the name of its answers"
        enter()
    assert chat.focused() == "Minoxidil"
    walk("Tab", to="Nothing so far")
    keys.press("Space")
    walk("Tab", to="Continue")
    enter()
    expect(chat.root.locator(".card")).to_be_visible()
    assert chat.focused() == "input"


def test_inside_a_message_in_another_language_the_interface_keeps_its_own(visit: Open) -> None:
    chat = visit().open()
    chat.say("¿duele?")
    answer = chat.last("answer")
    assert [
        answer.locator(part).first.evaluate("part => part.closest('[lang]').lang")
        for part in ("> p", ".who", ".sources", ".once .chip")
    ] == [
        "es",
        "en",
        "en",
        "es",
    ]


def test_what_a_visitor_types_is_in_the_language_of_its_answer_and_a_pressed_button_is_not(visit: Open) -> None:
    languages = "log => [...log.querySelectorAll('.visitor > p')].map(text => text.closest('[lang]').lang)"
    chat = visit().open()
    chat.say("¿duele?")
    chat.last("answer").locator(".once summary").click()
    chat.press("Cuénteme más")
    chat.say("¿es seguro?")
    own = chat.log.locator(".visitor")
    assert [line.get_attribute("lang") for line in own.locator("> p").all()] == ["es", None, "es"]
    assert own.locator(".who").first.evaluate("who => who.closest('[lang]').lang") == "en"
    seen = chat.log.evaluate(languages)
    chat.page.reload()
    chat.open()
    expect(chat.log.locator(".earlier .visitor")).to_have_count(3)
    assert chat.log.evaluate(languages) == seen == ["es", "en", "es"]


def test_each_message_is_announced_once_and_only_danger_assertively(visit: Open) -> None:
    chat = visit().open()
    chat.log.evaluate(LISTEN)
    chat.say("what are exosomes?")
    chat.say("my throat is closing up")
    chat.say("ok")
    heard = chat.page.evaluate("window.heard")
    assert len({text for _, _, text in heard}) == len(heard)
    assert {live for live, _, _ in heard[:3]} == {"polite"}
    danger = next(place for place, item in enumerate(heard) if "emergency" in item[1])
    assert heard[danger][0] == "assertive"
    assert heard[danger - 1][:1] == ["polite"], "the visitor's own words"
    assert chat.panel.locator("[role=log], [role=alert], [aria-live]").count() == 1, "one region, so nothing is said twice"
    chat.page.keyboard.press("Escape")
    chat.page.reload()
    chat.launcher.click()
    chat.log.evaluate(LISTEN)
    expect(chat.log.locator(".visitor")).to_have_count(3)
    assert [text for _, _, text in chat.page.evaluate("window.heard") if "exosomes" in text] == [], "what was said before"


@pytest.mark.parametrize(
    "device", [DESKTOP, PHONE, {**PHONE, "viewport": {"width": 320, "height": 568}}], ids=["desktop", "phone", "small"]
)
def test_every_target_is_44_pixels_high_and_wide_or_24_in_text(visit: Open, device: dict[str, Any]) -> None:
    chat = visit(**device).open()
    chat.say("what are exosomes?")
    chat.last("answer").locator(".sources summary").click()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    assert small_targets(chat) == []
    chat.say("34")
    assert small_targets(chat) == []
    chat.choose("None of these")
    for name in ("Pattern (runs in families)", "Early, hardly seen"):
        chat.press(name)
    chat.choose("Nothing so far")
    assert small_targets(chat) == []
    chat.press("Yes, that's right")
    assert small_targets(chat) == []


def small_targets(chat: Chat) -> list[str]:
    """Returns what is too small to hit with a finger: 44 pixels, or 24 for a link in the text."""
    return chat.root.evaluate(TOO_SMALL)


@pytest.mark.parametrize(
    "size",
    [{"width": 320, "height": 256}, {"width": 320, "height": 640}, {"width": 640, "height": 400}],
    ids=["400 percent", "320 px", "200 percent"],
)
def test_it_fits_small_windows_without_scrolling_sideways(visit: Open, size: dict[str, int]) -> None:
    chat = visit(viewport=size).open()
    chat.take_check()
    assert chat.root.evaluate(
        "root => [...root.shadowRoot.querySelectorAll('#panel, #log')].every(node => node.scrollWidth <= node.clientWidth)"
    )
    for part in ("#close", "#emergency", "#input", "#send", "footer button"):
        element = chat.root.locator(part).last
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= size["width"], part
        expect(element).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_text_of_twice_the_size_is_neither_cut_nor_covered(visit: Open, device: dict[str, Any]) -> None:
    chat = visit(**device, large_text=True).open()
    assert chat.log.evaluate("log => getComputedStyle(log).fontSize") == "32px"
    chat.say("what are the risks?")
    cut = chat.root.evaluate(
        "root => [...root.shadowRoot.querySelectorAll('#panel *')]"
        ".filter(element => element.offsetWidth && !element.matches('.hidden, .who, textarea, #log, svg *'))"
        ".filter(element => element.scrollWidth > element.clientWidth + 2 && getComputedStyle(element).display !== 'inline')"
        ".map(element => element.outerHTML.slice(0, 80))"
    )
    assert cut == []
    expect(chat.root.locator("#send")).to_be_in_viewport(ratio=1)


LANDSCAPE = {"width": 844, "height": 390}


@pytest.mark.parametrize(
    ("viewport", "large_text", "least"),
    [
        ({"width": 390, "height": 844}, True, 0.7),
        (LANDSCAPE, True, 0.45),
        (LANDSCAPE, False, 0.6),
        ({"width": 320, "height": 256}, False, 0.5),
    ],
    ids=["phone, text 200 percent", "landscape, text 200 percent", "landscape", "400 percent"],
)
def test_most_of_a_small_screen_is_for_the_conversation(
    visit: Open, viewport: dict[str, int], large_text: bool, least: float
) -> None:
    chat = visit(**{**PHONE, "viewport": viewport}, large_text=large_text, reduced_motion="reduce").open()
    chat.say("what are the risks?")
    header, composer = (chat.panel.locator(f"> {part}").bounding_box() for part in ("header", "form"))
    assert composer["y"] - header["y"] - header["height"] >= least * viewport["height"]
    for part in ("#emergency", "#close", "#input", "#send"):
        expect(chat.root.locator(part)).to_be_in_viewport(ratio=1)
    scrolling = "part => part.scrollHeight > part.clientHeight && getComputedStyle(part).overflowY === 'auto'"
    assert [chat.panel.evaluate(scrolling), chat.log.evaluate(scrolling)].count(True) == 1, "only one of two nested parts scrolls"
    chat.last("greeting").evaluate("message => message.scrollIntoView()")
    newest = chat.root.get_by_role("button", name="Go to the newest message")
    newest.click()
    expect(newest).to_be_hidden()
    expect(chat.last("referral")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("viewport", "large_text"),
    [(LANDSCAPE, False), ({"width": 320, "height": 256}, False), ({"width": 390, "height": 844}, True)],
    ids=["landscape", "400 percent", "phone, text 200 percent"],
)
def test_the_bar_of_a_long_list_stays_in_view_and_elsewhere_a_button_leads_back(
    visit: Open, viewport: dict[str, int], large_text: bool
) -> None:
    chat = visit(**{**PHONE, "viewport": viewport}, large_text=large_text, reduced_motion="reduce").open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    newest = chat.root.get_by_role("button", name="Go to the newest message")
    form = chat.panel.locator("> form").bounding_box()
    for part in (chat.root.get_by_role("checkbox", name="None of these"), chat.button("Continue")):
        expect(part).to_be_in_viewport(ratio=1)
        box = part.bounding_box()
        assert box["y"] + box["height"] <= form["y"]
    expect(newest).to_be_hidden()
    chat.last("greeting").evaluate("message => message.scrollIntoView()")
    newest.click()
    expect(newest).to_be_hidden()
    expect(chat.last("question").get_by_role("button").last).to_be_in_viewport()


def test_each_of_several_answers_follows_a_mark_and_numbers_stand_beside_first_lines(visit: Open) -> None:
    chat = visit(**PHONE, reduced_motion="reduce").open()
    chat.say("what does it cost and is it safe?")
    expect(chat.log.locator(".contents")).to_be_visible()
    shown = chat.log.locator(".contents + .assistant > .who").bounding_box()
    assert min(shown["width"], shown["height"]) > 10
    chat.last("answer").locator(".sources summary").click()
    displays = chat.last("answer").locator(".sources li a").evaluate_all("links => links.map(a => getComputedStyle(a).display)")
    assert set(displays) == {"block"}, "an inline block would put the number beside its last line"


@pytest.mark.parametrize(
    ("viewport", "insets"),
    [({"width": 390, "height": 844}, {"top": 47, "bottom": 34}), (LANDSCAPE, {"left": 47, "right": 47, "bottom": 21})],
    ids=["portrait", "landscape"],
)
def test_what_is_beside_a_notch_is_coloured_and_empty(visit: Open, viewport: dict[str, int], insets: dict[str, int]) -> None:
    chat = visit(**{**PHONE, "viewport": viewport}, reduced_motion="reduce")
    insets = {"top": 0, "left": 0, "right": 0, **insets}
    session = chat.page.context.new_cdp_session(chat.page)
    session.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    chat.open()
    chat.say("what are the risks?")
    chat.log.evaluate("log => log.scrollTo(0, 0)")
    width, height = viewport["width"], viewport["height"]
    header, log = (chat.panel.locator(part).bounding_box() for part in ("header", "#log"))
    assert (header["x"], header["y"], header["width"]) == (0, 0, width), "green up to the edges"
    assert (log["x"], log["width"]) == (0, width)
    for part in ("#close", "#emergency a", "#input", "#send", "#newest", "footer button >> nth=0", "footer a"):
        box = chat.panel.locator(part).bounding_box()
        assert box["x"] >= insets["left"], part
        assert box["y"] >= insets["top"], part
        assert box["x"] + box["width"] <= width - insets["right"], part
        assert box["y"] + box["height"] <= height - insets["bottom"], part
    footer = chat.panel.locator("footer").bounding_box()
    assert footer["y"] + footer["height"] == pytest.approx(height - insets["bottom"], abs=1), "once, not twice"


def test_after_a_reload_on_a_phone_no_button_has_the_focus(visit: Open) -> None:
    chat = visit(**PHONE).open()
    chat.page.reload()
    expect(chat.panel).to_be_visible()
    chat.quiet()
    assert chat.focused() == "panel"


def test_after_a_tap_no_answer_to_the_next_question_looks_chosen(visit: Open) -> None:
    look = "button => getComputedStyle(button).backgroundColor"
    for device, expected in ((PHONE, True), (DESKTOP, False)):
        chat = visit(**device).open()
        chat.say("am i a candidate?")
        chat.press("Yes, start")
        chat.button("30 to 44").hover()
        assert (chat.button("30 to 44").evaluate(look) == chat.button("18 to 29").evaluate(look)) == expected


def test_motion_only_for_those_who_do_not_mind(visit: Open) -> None:
    watch = (
        "() => { window.moved = 0; for (const kind of ['animationstart', 'transitionstart'])"
        " document.querySelector('exosome-chat').shadowRoot.addEventListener(kind, () => (window.moved += 1), true); }"
    )
    for reduced, expected in (("no-preference", True), ("reduce", False)):
        chat = visit(reduced_motion=reduced)
        chat.page.evaluate(watch)
        chat.open()
        assert bool(chat.page.evaluate("() => window.moved")) == expected, reduced
        assert (chat.log.evaluate("log => getComputedStyle(log).scrollBehavior") == "smooth") == expected


def test_in_forced_colours_what_is_chosen_and_done_can_be_seen(visit: Open) -> None:
    chat = visit(forced_colors="active").open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    style = "element => [getComputedStyle(element).outlineStyle, getComputedStyle(element).borderTopStyle]"
    chosen = chat.root.get_by_role("checkbox", name="Another illness")
    chosen.check()
    chat.input.focus()
    assert chosen.locator("..").evaluate(style) == ["solid", "solid"]
    bar = chat.root.locator("progress").last.evaluate("node => [node.value, node.max, getComputedStyle(node).appearance]")
    assert bar == [2, 6, "auto"], "the browser draws it in the user's colours"
    assert chat.last("visitor").evaluate(style)[1] == "solid"


def test_a_result_is_heard_by_its_headline_and_messages_say_who_and_when(visit: Open) -> None:
    chat = visit().open()
    chat.log.evaluate(LISTEN)
    chat.take_check()
    heard = chat.page.evaluate("window.heard")
    assert not [text for live, _, text in heard if live != "off" and "Five questions" in text]
    headline = chat.root.locator(".headline").text_content()
    expect(chat.panel.locator(".hidden[role=status]")).to_have_text(f"Your result: {headline}")
    names = chat.log.get_by_role("article").evaluate_all(
        "articles => articles.map(node => node.getRootNode().getElementById(node.getAttribute('aria-labelledby')).textContent)"
    )
    assert all(re.search(r"(You|Assistant) \d+:\d\d.[AP]M$", name) for name in names[1:]), names


def test_the_accessibility_tree_of_the_check(visit: Open) -> None:
    chat = visit().open()
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    trees = []

    def note() -> None:
        trees.append(chat.log.locator("article").last.aria_snapshot())

    note()
    for answers in (["45 to 59"], ["None of these"], ["Pattern (runs in families)"], ["Early, hardly seen"], ["Minoxidil"]):
        if chat.last("question").get_by_role("checkbox").count():
            chat.choose(*answers)
        else:
            chat.press(*answers)
        note()
    chat.say("it did nothing")
    note()
    chat.press("Yes, that's right")
    # Of the result we only keep the structure, because its texts may change.
    card = chat.root.locator(".card").aria_snapshot().splitlines()
    trees.append("\n".join(line for line in card if re.match(r" *- (heading|list|button|link|group)", line)))
    found = re.sub(r"\d+:\d\d.[AP]M", "TIME", "\n\n".join(trees)) + "\n"
    assert found == TREE.read_text(encoding="utf-8"), (
        "what a screen reader finds has changed; if it is right, store it in check_tree.txt"
    )


def test_what_has_the_focus_is_never_covered(visit: Open) -> None:
    chat = visit(**PHONE, reduced_motion="reduce").open()
    chat.say("what are the risks?")
    chat.say("am i a candidate?")
    chat.press("Yes, start")
    chat.say("34")
    chat.input.focus()
    covered = (
        "root => { const node = root.shadowRoot.activeElement, box = node.getBoundingClientRect();"
        " const top = root.shadowRoot.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
        " return node.contains(top) || top?.contains(node) || top?.matches('label') ? '' : node.outerHTML; }"
    )
    for _ in range(20):
        chat.page.keyboard.press("Shift+Tab")
        if chat.focused() == "log":
            break
        assert chat.root.evaluate(covered) == ""
