# SPDX-License-Identifier: MIT
"""Go: what the runtimes of Go programs do: collector, heap, goroutines, size classes, sites."""
from .grafana import (BLUE, GREEN, LOUD_ABOVE_0, ORANGE, PINK, SKY, VERMILION, bargauge, colour,
                      dashboard, or_none, query, renamed, row, stat, steps, table, timeseries)

LIVE = "heapbeat_go_live_heap_bytes{GROUP}"
GOAL = "heapbeat_gc_heap_goal_bytes{GROUP}"
LIMIT = "heapbeat_go_memory_limit_bytes{GROUP}"
GOROUTINES = "heapbeat_go_goroutines{GROUP}"
CYCLES = "rate(heapbeat_gc_cycles_total{GROUP}[RATE])"
PAUSES = "rate(heapbeat_gc_pause_seconds_total{GROUP}[RATE])"
GO = '{GROUP,runtime="go"}'
ALLOCATED = "rate(heapbeat_allocated_bytes_total%s[RATE])" % GO
ALLOCATIONS = "rate(heapbeat_allocations_total%s[RATE])" % GO
HOTSPOTS = "rate(heapbeat_hotspot_allocated_bytes_total%s[RATE])" % GO
BUCKETS = "rate(heapbeat_gc_pause_duration_seconds_bucket{GROUP}[RATE])"
CLASS_BYTES = "rate(heapbeat_go_size_class_allocated_bytes_total{GROUP}[RATE])"
CLASS_CALLS = "rate(heapbeat_go_size_class_allocations_total{GROUP}[RATE])"
GROUPS = "{{comm}} {{unit}}"
PAUSE_NAMES = {"4.096e-06": "< 4 µs", "1.6384e-05": "< 16 µs", "6.5536e-05": "< 66 µs",
               "0.000262144": "< 262 µs", "0.001048576": "< 1 ms", "0.004194304": "< 4 ms",
               "0.016777216": "< 17 ms", "0.067108864": "< 67 ms", "0.268435456": "< 268 ms",
               "1.073741824": "< 1.1 s", "4.294967296": "< 4.3 s", "+Inf": "longer"}


def by_group(expr, how="sum", count=10):
    return "topk(%d, %s by (comm, unit) (%s))" % (count, how, expr)


def glance():
    return row(
        "At a glance",
        stat("Programs", "Living processes of the groups whose Go runtime is read. None where you "
             "expect some: heapbeat ps tells what cannot be read of each and why.", "none",
             "sum(heapbeat_group_processes{GROUP} and on (job, instance, comm, exe, unit, pid) "
             "heapbeat_go_info{GROUP})", 3),
        stat("Allocated", "Bytes per second that Go programs allocate, counted by their runtimes. "
             "It sets how often the collector runs: halving it doubles the interval between "
             "collections.", "binBps", "sum(%s)" % ALLOCATED, 3),
        stat("Collections", "Garbage collections per second, all programs together. Above ten a "
             "second for one program its heap is small for what it allocates: raise GOGC, set "
             "GOMEMLIMIT, or allocate less.", "cps", "sum(%s)" % CYCLES, 3),
        stat("Most GC CPU", "The largest share of its CPU that a program has spent on garbage "
             "collection since its start. Above a quarter, allocating less or a larger GOGC pays "
             "more than most other work.", "percentunit", "max(heapbeat_go_gc_cpu_ratio{GROUP})",
             3, decimals=1, thresholds=steps((None, "text"), (0.15, ORANGE), (0.25, VERMILION))),
        stat("Mean pause", "Time that programs stand still for one collection, all its pauses "
             "together. Above a millisecond, look at the percentiles below: often too few CPUs "
             "for GOMAXPROCS.", "s", "sum(%s) / (sum(%s) > 0)" % (PAUSES, CYCLES), 3),
        stat("Live heap", "What the collectors kept and what was allocated since, all programs "
             "together. Compare with the goal and the limit below; resident memory follows the "
             "goal, not the live heap.", "bytes", "sum(%s)" % LIVE, 3),
        stat("Goroutines", "All programs together, the runtimes' own not counted. Thousands that "
             "wait are cheap, but each keeps its stack and what it refers to: see below who starts "
             "them.", "short", "sum(%s)" % GOROUTINES, 3),
        stat("Goroutines that grow", "Groups in which the number of goroutines grows by more than "
             "its noise. Any for longer than a warm-up is a leak until shown otherwise: the panel "
             "of sites names who starts them.", "none",
             "sum(heapbeat_go_goroutines_growing{GROUP})", 3, thresholds=LOUD_ABOVE_0))


