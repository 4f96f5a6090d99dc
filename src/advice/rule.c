// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/rule.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

const struct rule *const rules[] = {
	&rule_prealloc,
	&rule_leak,
	&rule_pool,
	&rule_mmap_churn,
	&rule_go_goroutine_leak,
	&rule_go_heap_leak,
	&rule_go_gogc,
	&rule_go_pool,
	&rule_go_prealloc,
	&rule_go_map_hint,
	&rule_go_string_builder,
	&rule_go_bytes_string,
	&rule_go_memlimit,
	&rule_go_boxing,
	&rule_go_typed_decode,
	&rule_go_value_slice,
	&rule_go_escape,
};

const size_t rule_cnt = sizeof(rules) / sizeof(*rules);

const struct rule *rule__find(const char *id)
{
	for (size_t i = 0; i < rule_cnt; i++)
		if (!strcmp(rules[i]->id, id))
			return rules[i];
	return NULL;
}

size_t rule__index(const struct rule *rule)
{
	size_t i = 0;

	while (rules[i] != rule)
		i++;
	return i;
}

void advice__set(struct advice *advice, const char *key, enum advice_unit unit,
		 enum advice_role role, struct figure figure)
{
	assert(advice->number_cnt < ADVICE_NUMBERS_MAX);
	advice->numbers[advice->number_cnt++] = (struct advice_number){key, unit, role, figure};
}

enum severity rule__severity(const struct rule *rule, double measure)
{
	if (measure >= rule->floor.high)
		return SEVERITY_HIGH;
	return measure >= rule->floor.medium ? SEVERITY_MEDIUM : SEVERITY_LOW;
}
