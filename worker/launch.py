"""The last step before a supervised program runs: tie its life to ours, drop privileges, exec.

Run by path as ``python -I -S launch.py PARENT SIGNAL UID:GID PROGRAM ARGUMENT...``; UID:GID is
``-`` to stay as we are. A program of its own instead of `preexec_fn`, which is unsafe in a
process that has threads. Standard library only, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, death_signal: int, owner: str, command: list[str]) -> None:
    """Become `command`, which gets `death_signal` when the thread that started us ends."""
    # A supervisor started in the background of a shell ignores SIGINT, and its children with it.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    # After the change of user: the kernel forgets the wish when credentials change.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        return
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
