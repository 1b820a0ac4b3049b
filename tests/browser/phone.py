"""What a worker does on a phone, and what waits on it."""

from django.utils import timezone

from grids.models import Staff
from inspections.models import Visit

DAYS = "return caches.keys().then((names) => names.filter((n) => n.startsWith('day:')))"


def my_visits():
    return Visit.objects.filter(
        visitor=Staff.objects.get(username="worker"),
        logged_at__date=timezone.localdate(),
    )


def waiting(person):
    return person.driver.execute_async_script(
        """const done = arguments[0];
        const open = indexedDB.open("gridmgmt", 1);
        open.onupgradeneeded = () => open.result.createObjectStore("queue", { keyPath: "key" });
        open.onsuccess = () => {
          const ask = open.result.transaction("queue").objectStore("queue").count();
          ask.onsuccess = () => { open.result.close(); done(ask.result); };
        };"""
    )


def log_a_visit(worker):
    """The first household of the round, in three taps."""
    worker.tap(".stop a.row")
    worker.tap("input[name=outcome][value=met] + span")
    worker.press("完成")


def sent_after_another_try(person):
    """Press "send all" as somebody impatient does; the page itself tries too."""
    person.driver.execute_script("document.getElementById('waiting-send').click()")
    return waiting(person) == 0


def photograph(worker, photo):
    """Take a photo; the page makes it small and shows it."""
    worker.wait(lambda: worker.all("[data-photos][data-ready]"))
    worker.all("[data-photos] input[type=file]:not([name])")[0].send_keys(str(photo))
    worker.wait(lambda: worker.all("[data-photos] .thumbs img"))


def report(worker, photo):
    """The report that is open: the first category, a photo. The grid is chosen already, or is now."""
    worker.tap("[data-picks] label.choice")
    photograph(worker, photo)
    if worker.all("input[name=grid]") and not worker.all("input[name=grid]:checked"):
        worker.tap("input[name=grid]")
    worker.submit()
    worker.wait(lambda: "/cases/report/" not in worker.driver.current_url)


def doors(worker):
    """The forms of the households of today, in walking order."""
    worker.go("/today/")
    links = [link.get_attribute("href") for link in worker.all(".stop a.row")]
    return list({link.split("?")[0]: link for link in links}.values())


def visit(worker, link, matter="", then=""):
    worker.driver.get(link)
    worker.tap("input[name=outcome][value=met] + span")
    if matter:
        worker.tap(".diary__line summary")
        worker.write("diary-0-text", matter)
        worker.tap(f"label:has(input[name=diary-0-then][value={then}])")
    worker.press("完成")
    worker.wait(lambda: "/visits/log/" not in worker.driver.current_url)


def patrol(worker, found):
    worker.go("/today/")
    worker.tap(".beats a.row")
    worker.tap(f"button[name=found][value={found}]")
    worker.wait(lambda: "/patrols/" not in worker.driver.current_url)