def programs():
    by = "by (instance, comm, unit) "
    info = "count by (instance, comm, unit, version, profile, gogc) (heapbeat_go_info{GROUP})"
    return row(
        "Programs",
        table("Go groups", "One line for each group: version of Go, whether the program keeps a "
              "heap profile (off: sites are estimated by other means), whether GOGC is a number, "
              "and its figures now. Old versions first: each new one brings a cheaper runtime for "
              "a rebuild.",
              {"comm": "Command", "unit": "Unit", "instance": "Instance", "version": "Go",
               "profile": "Heap profile", "gogc": "GOGC"},
              [(info, "Groups", "none"),
               ("sum " + by + "(%s)" % ALLOCATED, "Bytes/s", "binBps"),
               ("sum " + by + "(%s)" % CYCLES, "GC/s", "cps"),
               ("max " + by + "(heapbeat_go_gc_cpu_ratio{GROUP})", "GC CPU", "percentunit"),
               ("sum " + by + "(%s)" % LIVE, "Live heap", "bytes"),
               ("sum " + by + "(%s)" % GOAL, "Goal", "bytes"),
               ("sum " + by + "(heapbeat_target_resident_memory_bytes%s)" % GO, "RSS", "bytes"),
               ("sum " + by + "(%s)" % GOROUTINES, "Goroutines", "short")], sort="Bytes/s"))


def collector():
    shades = [colour("99 %", VERMILION), colour("90 %", ORANGE), colour("50 %", BLUE)]
    quantiles = [query("histogram_quantile(%s, sum by (le) (%s))" % (share, BUCKETS), name)
                 for share, name in ((0.99, "99 %"), (0.9, "90 %"), (0.5, "50 %"))]
    return row(
        "Garbage collector",
        timeseries("GC interval", "Mean time between two collections of one process, by group. "
                   "Tens of milliseconds: the collector runs nearly all the time. It grows with "
                   "GOGC and with the live heap, and falls with the allocation rate; two minutes "
                   "is the most.", "s",
                   [query("topk(10, sum by (comm, unit) (heapbeat_group_processes{GROUP}) "
                          "/ (sum by (comm, unit) (%s) > 0))" % CYCLES, GROUPS)], log=True),
        timeseries("Collections and those forced", "Collections per second, and those that the "
                   "program asked for itself. Forced ones cost a full mark each and are rarely "
                   "needed: look for runtime.GC and debug.FreeOSMemory.", "cps",
                   [query("sum(%s)" % CYCLES, "all"),
                    query("sum(rate(heapbeat_gc_forced_cycles_total{GROUP}[RATE]))", "forced")],
                   named=("all", "forced")),
        timeseries("GC CPU", "Share of its CPU that each program has spent on garbage collection "
                   "since its start. The line is a quarter, the runtime's own target while it "
                   "marks. A program that stays above needs a larger GOGC or fewer allocations.",
                   "percentunit", [query(by_group("heapbeat_go_gc_cpu_ratio{GROUP}", "max"),
                                         GROUPS)], limit=0.25),
        timeseries("GOGC", "How far the heap may grow over the live one before it is collected, 1 "
                   "for GOGC=100, as it is in force. Absent where it is off or processes of a "
                   "group differ. Doubling it halves the collector's work for as much more "
                   "memory.", "percentunit",
                   [query("topk(10, max by (comm, unit) (heapbeat_go_gogc_ratio{GROUP}))", GROUPS)]),
        timeseries("Pauses, percentiles", "Half, nine tenths and all but a hundredth of the "
                   "collections stop the program for at most this long, within buckets of powers "
                   "of four. High ones come from too few CPUs, swapped memory, or goroutines that "
                   "cannot be stopped.", "s", quantiles, 8, legend="list", overrides=shades),
        bargauge("Collections by pause", "Collections per second in each bucket of pauses. One "
                 "bar is healthy; a second one far down the list is an outlier worth a trace of "
                 "what ran then.", "cps", "sum by (le) (%s)" % BUCKETS, "{{le}}", 8,
                 form="heatmap", overrides=[renamed(*pair) for pair in PAUSE_NAMES.items()]),
        timeseries("Time paused", "Share of the time that the processes of a group stand still for "
                   "collections, all together. Above one per cent requests notice: fewer "
                   "collections help more than shorter ones.", "percentunit",
                   [query("topk(10, sum by (comm, unit) (%s) / (sum by (comm, unit) "
                          "(heapbeat_group_processes{GROUP}) > 0))" % PAUSES, GROUPS)], 8,
                   legend="list"))


