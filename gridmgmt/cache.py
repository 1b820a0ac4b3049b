"""The Redis cache, when Redis may be away: a cache that fails is an empty cache."""

import logging

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    def get(self, key, default=None, version=None):
        return self._or(default, super().get, key, default, version)

    def get_many(self, keys, version=None):
        return self._or({}, super().get_many, keys, version)

    def add(self, key, value, timeout=300, version=None):
        return self._or(False, super().add, key, value, timeout, version)

    def set(self, key, value, timeout=300, version=None):
        return self._or(None, super().set, key, value, timeout, version)

    def touch(self, key, timeout=300, version=None):
        return self._or(False, super().touch, key, timeout, version)

    def delete(self, key, version=None):
        return self._or(False, super().delete, key, version)

    def has_key(self, key, version=None):
        return self._or(False, super().has_key, key, version)

    def incr(self, key, delta=1, version=None):
        return self._or(delta, super().incr, key, delta, version)

    def set_many(self, data, timeout=300, version=None):
        return self._or(list(data), super().set_many, data, timeout, version)

    def delete_many(self, keys, version=None):
        return self._or(None, super().delete_many, keys, version)

    def clear(self):
        return self._or(False, super().clear)

    def _or(self, fallback, call, *args):
        try:
            return call(*args)
        except (RedisError, OSError, ValueError) as error:  # or an address that is none
            log.warning("cache unavailable: %s", error)
            return fallback
