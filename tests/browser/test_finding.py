"""Finding somebody without a mouse."""

import pytest
from selenium.webdriver import ActionChains, Keys

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_keys_lead_from_the_question_to_the_file(demo, enter):
    clerk = enter("admin")
    clerk.go("/residents/")

    keys = ActionChains(clerk.driver)
    keys.send_keys("/", "王", Keys.ENTER).perform()
    clerk.wait(lambda: "?q=" in clerk.driver.current_url)
    clerk.sees("回车打开")
    ActionChains(clerk.driver).send_keys(Keys.ARROW_DOWN, Keys.ENTER).perform()

    clerk.wait(lambda: "?q=" not in clerk.driver.current_url)
    assert "/households/" in clerk.driver.current_url
    clerk.sees("家庭成员")
    assert "王" in clerk.text()
