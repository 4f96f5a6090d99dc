// SPDX-License-Identifier: GPL-2.0-or-later
/* The states of advice over evaluations, and what is muted. */
#include "advice/history.h"
#include "advice/mute.h"

#include "fake_advice.h"

#include "base/banned.h"

#define S 1000000000ULL

/* A process that pool's rule can judge, and what its evaluations draw. */
struct stage {
	struct view *view;
	struct advice_history *history;
	struct advice_owner owner;
	uint64_t now_ns;
	struct advice drawn[4];
	size_t drawn_cnt;
	struct advice_note note;
	bool lacks;
	/* of the last evaluation */
	enum advice_state state;
	struct advice_resolved resolved;
	size_t resolved_cnt;
};

static void stage__open(struct stage *stage)
{
	*stage = (struct stage){
		.view = site_view(20e6),
		.history = advice_history__new(),
		.owner = {.key = 7, .comm = "prog", .exe = "prog", .unit = "u.service"},
		.now_ns = 1000 * S,
		.drawn_cnt = 1,
	};
	assert_non_null(stage->history);
	stage->drawn[0] = (struct advice){
		.id = "HB-000001",
		.rule = &rule_pool,
		.process = stage->view->processes,
		.site = stage->view->processes->sites,
		.severity = SEVERITY_HIGH,
	};
	stage->note = (struct advice_note){
		.rule = &rule_pool, .process = stage->view->processes, .lack = LACK_SAMPLES};
}

static void stage__close(struct stage *stage)
{
	advice_history__free(stage->history);
	view__free(stage->view);
}

/* One evaluation, @later_s after the last one, that draws the first @cnt. */
static void evaluate(struct stage *stage, double later_s, size_t cnt)
{
	struct advice items[4];
	struct advice_list list = {.view = stage->view,
				   .items = items,
				   .cnt = cnt,
				   .notes = &stage->note,
				   .note_cnt = stage->lacks};

	stage->now_ns += (uint64_t)(later_s * 1e9);
	memcpy(items, stage->drawn, sizeof(items));
	assert_int_equal(
		advice_history__update(stage->history, &list, &stage->owner, stage->now_ns), 0);
	stage->state = cnt ? items[0].state : ADVICE_STATES;
	stage->resolved_cnt = list.resolved_cnt;
	if (list.resolved_cnt)
		stage->resolved = list.resolved[0];
	if (cnt && stage->owner.key)
		assert_true(items[0].since_ns > 0 && items[0].since_ns <= stage->now_ns);
	free(list.resolved);
}

static void rebuild(struct stage *stage)
{
	stage->view->modules[0].build_id[0]++;
}

static void what_stands_for_a_minute_is_open(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	assert_int_equal(s.state, ADVICE_NEW);
	evaluate(&s, 59, 1);
	assert_int_equal(s.state, ADVICE_NEW);
	evaluate(&s, 1, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	evaluate(&s, 86400, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	assert_int_equal(s.resolved_cnt, 0);
	stage__close(&s);
}

static void ten_minutes_of_silence_resolve_and_an_hour_later_it_is_not_told(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	evaluate(&s, 10, 0);
	evaluate(&s, 599, 0);
	assert_int_equal(s.resolved_cnt, 0);
	evaluate(&s, 1, 0);
	assert_int_equal(s.resolved_cnt, 1);
	assert_int_equal(s.resolved.why, RESOLVED_BY_SILENCE);
	assert_string_equal(s.resolved.id, "HB-000001");
	assert_string_equal(s.resolved.function, "f");
	assert_string_equal(s.resolved.unit, "u.service");
	assert_int_equal(s.resolved.severity, SEVERITY_HIGH);
	evaluate(&s, 3599, 0);
	assert_int_equal(s.resolved_cnt, 1);
	evaluate(&s, 1, 0);
	assert_int_equal(s.resolved_cnt, 0);
	stage__close(&s);
}

static void found_again_within_ten_minutes_it_was_never_gone(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	for (int i = 0; i < 5; i++) {
		evaluate(&s, 1, 0);
		evaluate(&s, 598, 0);
		evaluate(&s, 1, 1);
		assert_int_equal(s.state, ADVICE_OPEN);
	}
	stage__close(&s);
}

static void a_new_build_resolves_at_once_when_it_has_settled(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	rebuild(&s);
	s.view->processes->span_s = HISTORY_SETTLED_S - 1;
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 0);
	s.view->processes->span_s = HISTORY_SETTLED_S;
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 1);
	assert_int_equal(s.resolved.why, RESOLVED_BY_CHANGE);
	stage__close(&s);
}

