#!/usr/bin/env python
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmgmt.settings")
    from django.core.management import execute_from_command_line

    from grids import second_lock

    second_lock.start(second_lock.EVERYWHERE)  # a command serves all districts
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