def heap():
    return row(
        "Heap",
        timeseries("Live heap against goal and limit", "Live heap as the pacer counts it, the goal "
                   "at which the next collection is to end, GOMEMLIMIT where every program has "
                   "one, and resident memory. Live near the limit: the collector runs without "
                   "pause and still cannot help; raise the limit or keep less.", "bytes",
                   [query("sum(%s)" % LIVE, "live"), query("sum(%s)" % GOAL, "goal"),
                    query("sum(%s)" % LIMIT, "limit"),
                    query("sum(heapbeat_target_resident_memory_bytes%s)" % GO, "resident")],
                   overrides=[colour("live", BLUE), colour("goal", SKY),
                              colour("limit", VERMILION), colour("resident", PINK)]),
        timeseries("Live heap by group", "The ten groups with the largest live heap. The saw tooth "
                   "is the collector; what counts is its lower edge. If that only rises, data is "
                   "kept: heapbeat advise names the site.", "bytes",
                   [query(by_group(LIVE), GROUPS)]),
        timeseries("Live heap over limit", "Live heap as a share of GOMEMLIMIT, for groups that "
                   "have one. Above 90 %, the line, collections follow one another and CPU goes "
                   "into them: raise the limit, or find what is kept.", "percentunit",
                   [query("topk(10, sum by (comm, unit) (%s) / sum by (comm, unit) (%s))"
                          % (LIVE, LIMIT), GROUPS)], 8, limit=0.9, legend="list"),
        timeseries("Goal over live heap", "How much larger the heap may become than what is live "
                   "now. With GOGC=100 it lies between 1 and 2; near 1 for long a memory limit, not "
                   "GOGC, decides when to collect.", "none",
                   [query("topk(10, sum by (comm, unit) (%s) / (sum by (comm, unit) (%s) > 0))"
                          % (GOAL, LIVE), GROUPS)], 8, legend="list"),
        timeseries("Memory of stacks", "Memory that goroutine stacks take, by group. It follows "
                   "the number of goroutines and how deep they have been; large ones with few "
                   "goroutines are deep recursions.", "bytes",
                   [query(by_group("heapbeat_go_stack_bytes{GROUP}"), GROUPS)], 8, legend="list"))