static void another_gogc_is_a_change(void **state)
{
	struct view_go go = {.version = "go1.26", .coverage = "", .state_known = true};
	struct stage s;

	(void)state;
	stage__open(&s);
	go.state.gogc = 100;
	s.view->processes->go = &go;
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	go.state.gogc = 300;
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 1);
	assert_int_equal(s.resolved.why, RESOLVED_BY_CHANGE);
	s.view->processes->go = NULL;
	stage__close(&s);
}

static void what_comes_back_has_regressed(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	rebuild(&s);
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 1);
	evaluate(&s, 7200, 1);
	assert_int_equal(s.state, ADVICE_REGRESSED);
	assert_int_equal(s.resolved_cnt, 0);
	evaluate(&s, 300, 1);
	assert_int_equal(s.state, ADVICE_REGRESSED);
	stage__close(&s);
}

static void a_rule_that_lacks_data_resolves_nothing(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	s.lacks = true;
	rebuild(&s);
	for (int i = 0; i < 4; i++) {
		evaluate(&s, 600, 0);
		assert_int_equal(s.resolved_cnt, 0);
	}
	s.lacks = false;
	evaluate(&s, 1, 0);
	assert_int_equal(s.resolved_cnt, 1);
	stage__close(&s);
}

static void the_end_of_a_process_resolves_nothing(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	s.view->processes->exited = true;
	evaluate(&s, 3000, 0);
	assert_int_equal(s.resolved_cnt, 0);
	assert_int_equal(advice_history__cnt(s.history), 1);
	/* the same group starts again, with the same fault */
	s.view->processes->exited = false;
	evaluate(&s, 100, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	/* gone for more than an hour it is forgotten */
	s.view->processes->exited = true;
	evaluate(&s, 3600, 0);
	assert_int_equal(advice_history__cnt(s.history), 0);
	stage__close(&s);
}

static void what_never_stood_is_dropped_not_resolved(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 10, 0);
	evaluate(&s, 600, 0);
	assert_int_equal(s.resolved_cnt, 0);
	assert_int_equal(advice_history__cnt(s.history), 0);
	stage__close(&s);
}

static void an_old_process_that_still_runs_keeps_it_open(void **state)
{
	struct stage s;
	struct view_process two[2];
	struct advice_owner owners[2];
	struct advice_list list;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	/* beside it one of another build that does not draw it; the old one is silent for now */
	two[0] = two[1] = *s.view->processes;
	two[1].exe = "/usr/bin/prog2";
	owners[0] = owners[1] = s.owner;
	s.view->processes = two;
	s.view->process_cnt = 2;
	list = (struct advice_list){.view = s.view};
	assert_int_equal(advice_history__update(s.history, &list, owners, s.now_ns + 10 * S), 0);
	assert_int_equal(list.resolved_cnt, 0);
	two[0].exited = true;
	assert_int_equal(advice_history__update(s.history, &list, owners, s.now_ns + 20 * S), 0);
	assert_int_equal(list.resolved_cnt, 1);
	free(list.resolved);
	stage__close(&s);
}

static void groups_have_states_of_their_own(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	s.owner.key = 8;
	evaluate(&s, 1, 1);
	assert_int_equal(s.state, ADVICE_NEW);
	/* of a process that is gone from the list its program tells */
	s.owner.key = 0;
	evaluate(&s, 1, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	stage__close(&s);
}

static void muted_ones_keep_their_state_behind_it(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	s.drawn[0].state = ADVICE_MUTED;
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	assert_int_equal(s.state, ADVICE_MUTED);
	s.drawn[0].state = ADVICE_NEW;
	evaluate(&s, 1, 1);
	assert_int_equal(s.state, ADVICE_OPEN);
	s.drawn[0].state = ADVICE_MUTED;
	evaluate(&s, 1, 1);
	rebuild(&s);
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 0);
	stage__close(&s);
}

static void more_than_are_kept_make_room(void **state)
{
	struct stage s;

	(void)state;
	stage__open(&s);
	for (unsigned int i = 0; i < HISTORY_MAX + 100; i++) {
		snprintf(s.drawn[0].id, sizeof(s.drawn[0].id), "HB-%06x", i);
		evaluate(&s, 0.001, 1);
		assert_true(advice_history__cnt(s.history) <= HISTORY_MAX);
	}
	assert_int_equal(advice_history__cnt(s.history), HISTORY_MAX);
	stage__close(&s);
}

