// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/publication.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"

/* One lock, held for a few instructions: neither side waits for the other's work. */
struct publisher {
	pthread_mutex_t lock;
	struct publication *latest;
	uint64_t made;	 /* number of the newest analysis that was put */
	uint64_t begun;	 /* of one that may be under way: too old for who asks now */
	uint64_t wanted; /* somebody waits for this number or a later one */
};

static unsigned int ref(unsigned int *refs)
{
	return __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

/* Acquire and release: who frees must see what every other reader did before. */
static bool unref(unsigned int *refs)
{
	return !__atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL);
}

struct analysis *analysis__new(struct view *view, struct advice_list *advice,
			       struct name_source names, uint64_t at_ns, uint64_t number)
{
	struct analysis *analysis = malloc(sizeof(*analysis));

	if (!analysis) {
		advice_list__free(advice);
		view__free(view);
		return NULL;
	}
	*analysis = (struct analysis){
		.view = view,
		.advice = advice,
		.names = names,
		.at_ns = at_ns,
		.number = number,
		.refs = 1,
	};
	return analysis;
}

struct analysis *analysis__ref(struct analysis *analysis)
{
	if (analysis)
		ref(&analysis->refs);
	return analysis;
}

void analysis__unref(struct analysis *analysis)
{
	if (!analysis || !unref(&analysis->refs))
		return;
	advice_list__free(analysis->advice);
	view__free(analysis->view);
	free(analysis);
}

struct publication *publication__new(struct host *host, struct analysis *analysis)
{
	struct publication *publication = malloc(sizeof(*publication));

	if (!publication) {
		host__free(host);
		return NULL;
	}
	*publication = (struct publication){
		.host = host,
		.analysis = analysis__ref(analysis),
		.refs = 1,
	};
	return publication;
}

void publication__unref(struct publication *publication)
{
	if (!publication || !unref(&publication->refs))
		return;
	analysis__unref(publication->analysis);
	host__free(publication->host);
	free(publication);
}

struct publisher *publisher__new(void)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (publisher)
		pthread_mutex_init(&publisher->lock, NULL);
	return publisher;
}

void publisher__free(struct publisher *publisher)
{
	if (!publisher)
		return;
	publication__unref(publisher->latest);
	pthread_mutex_destroy(&publisher->lock);
	free(publisher);
}

void publisher__put(struct publisher *publisher, struct publication *publication)
{
	struct publication *old;

	pthread_mutex_lock(&publisher->lock);
	old = publisher->latest;
	publisher->latest = publication;
	if (publication->analysis && publication->analysis->number > publisher->made)
		publisher->made = publication->analysis->number;
	pthread_mutex_unlock(&publisher->lock);
	/* freeing may take milliseconds: not under the lock */
	publication__unref(old);
}

struct publication *publisher__get(struct publisher *publisher)
{
	struct publication *publication;

	pthread_mutex_lock(&publisher->lock);
	publication = publisher->latest;
	if (publication)
		ref(&publication->refs);
	pthread_mutex_unlock(&publisher->lock);
	return publication;
}

uint64_t publisher__want_analysis(struct publisher *publisher)
{
	uint64_t number;

	pthread_mutex_lock(&publisher->lock);
	number = publisher->made > publisher->begun ? publisher->made : publisher->begun;
	number++;
	if (number > publisher->wanted)
		publisher->wanted = number;
	pthread_mutex_unlock(&publisher->lock);
	return number;
}

bool publisher__is_wanted(struct publisher *publisher, uint64_t made)
{
	bool wanted;

	pthread_mutex_lock(&publisher->lock);
	wanted = publisher->wanted > made;
	/* the loop makes number made + 1 now: who asks meanwhile gets the one after it */
	if (wanted && made + 1 > publisher->begun)
		publisher->begun = made + 1;
	pthread_mutex_unlock(&publisher->lock);
	return wanted;
}
