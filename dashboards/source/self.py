# SPDX-License-Identifier: MIT
"""Self: what the observer loses, sees, costs and fails at."""
from .grafana import (LOST_SAMPLES, LOST_SHARE, ORANGE, VERMILION, bargauge, dashboard, query,
                      row, stat, steps, table, timeseries)

EVENTS = 'rate(heapbeat_events_total{HOST,stage="%s"}[RATE])'
STAGES = ("hit", "counted", "sampled", "delivered", "tracked", "inserted", "freed", "purged")
REASONS = ("ringbuf_full", "map_full", "stack_fault", "stale_pid", "queue_full", "free_record",
           "task_storage", "unpaired")
LOST = "rate(heapbeat_events_lost_total{HOST}[RATE])"


def yes_no(yes, no):
    return [{"type": "value", "options": {
        "1": {"text": yes, "color": "text", "index": 0},
        "0": {"text": no, "color": VERMILION, "index": 1}}}]


def glance():
    below_one = steps((None, VERMILION), (1, "text"))
    return row(
        "At a glance",
        stat("Scraped", "Whether the last scrape of each instance worked. No: is the daemon "
             "running, is its port reachable, does its log complain?", "none", "min(up{HOST})", 3,
             mappings=yes_no("yes", "no"), thresholds=below_one),
        stat("Ready", "Whether programs are loaded and all processes were seen, on every "
             "instance. Not yet: it has just started; for long: /readyz and the log say why.",
             "none", "min(heapbeat_ready{HOST})", 3, mappings=yes_no("yes", "no"),
             thresholds=below_one),
        stat("Configuration", "Whether the last reload succeeded. Failed: the old one still "
             "holds; the log and heapbeat check-config say line and column.", "none",
             "min(heapbeat_config_last_reload_successful{HOST})", 3,
             mappings=yes_no("loaded", "failed"), thresholds=below_one),
        stat("Records lost", "Share of sampled records that did not reach the daemon. Above 1 % "
             "figures of busy programs are doubtful: find the reason below.", "percentunit",
             LOST_SHARE, 3, decimals=2,
             thresholds=steps((None, "text"), (0.001, ORANGE), (0.01, VERMILION))),
        stat("Series dropped", "Series that were left out in the last minutes: hot functions "
             "that others have overtaken, or, where the limit of --metrics.max-series is reached, "
             "groups that are summed under _other. Then raise it or name fewer targets.", "none",
             "round(sum(increase(heapbeat_series_dropped_total{HOST}[RATE])))", 3),
        stat("Attach backlog", "Processes that are wanted and have never been attached. Growing "
             "for long: more targets than can be served; raise --max-targets, or name the ones "
             "that matter.", "none", "sum(heapbeat_attach_backlog{HOST})", 3),
        stat("Daemon CPU", "CPU of the daemon, the busiest instance, in cores. The stated bound is "
             "2 % of one core; the collectors below show which part takes it.", "percentunit",
             "max(rate(process_cpu_seconds_total{HOST}[RATE]))", 3, decimals=2,
             thresholds=steps((None, "text"), (0.02, ORANGE), (0.05, VERMILION))),
        stat("Daemon memory", "Resident memory of the largest instance. The stated bound is 64 MB: "
             "above it lower --max-targets or --metrics.max-series.", "bytes",
             "max(process_resident_memory_bytes{HOST})", 3,
             thresholds=steps((None, "text"), (64 * 2 ** 20, ORANGE), (128 * 2 ** 20, VERMILION))))


def losses():
    gap = "sum(%s) - sum(%s) - sum(rate(heapbeat_events_lost_total{HOST,%s}[RATE]))" % (
        EVENTS % "sampled", EVENTS % "delivered", LOST_SAMPLES)
    return row(
        "Losses and identities",
        timeseries("Events by stage", "Probe hits, calls counted, samples taken and delivered, "
                   "blocks followed and what became of them, per second. Delivered must follow "
                   "sampled; hits far above samples are what keeps observing cheap.", "cps",
                   [query("sum by (stage) (rate(heapbeat_events_total{HOST}[RATE]))", "{{stage}}")],
                   named=STAGES, log=True),
        timeseries("Lost by reason", "Records lost per second. ringbuf_full: samples, raise "
                   "--interval. free_record, map_full: live bytes are off by them. stale_pid, "
                   "unpaired: processes that end or exec while they are read, harmless.", "cps",
                   [query("sum by (reason) (%s)" % LOST, "{{reason}}")], 6, named=REASONS,
                   legend="list"),
        timeseries("Unaccounted samples", "Sampled less delivered less lost on the way, per "
                   "second. Within a scrape it may swing about zero; if it stays off zero the "
                   "accounting is wrong: report it with heapbeat status --json.", "cps",
                   [query(gap, "unaccounted")], 6, minimum=None, legend="list"))