static void hostile_names_are_cut(void **state)
{
	char name[2000];
	struct stage s;

	(void)state;
	stage__open(&s);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	s.view->processes->sites->function = s.view->processes->sites->caller = name;
	s.view->processes->sites->file = name;
	s.owner.comm = s.owner.exe = s.owner.unit = name;
	evaluate(&s, 0, 1);
	evaluate(&s, 60, 1);
	rebuild(&s);
	evaluate(&s, 10, 0);
	assert_int_equal(s.resolved_cnt, 1);
	assert_int_equal(strlen(s.resolved.function), sizeof(s.resolved.function) - 1);
	stage__close(&s);
}

static void patterns_match_ids_rules_and_functions(void **state)
{
	static const struct {
		const char *pattern;
		bool matches;
	} rows[] = {
		{"HB-000001", true},   {"HB-000002", false}, {"pool", true},
		{"prealloc", false},   {"po*", true},	     {"pool:main.handle", true},
		{"pool:main.*", true}, {"pool:main", false}, {"*:main.handle", true},
		{"leak,pool", true},   {"leak,,pool", true}, {"leak:main.handle", false},
		{"", false},	       {":", false},	     {"pool:", false},
	};
	struct view_site site = {.function = "main.handle", .caller = "g"};
	struct advice advice = {.id = "HB-000001", .rule = &rule_pool, .site = &site};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (mute__matches(rows[i].pattern, &advice) != rows[i].matches)
			fail_msg("'%s'", rows[i].pattern);
	advice.site = NULL;
	assert_false(mute__matches("pool:*", &advice));
	assert_true(mute__matches("pool", &advice));
	site.function = "f(int) [clone .isra.0]";
	advice.site = &site;
	assert_true(mute__matches("pool:f", &advice));
}

static void patterns_that_can_match_nothing_are_refused(void **state)
{
	static const char *const good[] = {"HB-0a9f00", "pool", "go-*", "*", "pool:f,leak", "*:f"};
	static const char *const bad[] = {
		"",	",",	 "pool,", ",pool",     "no-such",    "HB-0A9F00",
		"HB-1", "pool:", ":f",	  "HB-00000g", "HB-000001:f"};
	char longest[600];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (mute__check(good[i]))
			fail_msg("'%s' is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (mute__check(bad[i]) != -EINVAL)
			fail_msg("'%s' is accepted", bad[i]);
	memset(longest, '*', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_int_equal(mute__check(longest), -EINVAL);
}

static void muted_advice_does_not_reach_a_severity(void **state)
{
	static const char *const patterns[] = {"leak", "pool"};
	struct advice item = {.id = "HB-000001", .rule = &rule_pool, .severity = SEVERITY_MEDIUM};
	struct advice_list list = {.items = &item, .cnt = 1};

	(void)state;
	assert_true(advice_list__reaches(&list, SEVERITY_LOW));
	assert_true(advice_list__reaches(&list, SEVERITY_MEDIUM));
	assert_false(advice_list__reaches(&list, SEVERITY_HIGH));
	mute__apply(&list, patterns, 1);
	assert_int_equal(item.state, ADVICE_NEW);
	mute__apply(&list, patterns, 2);
	assert_int_equal(item.state, ADVICE_MUTED);
	assert_false(advice_list__reaches(&list, SEVERITY_LOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_for_a_minute_is_open),
		cmocka_unit_test(ten_minutes_of_silence_resolve_and_an_hour_later_it_is_not_told),
		cmocka_unit_test(found_again_within_ten_minutes_it_was_never_gone),
		cmocka_unit_test(a_new_build_resolves_at_once_when_it_has_settled),
		cmocka_unit_test(another_gogc_is_a_change),
		cmocka_unit_test(what_comes_back_has_regressed),
		cmocka_unit_test(a_rule_that_lacks_data_resolves_nothing),
		cmocka_unit_test(the_end_of_a_process_resolves_nothing),
		cmocka_unit_test(what_never_stood_is_dropped_not_resolved),
		cmocka_unit_test(an_old_process_that_still_runs_keeps_it_open),
		cmocka_unit_test(groups_have_states_of_their_own),
		cmocka_unit_test(muted_ones_keep_their_state_behind_it),
		cmocka_unit_test(more_than_are_kept_make_room),
		cmocka_unit_test(hostile_names_are_cut),
		cmocka_unit_test(patterns_match_ids_rules_and_functions),
		cmocka_unit_test(patterns_that_can_match_nothing_are_refused),
		cmocka_unit_test(muted_advice_does_not_reach_a_severity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
