# SPDX-License-Identifier: MIT
"""Overview: who allocates, who grows, what to change, and what looking at it costs."""
from .grafana import (BLUE, GREY, LOST_SHARE, ORANGE, VERMILION, bargauge, colour,
                      dashboard, or_none, query, row, stat, steps, table, text, timeseries)

BYTES_RATE = "rate(heapbeat_allocated_bytes_total{GROUP}[RATE])"
CALLS_RATE = "rate(heapbeat_allocations_total{GROUP}[RATE])"
CPU = "rate(heapbeat_target_cpu_seconds_total{GROUP}[RATE])"
STATES = ("attached", "waiting", "skipped", "refused", "unprobed", "unwanted", "young")


def top(expr, by="comm", count=10):
    return "topk(%d, sum by (%s) (%s))" % (count, by, expr)


def glance():
    return row(
        "At a glance",
        stat("Allocated", "Bytes per second that the observed programs request, all together. It "
             "is the work given to allocators and caches. Look below for who does it.", "binBps",
             "sum(%s)" % BYTES_RATE, 3),
        stat("Allocations", "Allocation calls per second, all programs together. Each costs CPU in "
             "the allocator and, in Go, work for the collector. Many small ones are worth pooling "
             "before few large ones.", "cps", "sum(%s)" % CALLS_RATE, 3),
        stat("Live heap", "Allocated and not yet freed, where every free is seen. Programs seen in "
             "windows only are not in it, so it is a lower bound of the host's heaps. Compare with "
             "RSS in the process dashboard.", "bytes", "sum(heapbeat_heap_live_bytes{GROUP})", 3),
        stat("Growth", "Slope of the anonymous memory of all programs over ten minutes. Well above "
             "zero for hours means that something keeps memory: see Who grows.", "binBps",
             "sum(deriv(heapbeat_target_anonymous_memory_bytes{GROUP}[10m]))", 3),
        stat("Advice", "Recommendations that are open, all rules. Each names a site, a change and "
             "what it is expected to save: run heapbeat advise, or open "
             "/api/v1/recommendations.", "none", or_none("sum(heapbeat_recommendations{OPEN})",
                                                         "rule"), 3),
        stat("Highest cost", "The largest charged cost of observing, as a share of the CPU time of "
             "the program that pays it. The default budget is 1 %. Above it for long: lower "
             "--budget, or report it.", "percentunit",
             "max(heapbeat_observation_cost_ratio{GROUP})", 3, decimals=2,
             thresholds=steps((None, "text"), (0.01, ORANGE), (0.02, VERMILION))),
        stat("Records lost", "Share of the sampled records that did not reach the daemon. Anything "
             "above 1 % makes figures of busy programs doubtful: raise --interval, see the self "
             "dashboard.", "percentunit", LOST_SHARE, 3, decimals=2,
             thresholds=steps((None, "text"), (0.001, ORANGE), (0.01, VERMILION))),
        stat("Attached", "Processes that are observed now. Zero means that nothing is seen: check "
             "the selectors of the daemon and heapbeat ps for the reasons of refusal.", "none",
             'sum(heapbeat_targets{HOST,state="attached"})', 3))


