"""Somebody at a browser: logs in, reads, presses, fills in, looks at the page."""

import os
from pathlib import Path

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

PICTURES = os.environ.get("GRIDMGMT_PICTURES")  # a folder: keep a screenshot of each page

# Answers that were meant; and the browser's own question to its maker where a phone stands.
NOT_OURS = ("status of 4", "Network location provider")


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

    def stand(self, lon, lat):
        """Let the phone know where it is, as somebody allows it."""
        origin = {"origin": self.site, "permissions": ["geolocation"]}
        self.driver.execute_cdp_cmd("Browser.grantPermissions", origin)
        position = {"longitude": lon, "latitude": lat, "accuracy": 8}
        self.driver.execute_cdp_cmd("Emulation.setGeolocationOverride", position)

    def find(self, css):
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, css))

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def sees(self, text, seconds=15):
        self.wait(lambda: text in self.text(), seconds, repr(text))

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
        self._press(lambda: self.driver.find_elements(By.CSS_SELECTOR, css), css)

    def press(self, words):
        """Press the link or button with these words; its page is left."""
        path = f"//*[self::a or self::button or self::summary][contains(normalize-space(.), '{words}')]"
        self._press(lambda: self.driver.find_elements(By.XPATH, path), words)

    def pick(self, words):
        """Tap the radio or checkbox whose label has these words."""
        path = f"//label[contains(normalize-space(.), '{words}')]"
        self._press(lambda: self.driver.find_elements(By.XPATH, path), words)

    def submit(self):
        """Press the one primary button of the page."""
        self.tap(".action-bar .btn--primary")

    def _press(self, elements, what):
        """Wait for one that is shown and press it; a page that refreshes itself may swap it away."""

        def try_once():
            shown = [element for element in elements() if element.is_displayed()]
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", shown[0])
            shown[0].click()
            return True

        self.wait(try_once, what=f"{what!r} to press")
        self.taps += 1

    def agree(self):
        """Answer yes in the dialog that asks before harm."""
        self.find("dialog[open] .btn--primary, dialog[open] .btn--danger").click()

    def attach(self, name, path):
        self.wait(
            lambda: self.driver.find_elements(By.CSS_SELECTOR, f"input[type=file][name='{name}']")
        )
        self.all(f"input[type=file][name='{name}']")[0].send_keys(str(path))

    def wait(self, condition, seconds=60, what="the page"):
        quiet = (WebDriverException, IndexError)
        waiting = WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=quiet)
        try:
            return waiting.until(lambda _driver: condition())
        except TimeoutException:
            page = self.text()[:1500]
        raise AssertionError(f"{self.username} waited in vain for {what} in: {page}")

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
            if entry["level"] == "SEVERE"
            and not any(words in entry["message"] for words in NOT_OURS)
        ]