def coverage():
    return row(
        "Coverage and cost",
        timeseries("Share of time seen", "How much is seen of the ten groups that use most CPU. "
                   "What is busy and seen little has the widest errors; a larger --budget buys "
                   "more time.", "percentunit",
                   [query("max by (comm, unit) (heapbeat_coverage_ratio{HOST}) and topk(10, "
                          "sum by (comm, unit) (rate("
                          "heapbeat_target_cpu_seconds_total{HOST}[RATE])))",
                          "{{comm}} {{unit}}")], maximum=1),
        timeseries("Dearest groups", "The ten groups that are charged most of their own CPU for "
                   "being observed. The line is the default budget. Above it for long: lower "
                   "--budget.", "percentunit",
                   [query("topk(10, max by (comm, unit) (heapbeat_observation_cost_ratio{HOST}))",
                          "{{comm}} {{unit}}")], limit=0.01),
        timeseries("Worst relative error", "The ten largest standard errors of estimates, as a "
                   "share of their value. Differences below twice this are noise. It falls with "
                   "time and with --budget.", "percentunit",
                   [query("topk(10, max by (comm, quantity) "
                          "(heapbeat_estimate_relative_error_ratio{HOST}))",
                          "{{comm}} {{quantity}}")]),
        timeseries("CPU charged to programs", "Of one core, by host: what the probes take from the "
                   "programs that run into them. The line is the bound for a host. Above it: "
                   "lower --budget or --max-targets.", "percentunit",
                   [query("sum by (instance) (rate("
                          "heapbeat_observation_cpu_seconds_total{HOST}[RATE]))",
                          "{{instance}}")], limit=0.02),
        timeseries("Spans beyond the budget", "Spans of 10 s per second whose charged cost was "
                   "within the budget of the program, and beyond it. Some beyond are the price of "
                   "finding out what a new program costs; many for long: lower --budget.", "cps",
                   [query("sum by (within) (rate("
                          "heapbeat_observation_intervals_total{HOST}[RATE]))",
                          "within: {{within}}")]),
        bargauge("Price of a hit", "CPU of one probe hit by what it does, calibrated on each host "
                 "at its start. All charged costs are counts times these. Far above the others' "
                 "of your hosts: a debugger, an emulator or a slow trap.", "s",
                 "sort_desc(max by (link, part) (heapbeat_probe_cost_seconds{HOST}))",
                 "{{link}} {{part}}"))


def overhead():
    return row(
        "Overhead of the daemon",
        timeseries("CPU", "CPU of each daemon in cores, beside the CPU charged to targets by the "
                   "kernel's probes. The line is the stated bound. Above it: see the collectors.",
                   "percentunit", [query("rate(process_cpu_seconds_total{HOST}[RATE])",
                                         "{{instance}}")], 8, limit=0.02, legend="list"),
        timeseries("Memory", "Resident memory of the daemon and memory of its BPF maps and "
                   "programs, which the kernel holds beside it. Both are bounded by "
                   "configuration: a steady rise is a defect to report.", "bytes",
                   [query("process_resident_memory_bytes{HOST}", "{{instance}} resident"),
                    query("heapbeat_bpf_memory_bytes{HOST}", "{{instance}} BPF")], 8,
                   legend="list"),
        timeseries("Open files", "Descriptors in use, as a share of what is allowed. Each observed "
                   "process needs a few. Near 100 %: raise LimitNOFILE in the unit.",
                   "percentunit",
                   [query("process_open_fds{HOST} / process_max_fds{HOST}", "{{instance}}")], 8,
                   legend="list"),
        bargauge("Map memory", "Kernel memory of each map now. Sizes are set at the start: ring "
                 "and live entries are the two worth lowering on small machines.", "bytes",
                 "sort_desc(sum by (map) (heapbeat_map_memory_bytes{HOST}))", "{{map}}", 8),
        timeseries("Map fill", "Entries over capacity, fullest instance. A full map of live "
                   "blocks makes live bytes a lower bound: raise the live entries.",
                   "percentunit",
                   [query("max by (map) (heapbeat_map_entries{HOST} / "
                          "heapbeat_map_capacity{HOST})", "{{map}}")], 8, maximum=1,
                   legend="list"),
        timeseries("Map update errors", "Updates per second that a map refused, mostly for being "
                   "full. Any is a loss that is counted; the map's name says which size to raise.",
                   "cps",
                   [query("sum by (map) (rate(heapbeat_map_update_errors_total{HOST}[RATE]))",
                          "{{map}}")], 8, legend="list"),
        timeseries("Program runs", "Runs per second of each BPF program, with --bpf.stats (the "
                   "kernel counts them for all programs of the host, which costs a little).",
                   "cps", [query("sum by (program) (rate("
                                 "heapbeat_bpf_program_runs_total{HOST}[RATE]))",
                                 "{{program}}")], 8, legend="list"),
        timeseries("Time per run", "Mean time of one run of each BPF program, with --bpf.stats. "
                   "Compare it with the calibrated price in heapbeat doctor; far above it, the "
                   "machine is busy or the stacks are deep.", "s",
                   [query("sum by (program) (rate("
                          "heapbeat_bpf_program_run_seconds_total{HOST}[RATE])) / (sum by "
                          "(program) (rate(heapbeat_bpf_program_runs_total{HOST}[RATE])) > 0)",
                          "{{program}}")], 8, legend="list"),
        timeseries("Recursion misses", "Runs that the kernel skipped as the program was already "
                   "running on that CPU. Each is a hit that was not seen; a few are normal, many "
                   "are worth a report.", "cps",
                   [query("sum by (program) (rate("
                          "heapbeat_bpf_program_recursion_misses_total{HOST}[RATE]))",
                          "{{program}}")], 8, legend="list"))


