"""The system calls that a submission is refused, as a program for the kernel's seccomp filter.

Namespaces hide what is outside; this refuses what they do not bound.  A new process or thread: `RLIMIT_NPROC`
does not hold for a sandbox that root has started, and one task cannot be a fork bomb, nor leave a process
behind.  Sockets: vsock and other families know no network namespace.  Memory that no limit counts: memfd,
System V and POSIX queues.  Keys of the kernel, which outlive a process.  Doors into the kernel's large
interfaces.  And to forget the signal that ends the sandbox with its parent.
"""

import struct

X86_64, AARCH64 = 0xC000003E, 0xC00000B7  # as the kernel names the two in its audit records
# fmt: off
REFUSED = {  # number of the call on x86_64 and on aarch64, where the first two are no calls
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435),
    "socket": (41, 198), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "syslog": (103, 116),
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
}
# fmt: on
PRCTL = (157, 167)
SET_PARENT_DEATH_SIGNAL = 1
X32 = 0x40000000  # from here on x86_64 has its calls a second time
MACHINES = {"x86_64": (X86_64, 0), "aarch64": (AARCH64, 1)}
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets into what the kernel shows the program
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refused with EPERM: "operation not permitted"


def program(machine):
    """The filter for a `platform.machine()` as bytes; ValueError for a machine whose calls we do not know."""
    if machine not in MACHINES:
        raise ValueError(f"machine: got {machine!r}, want one of {', '.join(MACHINES)}")
    architecture, column = MACHINES[machine]
    numbers = [calls[column] for calls in REFUSED.values() if calls[column] is not None]
    steps = [
        (LOAD, ARCHITECTURE),
        (EQUAL, architecture, None, KILL),
        (LOAD, NUMBER),
        (AT_LEAST, X32, REFUSE, None),
        *[(EQUAL, number, REFUSE, None) for number in numbers],
        (EQUAL, PRCTL[column], None, ALLOW),
        (LOAD, FIRST_ARGUMENT),
        (EQUAL, SET_PARENT_DEATH_SIGNAL, REFUSE, ALLOW),
    ]
    ends = {end: len(steps) + place for place, end in enumerate((ALLOW, REFUSE, KILL))}
    steps += [(RETURN, end) for end in ends]
    return b"".join(_packed(step, place, ends) for place, step in enumerate(steps))


def _packed(step, place, ends):
    """One step as the kernel wants it; a test says how many steps to skip where it holds, and where not."""
    code, operand, *targets = step
    skips = [0 if end is None else ends[end] - place - 1 for end in targets] or [0, 0]
    return struct.pack("=HBBI", code, *skips, operand)