def goroutines():
    by_site = "sum by (function) (heapbeat_go_goroutines_by_site{GROUP})"
    return row(
        "Goroutines",
        timeseries("Goroutines by group", "The ten groups with most goroutines. A line that rises "
                   "through the daily cycle and never falls back is a leak: each waits for "
                   "something that does not come and keeps what it refers to.", "short",
                   [query(by_group(GOROUTINES), GROUPS)], 8, legend="list"),
        timeseries("Goroutines by site", "By the function that started them, the ten with most. "
                   "The one that rises with the total is where to look: a missing cancel, a channel "
                   "nobody reads, a body that is not closed.", "short",
                   [query("topk(10, %s)" % by_site, "{{function}}")], 8, stack=True, legend="list"),
        bargauge("Most goroutines", "The same now. heapbeat report -p PID shows what they wait in "
                 "and for how long; many in one place that all wait long are stuck there.",
                 "short", "topk(10, %s)" % by_site, "{{function}}", 8, shade=GREEN))


def classes():
    return row(
        "Allocation",
        timeseries("Allocated bytes by group", "The ten groups that allocate most bytes per "
                   "second. This rate and the live heap decide how often the collector runs.",
                   "binBps", [query(by_group(ALLOCATED), GROUPS)]),
        timeseries("Allocations by group", "Objects per second, the ten groups with most. Each "
                   "costs some tens of nanoseconds and later the collector's time; millions a "
                   "second are worth pooling or keeping on the stack.", "cps",
                   [query(by_group(ALLOCATIONS), GROUPS)]),
        timeseries("Allocated bytes by size class", "By the runtime's size classes, which round "
                   "sizes up; large is what exceeds 32 KiB. High large ones are buffers: reuse "
                   "them, or give slices their capacity.", "binBps",
                   [query("topk(10, sum by (size) (%s))" % CLASS_BYTES, "{{size}} B")], 14,
                   overrides=[renamed("large B", "large")]),
        bargauge("Allocations by size class", "Objects per second by size class, of the classes "
                 "with most bytes. Many of 8 to 32 bytes are boxed values and short strings; "
                 "48 to 128 are small structs behind pointers.", "cps",
                 "topk(10, sum by (size) (%s))" % CLASS_CALLS, "{{size}} B", 10,
                 overrides=[renamed("large B", "large")]))


def sites():
    return row(
        "Sites",
        timeseries("Allocated bytes by function", "The ten functions of Go programs that allocate "
                   "most bytes, the first outside the runtime and its helpers. heapbeat advise "
                   "says what to do about the ones that pay; /debug/pprof/allocs has the stacks.",
                   "binBps", [query("topk(10, sum by (function) (%s))" % HOTSPOTS,
                                    "{{function}}")], 14, 10),
        bargauge("Hottest functions", "The same now, up to fourteen. One bar far above the rest is "
                 "one change; many alike call for a larger GOGC or a memory limit instead.",
                 "binBps", "topk(14, sum by (function) (%s))" % HOTSPOTS, "{{function}}", 10, 10,
                 shade=ORANGE),
        timeseries("Live bytes by function", "The ten functions of Go programs whose objects are "
                   "still there, with most bytes, estimated from the program's own heap profile as "
                   "of its last collection. One that only rises is what keeps memory.", "bytes",
                   [query("topk(10, sum by (function) (heapbeat_hotspot_live_bytes%s))" % GO,
                          "{{function}}")], 14, 9),
        table("Recommendations", "Open advice for Go programs by rule. The text, with the site, "
              "the change and what it is expected to save, is printed by heapbeat advise and "
              "served at /api/v1/recommendations.",
              {"comm": "Command", "unit": "Unit", "rule": "Rule", "severity": "Severity",
               "state": "State", "instance": "Instance"},
              [(or_none("sum by (instance, comm, unit, rule, severity, state) "
                        "(heapbeat_recommendations%s)" % GO, "rule"), "Count", "none")], 10, 9,
              sort="Count"))


def build():
    return dashboard("go", "heapbeat / go", "What the runtimes of Go programs do: collector, heap, "
                     "goroutines, size classes, sites.",
                     [glance(), programs(), collector(), heap(), goroutines(), classes(), sites()],
                     comm_of="heapbeat_go_info")
