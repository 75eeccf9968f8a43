"""What a worker may not do: write, reach the network, start programs, take more memory than its share, outlive its pool.

Linux holds all of it (landlock, seccomp, limits); macOS holds the limits of files and of memory dumps; Windows none of these, so that
there the limits of time, pages and text remain. `confine` tells what it could not hold.
"""

from __future__ import annotations

import ctypes
import errno
import mimetypes
import os
import signal
import struct
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

# How often the worker looks whether its pool still lives.
_LOOK_S = 1.0
# Files that a worker may have open: its pipes, its modules, tables of the standard library.
_MOST_OPEN = 256

# linux/prctl.h, linux/seccomp.h
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
# linux/landlock.h; the numbers of the calls are the same on all architectures.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_CREATE_VERSION, _RULE_PATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# Rights over files that a kernel of an ABI knows, as a number of bits: https://docs.kernel.org/userspace-api/landlock.html
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP, _SCOPES = 0b11, 0b11
# What programs and modules are made of. Not /etc or a home: nothing of the person's own.
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/opt", "/nix/store", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
# Folders beside a program's own that it is made of; not those above them, which may be a home.
_PROGRAM_PARTS = ("bin", "lib", "lib64", "share", "Cellar", "opt")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
# Numbers of the calls that are refused: asm/unistd.h of each architecture. io_uring could open sockets unseen.
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NETWORK = {"x86_64": (41, 53, 42, 49, 425), "aarch64": (198, 199, 203, 200, 425)}
# ptrace, process_vm_readv, process_vm_writev; then what changes modes, owners, times and attributes of files, which landlock lets pass.
_OTHERS = {
    "x86_64": (101, 310, 311, 90, 91, 92, 93, 94, 260, 268, 452, 132, 235, 261, 280, *range(188, 191), *range(197, 200)),
    "aarch64": (117, 270, 271, 52, 53, 54, 55, 452, 88, *range(5, 8), *range(14, 17)),
}
_PROGRAMS = {"x86_64": (59, 322, 62, 57, 58), "aarch64": (221, 281, 129)}  # execve, execveat, kill, fork, vfork


@dataclass(frozen=True, slots=True)
class Rules:
    """What a worker may do: take so many megabytes of address space; where it runs programs, start them, `program` among them."""

    memory_mb: int
    runs_programs: bool = False
    program: str = ""


def confine(rules: Rules) -> list[str]:
    """Take from this process what it does not need, for good. Returns what holds: "limits", "landlock ABI", "seccomp"."""
    held = ["limits"] if _limit(rules.memory_mb) else []
    if sys.platform != "linux":
        return held
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        held.append("no_new_privs")
        abi = _landlock(libc, rules)
        held += [f"landlock {abi}"] if abi else []
        held += ["seccomp"] if _seccomp(libc, rules) else []
    return held


def end_with(parent: int) -> None:
    """End this process, and what it has started, when its parent was killed. (Windows does not tell: no harm.)"""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    if os.name != "nt":
        threading.Thread(target=watch, name="parent", daemon=True).start()


def _limit(memory_mb: int) -> bool:
    """Bound address space (Linux), open files, and forbid writing files and memory dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_NOFILE: _MOST_OPEN}
    if sys.platform == "linux":  # macOS takes the limit and does not hold it
        wanted[resource.RLIMIT_AS] = memory_mb * 1_000_000
    for kind, size in wanted.items():
        _, hard = resource.getrlimit(kind)
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(kind, (size, size))
    return True


def _landlock(libc: ctypes.CDLL, rules: Rules) -> int:
    """Forbid all files but those that programs are made of, TCP, and signals to others. Returns the kernel's ABI, 0 for none."""
    abi = libc.syscall(_CREATE, None, ctypes.c_size_t(0), _CREATE_VERSION)
    if abi < 1:
        return 0
    files = (1 << _FILE_BITS.get(min(abi, 5), 16)) - 1
    attribute = struct.pack("=QQQ", files, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = libc.syscall(_CREATE, attribute, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return 0
    try:
        for path, rights in _readable(rules).items():
            _allow(libc, ruleset, path, rights & files)
        return abi if libc.syscall(_RESTRICT, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def _readable(rules: Rules) -> dict[str, int]:
    """Rights over paths."""
    read = _READ_FILE | _READ_DIR | (_EXECUTE if rules.runs_programs else 0)
    root = Path(__file__).resolve().parent.parent.parent
    paths: dict[str, int] = dict.fromkeys((*_SYSTEM, *map(str, mimetypes.knownfiles)), read)
    paths |= {path: read for path in (*sys.path, sys.prefix, sys.base_prefix) if path and Path(path).resolve() != root}
    # Of the program's own folder the code alone: the library may lie in it too.
    paths |= {str(root): _READ_DIR, str(root / "core"): read, str(root / "ingest"): read}
    if rules.runs_programs and rules.program:
        # Where it was found and where it lies: package managers link from one to the other.
        roots = {place.parent.parent for place in (Path(rules.program), Path(rules.program).resolve())}
        paths |= {str(place / part): read for place in roots for part in _PROGRAM_PARTS}
    return paths | dict.fromkeys(_DEVICES, _READ_FILE | _WRITE_FILE)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]  # Linux only
    except OSError:
        return  # this system has no such folder
    try:
        if not Path(path).is_dir():
            rights &= _READ_FILE | _WRITE_FILE | _EXECUTE
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _seccomp(libc: ctypes.CDLL, rules: Rules) -> bool:
    """Refuse sockets, looking into other processes and, where no program is run, starting any. Whether the kernel holds it."""
    machine = os.uname().machine
    if machine not in _AUDIT:
        return False
    refused = (*_NETWORK[machine], *_OTHERS[machine], *(() if rules.runs_programs else _PROGRAMS[machine]))
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
    allow, refuse = 0x7FFF0000, 0x00050000 | errno.EPERM
    steps = [(load, 0, 0, 4), (equal, 1, 0, _AUDIT[machine]), (answer, 0, 0, refuse), (load, 0, 0, 0)]
    if machine == "x86_64":  # the x32 calls, which have numbers of their own
        steps += [(at_least, 0, 1, 0x40000000), (answer, 0, 0, refuse)]
    for number in refused:
        steps += [(equal, 0, 1, number), (answer, 0, 0, refuse)]
    steps.append((answer, 0, 0, allow))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0) == 0)
