from tests.residents.conftest import ground, standing_ground, worker

__all__ = ["ground", "standing_ground", "worker"]
