"""What all sandbox providers share: settings in force, the clock and the source of chance."""

from __future__ import annotations

import random
import string
from collections.abc import Container

from providers.sandbox.clock import Clock
from providers.sandbox.config import SandboxConfig
from providers.sandbox.knobs import Knobs

ALNUM = string.ascii_letters + string.digits
BASE36 = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"


class Stage:
    """Settings that the control API may change while the sandbox runs, and fresh ids."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = Clock()
        self._random = random.Random(config.seed)

    @property
    def knobs(self) -> Knobs:
        """The knobs now in force."""
        return self.config.knobs

    def fresh_id(self, length: int, alphabet: str, taken: Container[str] = ()) -> str:
        """A random id that isn't among those taken."""
        while True:
            made = "".join(self._random.choices(alphabet, k=length))
            if made not in taken:
                return made
