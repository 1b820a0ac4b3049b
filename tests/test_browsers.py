"""The browser fixtures show what a person would see: production files, the right size, Chinese glyphs."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("browser", "size"),
    [("desktop", (1440, 900)), ("phone", (390, 844))],
    indirect=["browser"],
)
def test_the_login_page_comes_styled_in_chinese_at_the_size_of_the_screen(live_site, browser, size):
    browser.get(f"{live_site}/login/")

    assert browser.find_element("css selector", "html").get_attribute("lang") == "zh-hans"
    assert browser.execute_script("return [innerWidth, innerHeight]") == list(size)
    styles = browser.execute_script(
        "return [...document.styleSheets].map(sheet => [sheet.href, sheet.cssRules.length])"
    )
    assert styles
    assert all(rules and href.startswith(live_site) for href, rules in styles)
    assert browser.get_log("browser") == []
