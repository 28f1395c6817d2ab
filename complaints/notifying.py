"""Telling people: each notice to each channel, once; a repeat that may be one is marked as such.

A worker that dies between the call and its record tells that channel once more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from complaints.store.notices import Heard

if TYPE_CHECKING:
    from complaints.flow import Deps
    from complaints.store.notices import Notice

DOUBTS = 2
"""A channel that may have heard so often, and never said so, isn't told any more."""


class NotTold(Exception):
    """A channel surely hasn't heard.  It is told later, until it has."""


class Unreachable(NotTold):
    """The same, and whatever else it were told now, it wouldn't hear either."""


class MaybeTold(Exception):
    """A channel may have heard: its answer was lost.  It is told once more."""


class Channel(Protocol):
    """One way to tell people, such as a mail server."""

    def wants(self, notice: Notice) -> bool:
        """Whether this is for the people behind it."""
        ...

    def tell(self, notice: Notice) -> None:
        """Say one thing that a person has to hear.  Raises NotTold and MaybeTold."""
        ...


def notify(deps: Deps) -> int:
    """Tell people what they haven't heard.  Returns how many notices that were.

    A channel that can't be reached is left alone for the rest of the batch; the others hear all.
    """
    now = deps.clock()
    enough = time.monotonic() + deps.limits.lease / 2
    notices = deps.store.notices.claim(deps.limits.batch, deps.limits.lease)
    silent: set[str] = set()
    bug: Exception | None = None
    for notice in notices:
        if time.monotonic() > enough:
            deps.store.notices.later(notice, 0)
            continue
        left = [
            name
            for name, channel in deps.channels.items()
            if not notice.heard_by(name) and channel.wants(notice)
        ]
        for name in [one for one in left if one not in silent]:
            try:
                heard = _tell(deps, notice, name, silent)
            except Exception as fault:  # noqa: BLE001 - raised below: the others are told first
                bug, heard = fault, False
            if heard:
                left.remove(name)
        if left:
            deps.store.notices.later(notice, deps.limits.delays.after(notice.attempts))
        else:
            deps.store.notices.told(notice, now)
    if bug is not None:
        raise bug
    return len(notices)


def _tell(deps: Deps, notice: Notice, name: str, silent: set[str]) -> bool:
    """Tell one channel.  False: it has to be told again."""
    notices = deps.store.notices
    if not notices.calling(notice, name):
        return False
    try:
        deps.channels[name].tell(notice.for_channel(name))
    except NotTold as fault:
        if isinstance(fault, Unreachable):
            silent.add(name)
        notices.heard(notice, name, Heard.AGAIN, str(fault))
        return False
    except MaybeTold as fault:
        silent.add(name)
        enough = notice.doubts_of(name) + 1 >= DOUBTS
        notices.heard(notice, name, Heard.TOLD if enough else Heard.AGAIN, str(fault), doubt=True)
        return enough
    except Exception as fault:
        notices.heard(notice, name, Heard.CALLING, type(fault).__name__)
        raise
    notices.heard(notice, name, Heard.TOLD)
    return True
