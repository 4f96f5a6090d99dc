# SPDX-License-Identifier: MIT
"""Process: everything that is known of one command or a few."""
from .grafana import (BLUE, GREEN, GREY, ORANGE, PINK, SKY, VERMILION, bargauge, colour, dashboard,
                      or_none, query, renamed, row, stat, steps, table, timeseries)

ALLOCATED = "sum(rate(heapbeat_allocated_bytes_total{GROUP}[RATE]))"
FREED = "sum(rate(heapbeat_freed_bytes_total{GROUP}[RATE]))"
CALLS = "sum(rate(heapbeat_allocations_total{GROUP}[RATE]))"
FREES = "sum(rate(heapbeat_frees_total{GROUP}[RATE]))"
LIVE = "sum(heapbeat_heap_live_bytes{GROUP})"
BUSIEST = ("topk(10, sum by (comm, unit) "
           "(rate(heapbeat_target_cpu_seconds_total{GROUP}[RATE])))")
RSS = "sum(heapbeat_target_resident_memory_bytes{GROUP})"
ANON = "sum(heapbeat_target_anonymous_memory_bytes{GROUP})"


def glance():
    return row(
        "At a glance",
        stat("Allocated", "Bytes requested per second. The work given to the allocator and the "
             "caches; the hot sites below say where it comes from.", "binBps", ALLOCATED, 3),
        stat("Allocations", "Allocation calls per second. Each costs from 20 ns to microseconds of "
             "CPU; see sizes and lifetimes for what kind they are.", "cps", CALLS, 3),
        stat("Mean size", "Bytes requested per call. Small blocks at a high rate call for pools or "
             "arenas, large ones for reuse of buffers.", "bytes",
             ALLOCATED + " / (" + CALLS + " > 0)", 3),
        stat("Resident memory", "What the kernel counts, heap and all else. Compare with the live "
             "heap: a large difference is fragmentation, caches of the allocator, or other "
             "mappings.", "bytes", RSS, 3),
        stat("Memory growth", "Slope of anonymous memory over ten minutes. A slope that stays "
             "above zero is worth a look at the live heap's growth by site: heapbeat advise.",
             "binBps",
             "sum(deriv(heapbeat_target_anonymous_memory_bytes{GROUP}[10m]))", 3),
        stat("Advice", "Open recommendations for what is chosen above. Their text is printed by "
             "heapbeat advise; the table at the end lists rule and severity.", "none",
             or_none("sum(heapbeat_recommendations{OPEN})", "rule"), 3),
        stat("Charged cost", "CPU charged for observing, as a share of the program's own. The "
             "default budget is 1 %. Above it for long: lower --budget.", "percentunit",
             "max(heapbeat_observation_cost_ratio{GROUP})", 3, decimals=2,
             thresholds=steps((None, "text"), (0.01, ORANGE), (0.02, VERMILION))),
        stat("Share of time seen", "How much of the time was looked at. 100 % is counted "
             "throughout; less means that rates are estimates, with the error below.",
             "percentunit", "min(heapbeat_coverage_ratio{GROUP})", 3, decimals=1))


