# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles in pprof's format, whoever wrote them: values by chain of functions and lines."""
import gzip

TYPES = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
SAMPLE_TYPE, SAMPLE, LOCATION, FUNCTION, STRING = 1, 2, 4, 5, 6


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a message: an integer, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            if len(value) != size:
                raise ValueError("the profile is cut off")
        else:
            raise ValueError("wire type %d in a profile" % (key & 7))
        yield key >> 3, value


def numbers(message, number):
    """The repeated integers of field @number, packed or not."""
    found = []
    for key, value in fields(message):
        if key != number:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            one, at = varint(value, at)
            found.append(one)
    return [one - (1 << 64) if one >> 63 else one for one in found]


def first(message, number):
    return dict(fields(message)).get(number, 0)


def sites(data):
    """{("function:line", ...) from the inside out: {type: value}} of a heap profile; chains of
    which all values are 0 are left out."""
    profile = list(fields(gzip.decompress(data)))
    strings = [value.decode() for key, value in profile if key == STRING]
    types = [strings[first(value, 1)] for key, value in profile if key == SAMPLE_TYPE]
    names = {first(value, 1): strings[first(value, 2)] for key, value in profile
             if key == FUNCTION}
    places = {}
    for key, value in profile:
        if key == LOCATION:
            lines = [line for number, line in fields(value) if number == 4]
            places[first(value, 1)] = ["%s:%d" % (names[first(line, 1)], first(line, 2))
                                       for line in lines]
    found = {}
    for key, value in profile:
        if key != SAMPLE:
            continue
        chain = tuple(place for one in numbers(value, 1) for place in places[one])
        row = found.setdefault(chain, dict.fromkeys(types, 0))
        for name, more in zip(types, numbers(value, 2)):
            row[name] += more
    return {chain: row for chain, row in found.items() if any(row.values())}


def total(rows, name):
    return sum(row[name] for row in rows.values())


def differences(mine, theirs):
    """What differs in chains, counts and bytes, as lines."""
    wrong = []
    for chain in sorted(set(mine) | set(theirs)):
        if mine.get(chain) != theirs.get(chain):
            wrong.append("%s: %s instead of %s" % (" <- ".join(chain[:3]), mine.get(chain),
                                                   theirs.get(chain)))
    return wrong
