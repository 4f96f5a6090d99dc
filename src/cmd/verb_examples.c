// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/verb_examples.h"

#include "base/banned.h"

const struct verb_example verb_examples[] = {
	{VERB_RECORD, "a running process, for a minute", "record -p 4242 -d 1m -o redis.hb"},
	{VERB_RECORD, "a program from its first malloc to its end, every call",
	 "record --full --interval 1 -- ./prog --its-option"},
	{VERB_REPORT, "the sites of a process, seen now for 10 s", "report -p 4242 -d 10s"},
	{VERB_REPORT, "what is live, every 5 s, 12 times", "report -p 4242 --by live -i 5 -n 12"},
	{VERB_REPORT, "what a program leaves unfreed at its end", "report --full -- ./prog"},
	{VERB_REPORT, "who calls what allocates in one library",
	 "report redis.hb --site '^json_' --tree"},
	{VERB_REPORT, "a profile for go tool pprof", "report redis.hb --pprof redis.pb.gz"},
	{VERB_ADVISE, "what to change, from a capture", "advise redis.hb"},
	{VERB_ADVISE, "leaks need every free, and time", "advise -p 4242 -d 60s --full"},
	{VERB_DIFF, "did the change help?", "diff before.hb after.hb"},
	{VERB_RULES, "what a rule looks at", "rules prealloc"},
	{VERB_TOP, "the busiest processes, live", "top"},
	{VERB_TOP, "one table for a script", "top -b -n 1 --json"},
	{VERB_PS, "why a process cannot be observed", "ps"},
	{VERB_DOCTOR, "does it work here, and at what price?", "doctor"},
	{VERB_DOCTOR, "where the probes of a process go", "doctor --probes -p 4242"},
	{VERB_RUN, "all processes of the host, metrics on port 10060", "run --all"},
	{VERB_RUN, "two services, by their names", "run --comm redis-server,nginx"},
	{VERB_ATTACH, "a process that no pattern of the daemon names", "attach 4242"},
	{VERB_DETACH, "leave it alone again", "detach 4242"},
	{VERB_STATUS, "what the daemon does, and what it costs", "status"},
	{VERB_DASHBOARD, "a file for Grafana to import", "dashboard process"},
	{VERB_CHECK_CONFIG, "before a restart", "check-config /etc/heapbeat/heapbeat.yml"},
	{VERB_DUMP, "how many records of each type",
	 "dump --json redis.hb | jq -r .type | sort | uniq -c"},
	{VERB_COMPLETION, "for this shell alone", "completion bash >hb.bash && . ./hb.bash"},
};

const size_t verb_example_cnt = sizeof(verb_examples) / sizeof(verb_examples[0]);