def allocates():
    return row(
        "Who allocates",
        timeseries("Allocated bytes by command", "The ten commands that request most bytes per "
                   "second. Sustained high rates cost CPU in memcpy, page faults and collectors. "
                   "Open the command in the process dashboard to see its hot sites.", "binBps",
                   [query(top(BYTES_RATE), "{{comm}}")]),
        timeseries("Allocations by command", "The ten commands that call their allocator most "
                   "often. High counts of small blocks are where pools, arenas and preallocation "
                   "pay. Open the command to see its sizes and lifetimes.", "cps",
                   [query(top(CALLS_RATE), "{{comm}}")]),
        table("Groups", "One line for each group of equal processes (command and unit) on each "
              "host: rates now, live heap, memory, slope of its anonymous memory, whether growth "
              "is significant, what observing costs and how much is seen. Sort by a column; a "
              "command leads to its own dashboard.",
              {"comm": "Command", "unit": "Unit", "instance": "Instance"},
              [("sum by (instance, comm, unit) (%s)" % BYTES_RATE, "Bytes/s", "binBps"),
               ("sum by (instance, comm, unit) (%s)" % CALLS_RATE, "Calls/s", "cps"),
               ("sum by (instance, comm, unit) (heapbeat_heap_live_bytes{GROUP})", "Live",
                "bytes"),
               ("sum by (instance, comm, unit) (heapbeat_target_resident_memory_bytes{GROUP})",
                "RSS", "bytes"),
               ("sum by (instance, comm, unit) "
                "(deriv(heapbeat_target_anonymous_memory_bytes{GROUP}[10m]))", "Growth", "binBps"),
               ("max by (instance, comm, unit) (heapbeat_heap_growing{GROUP})", "Growing",
                "bool_yes_no"),
               ("max by (instance, comm, unit) (heapbeat_observation_cost_ratio{GROUP})", "Cost",
                "percentunit"),
               ("max by (instance, comm, unit) (heapbeat_coverage_ratio{GROUP})", "Seen",
                "percentunit")], sort="Bytes/s"))


def grows():
    return row(
        "Who grows",
        timeseries("Growth of the live heap", "Slope of live bytes over ten minutes, the ten "
                   "steepest, where every free is seen. A slope that stays above zero through "
                   "the daily cycle is a leak or a cache without a bound: heapbeat advise names "
                   "the site.", "binBps",
                   [query(top("deriv(heapbeat_heap_live_bytes{GROUP}[10m])"), "{{comm}}")],
                   minimum=None),
        timeseries("Growth of anonymous memory", "Slope of anonymous memory over ten minutes, the "
                   "ten steepest, for every process, attached or not. Growth here without growth "
                   "of the live heap is fragmentation or memory from outside the allocator.",
                   "binBps",
                   [query(top("deriv(heapbeat_target_anonymous_memory_bytes{GROUP}[10m])"),
                          "{{comm}}")], minimum=None),
        timeseries("Live heap by command", "The ten commands with most live bytes, where every "
                   "free is seen. A line that only rises is kept data; one that rises and falls "
                   "back is load. Its sites: heapbeat report -p PID --by live.", "bytes",
                   [query(top("heapbeat_heap_live_bytes{GROUP}"), "{{comm}}")]),
        timeseries("Resident memory", "The ten commands with most resident memory. What the kernel "
                   "counts against limits and what the host runs out of. Compare with the live "
                   "heap before blaming the program's data.", "bytes",
                   [query(top("heapbeat_target_resident_memory_bytes{GROUP}"), "{{comm}}")]))


def change():
    return row(
        "What to change",
        table("Recommendations", "Open advice by command and rule. High severity pays first. The "
              "text, with the site, the change and the expected saving, is printed by heapbeat "
              "advise and served at /api/v1/recommendations.",
              {"comm": "Command", "rule": "Rule", "severity": "Severity", "state": "State",
               "instance": "Instance"},
              [(or_none("sum by (instance, comm, rule, severity, state) "
                        "(heapbeat_recommendations{GROUP})", "rule"), "Count", "none")], 12, 8,
              sort="Count"),
        bargauge("Advice by rule", "How many recommendations each rule makes now. A rule that "
                 "speaks of many programs often has one cause in a shared library: fix it there.",
                 "none", or_none("sort_desc(sum by (rule) (heapbeat_recommendations{OPEN}))",
                                 "rule"),
                 "{{rule}}", 6),
        timeseries("Advice by severity", "Recommendations over time. A step after a deploy means "
                   "that the new version brought a finding, or that a fix worked: follow the step "
                   "to the deploy.", "none",
                   [query(or_none("sum by (severity) (heapbeat_recommendations{OPEN})",
                                  "severity"), "{{severity}}")], 6, stack=True, legend="list",
                   overrides=[colour("high", VERMILION), colour("medium", ORANGE),
                              colour("low", BLUE)]))


