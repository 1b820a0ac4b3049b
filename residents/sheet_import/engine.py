"""The engine of the other registers."""


def run(register, book, found, **options):
    raise NotImplementedError
