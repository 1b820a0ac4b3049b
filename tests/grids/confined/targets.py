"""What tests let a child do."""

import os
import time

from grids.workbooks.opening import Unreadable


class Target:
    def __init__(self, start=0):
        self.start = start

    def number(self):
        return self.start

    def numbers(self, count):
        return ([number] for number in range(self.start, self.start + count))

    def refuse(self):
        raise Unreadable("encrypted")

    def fall(self):
        raise ValueError("bad file")

    def hoard(self):
        return bytearray(4 * 1024**3)

    def spin(self):
        while True:
            pass

    def wait(self):
        time.sleep(60)

    def kill_itself(self):
        os.kill(os.getpid(), 6)

    def write(self, path):
        with open(path, "wb") as file:
            file.truncate(1024**3)

    def surroundings(self):
        return dict(os.environ)

    def something_that_runs(self):
        return Target()