def rates():
    return row(
        "Rates",
        timeseries("Allocations and frees", "Calls per second. Frees that stay below allocations "
                   "mean growth; both high means short-lived blocks, which pools avoid.", "cps",
                   [query(CALLS, "allocations"), query(FREES, "frees")],
                   named=("allocations", "frees")),
        timeseries("Bytes allocated and freed", "Bytes per second requested, and given back where "
                   "every free is seen (estimated where samples are used). For one program seen "
                   "throughout, the gap between the lines is what its heap keeps.", "binBps",
                   [query(ALLOCATED, "allocated"), query(FREED, "freed, where seen")],
                   named=("allocated", "freed, where seen")),
        timeseries("Allocated bytes by command and unit", "The same, split by group and host. One "
                   "replica far above the others has other traffic or another version: compare "
                   "them first.", "binBps",
                   [query("topk(10, sum by (instance, comm, unit) (rate("
                          "heapbeat_allocated_bytes_total{GROUP}[RATE])))",
                          "{{comm}} {{unit}} {{instance}}")]),
        timeseries("Allocations by allocator", "Which allocator serves the calls. Two in one "
                   "program (jemalloc beside glibc) do not share free memory; a library that "
                   "brings its own is worth knowing.", "cps",
                   [query("sum by (allocator) (rate(heapbeat_allocations_total{GROUP}[RATE]))",
                          "{{allocator}}")]),
        timeseries("Allocations per second of CPU", "Calls for each second of CPU that the program "
                   "uses. It does not follow the load, so a step is a change of the program; tens "
                   "of thousands mean that allocation is a large part of its work.", "none",
                   [query("topk(10, sum by (comm, unit) (rate("
                          "heapbeat_allocations_total{GROUP}[RATE])) / (sum by (comm, unit) (rate("
                          "heapbeat_target_cpu_seconds_total{GROUP}[RATE])) > 0))",
                          "{{comm}} {{unit}}")], 12, 7),
        timeseries("Processes", "Living processes, and those attached. Fewer attached than living: "
                   "they wait for their turn or cannot be attached; heapbeat ps tells. A saw "
                   "tooth is a program that forks for each task.", "none",
                   [query("sum(heapbeat_group_processes{GROUP})", "living"),
                    query("sum(heapbeat_group_attached_processes{GROUP})", "attached")], 12, 7,
                   named=("living", "attached")))


def heap():
    return row(
        "Heap and memory",
        timeseries("Live heap against memory", "Live bytes and their peak, where every free is "
                   "seen, beside anonymous and resident memory. Memory far above live: "
                   "fragmentation or idle arenas. Live rising with memory: the program keeps its "
                   "data.", "bytes",
                   [query(LIVE, "live"),
                    query("sum(heapbeat_heap_peak_bytes{GROUP})", "live, peak"),
                    query(ANON, "anonymous"), query(RSS, "resident")],
                   overrides=[colour("live", BLUE), colour("live, peak", SKY),
                              colour("anonymous", ORANGE), colour("resident", PINK)]),
        timeseries("Growth", "Slopes over ten minutes of live heap, anonymous and resident memory. "
                   "All above zero: a leak or an unbounded cache. Memory alone: fragmentation. "
                   "Steps that fall back: load.", "binBps",
                   [query("sum(deriv(heapbeat_heap_live_bytes{GROUP}[10m]))", "live"),
                    query("sum(deriv(heapbeat_target_anonymous_memory_bytes{GROUP}[10m]))",
                          "anonymous"),
                    query("sum(deriv(heapbeat_target_resident_memory_bytes{GROUP}[10m]))",
                          "resident")],
                   minimum=None, overrides=[colour("live", BLUE), colour("anonymous", ORANGE),
                                            colour("resident", PINK)]),
        timeseries("Live objects", "Blocks allocated and not yet freed. Objects that grow while "
                   "bytes do not: many small ones are kept, look for lists and maps that are "
                   "never emptied.", "short",
                   [query("topk(10, sum by (comm, unit) (heapbeat_heap_live_objects{GROUP}))",
                          "{{comm}} {{unit}}")], 8, 7, legend="list"),
        timeseries("Significant growth", "How many groups grow by more than their noise, saw teeth "
                   "allowed for, by what was measured. Above zero for hours: a leak or a cache "
                   "without a bound; heapbeat advise names the site.", "none",
                   [query("sum by (measure) (heapbeat_heap_growing{GROUP})", "{{measure}}")], 8, 7,
                   legend="list"),
        timeseries("Anonymous memory per live byte", "Anonymous memory over live bytes. Above 2 "
                   "with hundreds of megabytes behind it is worth a look at arenas, trimming or "
                   "another allocator; on small heaps it means nothing.", "none",
                   [query("sum by (comm, unit) (heapbeat_target_anonymous_memory_bytes{GROUP})"
                          " / (sum by (comm, unit) (heapbeat_heap_live_bytes{GROUP}) > 0)",
                          "{{comm}} {{unit}}")], 8, 7, legend="list"))


def quantiles(metric):
    return [query("histogram_quantile(%s, sum by (le) (rate(%s_bucket{GROUP}[RATE])))" % (
        share, metric), name) for share, name in
        ((0.99, "99 %"), (0.9, "90 %"), (0.5, "50 %"))]


