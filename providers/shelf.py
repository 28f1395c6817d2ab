"""A place for short-lived secrets, such as bearer tokens: one for all processes, or one's own.

Several processes that share a place mint one token between them.  In Redis a value lies
encrypted only, and under a name that says nothing; without Redis each process keeps its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

import redis
import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pydantic import SecretStr
    from redis.lock import Lock as RedisLock

LOCK_SECONDS: Final = 15.0
"""How long others are held off at most: less than any lease, for they wait inside of theirs."""

_AWAY_SECONDS: Final = 2.0
"""How long Redis isn't asked after it gave no answer."""
_PAUSE_SECONDS: Final = 0.05

log = structlog.get_logger("redress.shelf")


class Kept(NamedTuple):
    """A value and how many seconds of its life are left, by the place's own clock."""

    value: str
    seconds: float


class Shelf(Protocol):
    """Where a value is kept for as long as it lives.  Nothing here raises."""

    def get(self, name: str) -> Kept | None:
        """What is kept under this name, if it still lives."""
        ...

    def put(self, name: str, value: str, seconds: float) -> None:
        """Keep a value in place of what was there, for so many seconds."""
        ...

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Hold off all others who enter under this name.

        A courtesy and no promise: it ends by itself after a while, and is given up while
        the place can't be reached.
        """
        ...


class OwnShelf:
    """The place of one process; its threads share it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, float]] = {}
        self._locks: dict[str, Lock] = {}

    def get(self, name: str) -> Kept | None:
        """What is kept under this name, if it still lives."""
        value, ends = self._kept.get(name, ("", 0.0))
        left = ends - time.monotonic()
        return Kept(value, left) if left > 0 else None

    def put(self, name: str, value: str, seconds: float) -> None:
        """Keep a value in place of what was there, for so many seconds."""
        self._kept[name] = (value, time.monotonic() + seconds)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold off the other threads."""
        with self._locks.setdefault(name, Lock()):
            yield


class RedisShelf:
    """The place of all processes that have the same Redis and the same key.

    ``key`` is a settings value of 32 characters or more; from it come the key that encrypts
    and the one that hides the names.  While Redis is away each process has its own place.
    ``lock_seconds`` must be shorter than the lease of whoever waits.
    """

    def __init__(
        self, client: redis.Redis, key: SecretStr, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        # One untyped door: the client's own types mix answers with awaitables.
        self._redis = cast("Any", client)
        stretched = HKDF(SHA256(), 64, salt=None, info=b"redress shelf").derive(
            key.get_secret_value().encode()
        )
        self._fernet = Fernet(base64.urlsafe_b64encode(stretched[:32]))
        self._naming = stretched[32:]
        self._lock_seconds = lock_seconds
        self._own = OwnShelf()
        self._away_until = 0.0

    def get(self, name: str) -> Kept | None:
        """What any process keeps under this name, if it still lives."""
        place = self._place(name)
        sealed, left = None, 0
        if self._there():
            try:
                with self._redis.pipeline() as pipeline:
                    sealed, left = pipeline.get(place).pttl(place).execute()
            except (redis.RedisError, OSError) as fault:
                self._away(fault)
        value = None if sealed is None else self._open(place, sealed)
        if value is None or left <= 0:
            return self._own.get(name)
        return Kept(value, left / 1000)

    def put(self, name: str, value: str, seconds: float) -> None:
        """Keep a value for all, for so many seconds."""
        self._own.put(name, value, seconds)
        place, life = self._place(name), int(seconds * 1000)
        if life <= 0 or not self._there():
            return
        # Its own name is inside, so that no value can be laid under another name.
        sealed = self._fernet.encrypt(f"{place}\n{value}".encode())
        try:
            self._redis.set(place, sealed, px=life)
        except (redis.RedisError, OSError) as fault:
            self._away(fault)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold off the other threads and processes, for ``lock_seconds`` at most."""
        with self._own.alone(name):
            lock = self._lock(name)
            try:
                yield
            finally:
                self._unlock(lock)

    def _lock(self, name: str) -> RedisLock | None:
        if not self._there():
            return None
        lock: RedisLock = self._redis.lock(
            f"{self._place(name)}:lock",
            timeout=self._lock_seconds,
            blocking_timeout=self._lock_seconds,
            sleep=min(_PAUSE_SECONDS, self._lock_seconds / 4),
            thread_local=False,
        )
        try:
            # Who has waited that long goes on: the one before is dead or slow.
            return lock if lock.acquire() else None
        except (redis.RedisError, OSError) as fault:
            self._away(fault)
            return None

    def _unlock(self, lock: RedisLock | None) -> None:
        if lock is None:
            return
        try:
            lock.release()
        except (redis.RedisError, OSError) as fault:
            # It has ended by itself, or will.
            log.warning("lock not given back", fault=type(fault).__name__)

    def _open(self, place: str, sealed: bytes) -> str | None:
        try:
            named, _, value = self._fernet.decrypt(sealed).decode().partition("\n")
        except (InvalidToken, UnicodeDecodeError):
            named, value = "", ""
        if named == place:
            return value
        log.warning("a value on the shelf can't be opened with this token_key")
        return None

    def _place(self, name: str) -> str:
        return "redress:shelf:" + hmac.new(self._naming, name.encode(), hashlib.sha256).hexdigest()

    def _there(self) -> bool:
        return time.monotonic() >= self._away_until

    def _away(self, fault: Exception) -> None:
        log.warning("shelf not shared", fault=type(fault).__name__)
        self._away_until = time.monotonic() + _AWAY_SECONDS
