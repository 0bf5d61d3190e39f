"""Runs a command that dies with its parent: ``launch.py PARENT_PID SIGNAL ACCOUNT COMMAND…``.

A file of its own, using the standard library only, because what it does must happen in the child
between fork and exec, and a function there (``preexec_fn``) is not safe in a program with threads.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

_SET_DEATH_SIGNAL, _SET_KEEP_CAPABILITIES, _AMBIENT, _AMBIENT_RAISE = 1, 8, 47, 2
_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def become(account: str) -> None:
    """Go on as ``account``, keeping only root's right to pass folders closed to others.

    PostgreSQL refuses to run as root, and a checkout under root's home cannot be entered by
    anyone else; so the right to enter stays (Linux ambient capability) and all else goes.
    """
    entry = pwd.getpwnam(account)
    libc = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform == "linux"
    if linux:
        libc.prctl(_SET_KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if linux:
        bit = 1 << _DAC_OVERRIDE
        sets = (_Sets * 2)(_Sets(bit, bit, bit), _Sets(0, 0, 0))
        if libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), sets) == 0:
            libc.prctl(_AMBIENT, _AMBIENT_RAISE, _DAC_OVERRIDE, 0, 0)


def main(arguments: list[str]) -> None:
    """Arrange the end, change the account if one is named, and become the command."""
    parent, signal_number, account, *command = arguments
    if account:
        become(account)
    if sys.platform == "linux":  # after the change of account, which clears it
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the parent ended before this could start")
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