def probes():
    return row(
        "Probes and targets",
        timeseries("Probes by state", "Places that are probed, found unusable, or gone with their "
                   "process. Unusable ones were not proven safe and are left alone: heapbeat ps "
                   "names the allocator concerned.", "none",
                   [query("sum by (state) (heapbeat_probes{HOST})", "{{state}}")], 8,
                   named=("linked", "unusable"), legend="list"),
        timeseries("Attach failures by reason", "Failed attempts per second. gone: short-lived "
                   "processes, harmless. permission: a capability is missing. no_room: raise "
                   "--max-targets.", "cps",
                   [query("sum by (reason) (rate("
                          "heapbeat_probe_attach_failures_total{HOST}[RATE]))", "{{reason}}")], 8,
                   named=("gone", "refused", "permission", "no_room", "other"), legend="list"),
        timeseries("Targets by state", "Processes of the host by what the observer does with "
                   "them. Many skipped: more wanted than --max-targets. Why one is refused: "
                   "heapbeat ps.", "none",
                   [query("sum by (state) (heapbeat_targets{HOST})", "{{state}}")], 8, stack=True,
                   named=("attached", "waiting", "skipped", "refused", "unprobed", "unwanted",
                          "young"), legend="list"))


def scrapes():
    return row(
        "Scrapes and collectors",
        timeseries("Collector duration", "Time that each part of a tick took last. The tick is "
                   "one second: parts that come near it delay figures, not scrapes.", "s",
                   [query("max by (collector) (heapbeat_collector_duration_seconds{HOST})",
                          "{{collector}}")], 8, legend="list"),
        timeseries("Collectors that work", "1 where the part succeeded, 0 where it failed. Zero "
                   "for long: its figures are old; the log says why.", "none",
                   [query("min by (collector) (heapbeat_collector_success{HOST})",
                          "{{collector}}")], 8, maximum=1, legend="list"),
        timeseries("Scrape", "How long Prometheus needs for a scrape. A scrape renders what is "
                   "there and never waits for the observer: a rise comes from the number of "
                   "series or a busy host.", "s",
                   [query("scrape_duration_seconds{HOST}", "{{instance}}")], 8, legend="list"),
        timeseries("Samples per scrape", "Series that each instance publishes, as scraped. The "
                   "line is the default of --metrics.max-series; beyond it groups are folded into "
                   "_other.", "none",
                   [query("scrape_samples_scraped{HOST}", "{{instance}}")], limit=10000,
                   legend="list"),
        timeseries("Since the last good reload", "Age of the configuration in use. A reload that "
                   "you made and that does not show here was refused: heapbeat check-config says "
                   "where.", "s",
                   [query("time() - heapbeat_config_last_reload_success_timestamp_seconds{HOST}",
                          "{{instance}}")], legend="list"),
        table("Versions", "What runs where. Mixed versions during a rollout explain differences "
              "between hosts; the kernel decides which kinds of probes there are.",
              {"instance": "Instance", "version": "Version", "revision": "Revision",
               "libbpf": "libbpf", "kernel": "Kernel"},
              [("sum by (instance, version, revision, libbpf, kernel) "
                "(heapbeat_build_info{HOST})", "Daemons", "none")], 24, 6))


def build():
    return dashboard("self", "heapbeat / self", "What the observer loses, sees, costs and fails "
                     "at.",
                     [glance(), losses(), coverage(), overhead(), probes(), scrapes()],
                     comm_of="")
