"""The chat on the clinic's own page, behind nginx, with nothing behind that and then with the server again."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from tests.support.client import free_port
from tests.support.nginx import NGINX, Proxy, open_folder
from tests.support.page import Open, embed, fails_safely
from tests.support.servers import Server


@pytest.mark.skipif(not NGINX and not os.environ.get("CI"), reason="No nginx was found.")
def test_a_visitor_reads_the_safe_text_and_goes_on_when_the_server_is_back(
    visit: Open, clinic_server: Server, settings: dict[str, str]
) -> None:
    with open_folder() as folder:
        proxy = Proxy(folder)
        proxy.write(f"127.0.0.1:{free_port()}", **settings)
        with proxy.running():
            chat = embed(visit, proxy, expect_errors=True).open()
            chat.say("my throat is closing")
            fails_safely(chat, "If you're thinking of harming yourself, call or text 988")
        proxy.write(f"127.0.0.1:{clinic_server.port}", **settings)
        with proxy.running():
            chat.press("Try again")
            expect(chat.last("emergency")).to_be_visible()
            expect(chat.log.locator(".failure")).to_have_count(0)
