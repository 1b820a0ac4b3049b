"""Somebody at a browser: logs in, reads, presses, fills in, looks at the page."""

import os
from pathlib import Path

from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

PICTURES = os.environ.get(
    "GRIDMGMT_PICTURES"
)  # a folder: keep a screenshot of each page


class Somebody:
    """A person of the demo at a browser of their own."""

    def __init__(self, driver, site, username):
        self.driver, self.site, self.username = driver, site, username
        self.taps = 0

    def log_in(self, password="gridmgmt-demo"):
        self.go("/login/")
        self.picture("login")
        self.write("username", self.username)
        self.write("password", password)
        self.find("form .btn--primary").click()
        self.wait(lambda: "/login/" not in self.driver.current_url)
        return self

    def go(self, path):
        self.driver.get(self.site + path)

    def find(self, css):
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, css))

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def sees(self, text, seconds=15):
        self.wait(
            lambda: text in self.text(), seconds, f"{text!r} in: {self.text()[:1500]}"
        )

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def write(self, name, text):
        box = self.find(f"[name='{name}']")
        box.clear()
        box.send_keys(text)

    def choose(self, name, text):
        """An option of a select, by a part of its words."""
        select = Select(self.find(f"select[name='{name}']"))
        option = next(option for option in select.options if text in option.text)
        select.select_by_value(option.get_attribute("value"))

    def tap(self, css):
        """Press what the CSS names, as a thumb would: scrolled into view; counted."""
        element = self.find(css)
        self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center'})", element
        )
        element.click()
        self.taps += 1

    def press(self, words):
        """Press the link or button with these words; its page is left."""
        path = f"//*[self::a or self::button or self::summary][contains(normalize-space(.), '{words}')]"
        visible = self.wait(
            lambda: [
                e for e in self.driver.find_elements(By.XPATH, path) if e.is_displayed()
            ],
            what=f"a button {words!r} in: {self.text()[:1500]}",
        )
        self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center'})", visible[0]
        )
        visible[0].click()
        self.taps += 1

    def agree(self):
        """Answer yes in the dialog that asks before harm."""
        self.find("dialog[open] .btn--primary, dialog[open] .btn--danger").click()

    def attach(self, name, path):
        self.wait(
            lambda: self.driver.find_elements(
                By.CSS_SELECTOR, f"input[type=file][name='{name}']"
            )
        )
        self.all(f"input[type=file][name='{name}']")[0].send_keys(str(path))

    def wait(self, condition, seconds=15, what="the page"):
        quiet = (
            NoSuchElementException,
            StaleElementReferenceException,
            WebDriverException,
        )
        return WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=quiet).until(
            lambda _driver: condition(), f"{self.username} waited in vain for {what}"
        )

    def picture(self, name):
        """Keep a screenshot when pictures are wanted; the documentation shows them."""
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(f"{PICTURES}/{name}.png")

    def complaints(self):
        """What the browser's console complains about: scripts, the content policy, lost files."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and "status of 4" not in entry["message"]
        ]