def costs():
    return row(
        "What observing costs",
        timeseries("Charged cost by command", "CPU charged to each command for its probes, as a "
                   "share of its own CPU time: hits times the calibrated price of a hit. The line "
                   "is the default budget of 1 %. Above it for long, lower --budget or name "
                   "fewer targets.", "percentunit",
                   [query("topk(10, max by (comm) (heapbeat_observation_cost_ratio{GROUP}))",
                          "{{comm}}")], limit=0.01),
        timeseries("CPU charged by command", "What the probes take from each command, of one core: "
                   "the ten that pay most. Together they are bound by --budget.host, 2 % of a "
                   "core; a busy program may pay all of it.", "percentunit",
                   [query(top("rate(heapbeat_observation_cpu_seconds_total{GROUP}[RATE])"),
                          "{{comm}}")]),
        timeseries("Share of time seen", "How much is seen of the ten commands that use most CPU. "
                   "Estimates of programs that are seen for little of the time are wider; their "
                   "relative error says how much. A larger --budget buys more.", "percentunit",
                   [query("max by (comm) (heapbeat_coverage_ratio{GROUP}) and " + top(CPU),
                          "{{comm}}")], maximum=1),
        timeseries("CPU for observing", "Of one core, on each host: the daemon itself, and what "
                   "its probes charge to all programs together. Each is to stay below 2 %: above, "
                   "see the collectors in the self dashboard, or lower --budget.", "percentunit",
                   [query("sum by (instance) (rate(process_cpu_seconds_total{HOST}[RATE]))",
                          "{{instance}} daemon"),
                    query("sum by (instance) (rate("
                          "heapbeat_observation_cpu_seconds_total{HOST}[RATE]))",
                          "{{instance}} probes")], limit=0.02))


def targets():
    return row(
        "Targets",
        timeseries("Processes by state", "Where each process stands: attached, waiting for its "
                   "turn, skipped beyond --max-targets, refused, without anything to probe, not "
                   "wanted, or too young. Many skipped: raise --max-targets. Why one is refused: "
                   "heapbeat ps.", "none",
                   [query("sum by (state) (heapbeat_targets{HOST})", "{{state}}")], stack=True,
                   named=STATES),
        timeseries("Attached by runtime", "Runtimes of the processes that are observed. One that "
                   "you expect and that is missing carries an allocator that is not found: "
                   "heapbeat ps names it.", "none",
                   [query('label_replace(sum by (runtime) (heapbeat_targets{HOST,state="attached"})'
                          ', "runtime", "unknown", "runtime", "")', "{{runtime}}")], 6, stack=True,
                   legend="list",
                   named=("native", "go", "python", "node")),
        bargauge("Not attached", "Processes in each state but attached, now. Refused ones must not "
                 "be probed (emulators, debuggers); unprobed ones have no allocator that is "
                 "known; for both heapbeat ps gives the reason.", "none",
                 'sort_desc(sum by (state) (heapbeat_targets{HOST,state!="attached"}))',
                 "{{state}}", 6, shade=GREY))


def about():
    return row(
        "How to read this",
        text("Notes", "What the figures of this dashboard are.",
             "Rates are exact or estimated from samples, each with a stated error; what cannot be "
             "known has **no series**, so a gap is not a zero. Live bytes are tracked blocks, not "
             "RSS. A command stands for all its processes: totals keep what ended processes "
             "allocated. Sites, texts of advice and profiles are in the daemon's own pages."))


def build():
    return dashboard("overview", "heapbeat / overview", "Who allocates, who grows, what to change, "
                     "and what observing costs.",
                     [glance(), allocates(), grows(), change(), costs(), targets(), about()])