SIZES = {"15": "< 16 B", "63": "< 64 B", "255": "< 256 B", "1023": "< 1 KiB", "4095": "< 4 KiB",
         "16383": "< 16 KiB", "65535": "< 64 KiB", "262143": "< 256 KiB", "1048575": "< 1 MiB",
         "4194303": "< 4 MiB", "16777215": "< 16 MiB", "+Inf": "larger"}
LIFETIMES = {"4.096e-06": "< 4 µs", "1.6384e-05": "< 16 µs", "6.5536e-05": "< 66 µs",
             "0.000262144": "< 262 µs", "0.001048576": "< 1 ms", "0.004194304": "< 4 ms",
             "0.016777216": "< 17 ms", "0.067108864": "< 67 ms", "0.268435456": "< 268 ms",
             "1.073741824": "< 1.1 s", "4.294967296": "< 4.3 s", "+Inf": "longer"}


def shapes():
    shades = [colour("99 %", VERMILION), colour("90 %", ORANGE), colour("50 %", BLUE)]
    return row(
        "Sizes and lifetimes",
        timeseries("Sizes, percentiles", "Half, nine tenths and all but a hundredth of the "
                   "allocations are at most this large, within buckets of powers of four. A move "
                   "of the median after a deploy is a changed data structure.", "bytes",
                   quantiles("heapbeat_allocation_size_bytes"), 12, legend="list",
                   overrides=shades),
        bargauge("Allocations by size", "Calls per second in each bucket of sizes. A "
                 "single high bar of small blocks is what a pool or an arena is made for.", "cps",
                 "sum by (le) (rate(heapbeat_allocation_size_bytes_bucket{GROUP}[RATE]))",
                 "{{le}}", 12, form="heatmap",
                 overrides=[renamed(*pair) for pair in SIZES.items()]),
        timeseries("Lifetimes, percentiles", "How long freed blocks lived, where frees are seen. "
                   "Milliseconds: temporary, candidates for the stack or a pool. Minutes: state. "
                   "Rising without end: a cache that does not evict.", "s",
                   quantiles("heapbeat_allocation_lifetime_seconds"), 12, legend="list",
                   overrides=shades),
        bargauge("Frees by lifetime", "Freed blocks per second in each bucket of lifetimes. High "
                 "bars at the top of the list are temporary allocations; "
                 "avoiding them saves CPU at once.", "cps",
                 "sum by (le) (rate(heapbeat_allocation_lifetime_seconds_bucket{GROUP}[RATE]))",
                 "{{le}}", 12, form="heatmap", shade=GREEN,
                 overrides=[renamed(*pair) for pair in LIFETIMES.items()]))


def sites():
    rate = "topk(%d, sum by (function) (rate(heapbeat_hotspot_allocated_bytes_total{GROUP}[RATE])))"
    return row(
        "Hot sites",
        timeseries("Allocated bytes by function", "The ten functions that request most bytes, the "
                   "first outside the allocator and its wrappers. Start here: a profile from "
                   "/debug/pprof/allocs shows the stacks behind each.", "binBps",
                   [query(rate % 10, "{{function}}")], 14, 10),
        bargauge("Hottest functions", "The same now, up to fourteen. Where the first bar stands far "
                 "above the rest, one change pays most; where all are alike, look at the allocator "
                 "and its settings instead.", "binBps", rate % 14, "{{function}}", 10, 10,
                 shade=ORANGE),
        timeseries("Live bytes by function", "The ten functions whose blocks are not freed yet, "
                   "with most bytes, where every free is seen. One that only rises is what keeps "
                   "memory; heapbeat report -p PID --by live shows its stacks.", "bytes",
                   [query("topk(10, sum by (function) (heapbeat_hotspot_live_bytes{GROUP}))",
                          "{{function}}")], 24, 8))


