# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made of captures: an hour of one that lasts seconds, and one that is damaged.

The layout of the few records that are changed is that of src/collect/record.h.
"""
import random
import struct

HEAD = struct.Struct("<IHHQ")
PLAN, COUNTERS, SAMPLE, STEP, FREE, LOSS, VITALS, END, FAILURE = 5, 6, 7, 8, 9, 10, 11, 21, 27
TOLD_AGAIN = (PLAN, COUNTERS, SAMPLE, STEP, FREE, LOSS, VITALS, FAILURE)
ROW = struct.Struct("<HHIQQ")
BLOCK_BYTES = 512


def records(data):
    at = struct.unpack_from("<I", data, 12)[0]
    while at + HEAD.size <= len(data):
        size, kind, _, _ = HEAD.unpack_from(data, at)
        yield kind, data[at:at + size]
        at += size


def add(record, offset, what, size="Q"):
    if what:
        value = struct.unpack_from("<" + size, record, offset)[0]
        struct.pack_into("<" + size, record, offset, (value + what) % (1 << 8 * struct.calcsize(size)))


def shift(kind, record, round_, span_ns, epochs, cpu_ns):
    """@record as it would be one span of time later, for each of @round_ spans."""
    later = bytearray(record)
    add(later, 8, round_ * span_ns)
    if kind in (PLAN, COUNTERS, SAMPLE, STEP, FREE, FAILURE):
        add(later, 20, round_ * epochs, "I")
    if kind == PLAN:
        for offset in (40, 48):  # opened, closed
            if struct.unpack_from("<Q", later, offset)[0]:
                add(later, offset, round_ * span_ns)
    if kind == VITALS:
        add(later, 40, round_ * cpu_ns)
    if kind in (STEP, FREE):
        add(later, 56, round_ * span_ns)  # born
    return later


def stretch(path, out, seconds):
    """Write to @out the capture @path again and again until it lasts @seconds; its bytes. Windows are
    new ones each time, so a capture of looks stays one."""
    with open(path, "rb") as file:
        data = file.read()
    told = list(records(data))
    times = [HEAD.unpack_from(record)[3] for kind, record in told if kind in TOLD_AGAIN]
    span_ns = max(times) - min(times) + 1000000
    epochs = max(struct.unpack_from("<I", record, 20)[0] for kind, record in told if kind == PLAN)
    cpu = [struct.unpack_from("<Q", record, 40)[0] for kind, record in told if kind == VITALS]
    again = [pair for pair in told if pair[0] in TOLD_AGAIN]
    with open(out, "wb") as file:
        file.write(data[:struct.unpack_from("<I", data, 12)[0]])
        for kind, record in told:
            if kind != END:
                file.write(record)
        for round_ in range(1, max(1, round(seconds * 1e9 / span_ns))):
            for kind, record in again:
                file.write(shift(kind, record, round_, span_ns, epochs, cpu[-1] - cpu[0]))
        end = bytearray(told[-1][1])
        add(end, 8, round_ * span_ns)
        file.write(end)
        return file.tell()


def damage(path, out, share, seed=7):
    """Write to @out the capture @path with that @share of its bytes, in blocks, at random."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    draw = random.Random(seed)
    for _ in range(max(1, int(len(data) * share) // BLOCK_BYTES)):
        at = draw.randrange(64, len(data) - BLOCK_BYTES)
        data[at:at + BLOCK_BYTES] = draw.randbytes(BLOCK_BYTES)
    with open(out, "wb") as file:
        file.write(data)
