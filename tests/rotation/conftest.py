from tests.residents.conftest import ground, worker

__all__ = ["ground", "worker"]
