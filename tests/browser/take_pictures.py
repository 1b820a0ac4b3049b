"""Screenshots for docs/img/ from a running demo: python -m tests.browser.take_pictures [ADDRESS].

The pictures show whatever the demo holds; the import is one of the sample register.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.browser.people import Somebody
from tests.browsers import SIZES, launch

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "img"
REGISTER = ROOT / "tests" / "data" / "registers" / "register_messy.xlsx"

# name: who looks at which page; {case} and {import} are found in the running demo
PAGES = {
    "login": (None, "/login/"),
    "today": ("worker", "/today/"),
    "visit": ("worker", "{visit}"),
    "case": ("supervisor", "{case}"),
    "board": ("supervisor", "/board/"),
    "import": ("admin", "{import}"),
    "map": ("supervisor", "/map/"),
}


def main(site="http://127.0.0.1:8000"):
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {}
    for size in SIZES:
        for who in (None, "worker", "supervisor", "admin"):
            with tempfile.TemporaryDirectory() as profile:
                driver = launch(size, profile)
                try:
                    _look(Somebody(driver, site, who), size, found)
                finally:
                    driver.quit()


def _look(person, size, found):
    if person.username:
        person.log_in()
    _find(person, found)
    for name, (who, path) in PAGES.items():
        if who == person.username:
            person.go(path.format(**found))
            time.sleep(1)
            person.driver.save_screenshot(f"{FOLDER}/{name}-{size}.png")


def _find(person, found):
    """The objects that the pictures show, looked for once."""
    if person.username == "worker" and "visit" not in found:
        person.go("/today/")
        found["visit"] = _path(person, ".stop a.row")
    if person.username == "supervisor" and "case" not in found:
        person.go("/cases/?show=open&stage=feedback")
        links = [link.get_attribute("href") for link in person.all("a[href*='/cases/370402-']")]
        shown = (_with_photo(person, link) for link in links)
        found["case"] = next(filter(None, shown), links[0].removeprefix(person.site))
    if person.username == "admin" and "import" not in found:
        person.go("/imports/new/")
        person.attach("file", REGISTER)
        person.submit()
        person.wait(lambda: person.all("form[action$='/confirm/']"), seconds=120)
        person.submit()
        person.sees("已导入", seconds=120)
        found["import"] = person.driver.current_url.removeprefix(person.site)


def _with_photo(person, link):
    """The path of the case when its page shows a photo."""
    person.driver.get(link)
    return link.removeprefix(person.site) if person.all(".photo img") else None


def _path(person, css):
    return person.find(css).get_attribute("href").removeprefix(person.site)


if __name__ == "__main__":
    main(*sys.argv[1:])