def vm():
    return row(
        "Virtual memory",
        timeseries("Mapped and unmapped", "Bytes per second that mmap, brk and mremap add and "
                   "munmap gives back. High rates of both mean that large blocks go to the kernel "
                   "each time: raise the mmap threshold or reuse them.", "binBps",
                   [query("sum(rate(heapbeat_vm_mapped_bytes_total{GROUP}[RATE]))", "mapped"),
                    query("sum(rate(heapbeat_vm_unmapped_bytes_total{GROUP}[RATE]))", "unmapped")],
                   named=("mapped", "unmapped"), height=7),
        timeseries("Calls of the vm family", "mmap, munmap, mremap and brk calls per second. "
                   "Above some hundreds each costs page faults and locks that threads wait for; "
                   "the advice on mmap churn names the setting.", "cps",
                   [query("sum by (call) (rate(heapbeat_vm_calls_total{GROUP}[RATE]))",
                          "{{call}}")], named=("mmap", "munmap", "mremap", "brk"), height=7))


def trust():
    return row(
        "Failures, error and coverage",
        timeseries("Failed allocations", "Allocation calls per second that returned nothing. Any "
                   "is worth a look: a limit, an absurd size, or an overflow in the request.",
                   "cps", [query("topk(10, sum by (comm, unit) (rate("
                                 "heapbeat_allocation_failures_total{GROUP}[RATE])))",
                                 "{{comm}} {{unit}}")], 8, legend="list"),
        timeseries("Relative error", "Standard error of the estimates as a share of their value, "
                   "worst group of those chosen. Trust a difference only if it is larger than "
                   "twice this. It falls with time and with --budget.", "percentunit",
                   [query("max by (quantity) (heapbeat_estimate_relative_error_ratio{GROUP})",
                          "{{quantity}}")], 8, legend="list"),
        timeseries("Sampling ratio", "Share of the calls seen that became samples with a stack. "
                   "Counts do not suffer where it is low, sites do; --interval fixes the mean "
                   "bytes between samples.", "percentunit",
                   [query("bottomk(10, min by (comm, unit) (heapbeat_sampling_ratio{GROUP}))",
                          "{{comm}} {{unit}}")], 8, maximum=1, legend="list"),
        timeseries("Share of time seen by group", "Coverage of the ten busiest groups. At 100 % "
                   "rates are counts, below they are estimates from windows, and live bytes are "
                   "not known.",
                   "percentunit",
                   [query("max by (comm, unit) (heapbeat_coverage_ratio{GROUP}) and " + BUSIEST,
                          "{{comm}} {{unit}}")], 8, maximum=1, legend="list"),
        timeseries("Time observed", "Seconds observed per second, summed over the processes of a "
                   "group, by mechanism. Zero for a busy program means that its budget is spent "
                   "or that its turn has not come.", "none",
                   [query("topk(10, sum by (comm, mechanism) (rate("
                          "heapbeat_observed_seconds_total{GROUP}[RATE])))",
                          "{{comm}} {{mechanism}}")], 8, legend="list"),
        timeseries("Charged cost by group", "CPU charged for observing as a share of the program's "
                   "own, by group. The line is the default budget. Above it for long: lower "
                   "--budget.",
                   "percentunit",
                   [query("topk(10, max by (comm, unit) (heapbeat_observation_cost_ratio{GROUP}))",
                          "{{comm}} {{unit}}")], 8, limit=0.01, legend="list"))


def advice():
    return row(
        "Advice",
        table("Recommendations", "Open advice for what is chosen above. heapbeat advise -p PID, or "
              "/api/v1/recommendations, gives site, change, expected saving and how to verify it.",
              {"comm": "Command", "unit": "Unit", "rule": "Rule", "severity": "Severity",
               "state": "State", "instance": "Instance"},
              [(or_none("sum by (instance, comm, unit, rule, severity, state) "
                        "(heapbeat_recommendations{GROUP})", "rule"), "Count", "none")], 16, 8,
              sort="Count"),
        bargauge("Advice by severity", "How many recommendations of each severity are open. High "
                 "ones first: they pay most for the work.", "none",
                 or_none("sum by (severity) (heapbeat_recommendations{OPEN})", "severity"),
                 "{{severity}}", 8,
                 shade=GREY))


def build():
    return dashboard("process", "heapbeat / process", "Rates, heap, sizes, lifetimes, hot sites "
                     "and advice of one command or a few.",
                     [glance(), rates(), heap(), sites(), shapes(), vm(), trust(), advice()])
