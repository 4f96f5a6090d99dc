/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of pointers between threads: any number of senders and takers, first in first out.
 * The pointers are opaque: whoever takes one owns it, and a full or closed box leaves it with the
 * sender. An eventfd lets a box stand in an epoll loop.
 *
 * Called by unwind/ (requests in, answers out).
 */
#ifndef HB_MAILBOX_H
#define HB_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

struct mailbox;

/* A box for at most @cap (at least 1) letters. NULL with errno set. */
struct mailbox *mailbox__new(size_t cap);
/* Letters still inside are lost: take them first. NULL is fine. */
void mailbox__free(struct mailbox *mailbox);

/* Append @letter (not NULL). 0, -EAGAIN if the box is full, -EPIPE if it is closed. Never blocks. */
int mailbox__put(struct mailbox *mailbox, void *letter);
/* The oldest letter, or NULL if there is none. Never blocks. */
void *mailbox__take(struct mailbox *mailbox);
/* The oldest letter, waiting for one; NULL when the box is closed and empty, or after @timeout_ms
 * (negative: no limit). */
void *mailbox__wait(struct mailbox *mailbox, int timeout_ms);

/* No letter comes in any more; those inside can still be taken; waiters wake up. */
void mailbox__close(struct mailbox *mailbox);
bool mailbox__is_closed(struct mailbox *mailbox);

/* Readable exactly while letters wait. Poll it only; the box reads and writes it. */
int mailbox__fd(const struct mailbox *mailbox);

#endif
