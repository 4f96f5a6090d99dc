// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that asks operator new for too much, catches bad_alloc, and goes on. Same protocol as
 * `calls`: "ready", a byte, the result, a byte, exit code 7.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <unistd.h>

static void wait_byte()
{
	char byte;

	if (read(STDIN_FILENO, &byte, 1) < 0)
		_exit(1);
}

static void say(const char *text, int n)
{
	if (write(STDOUT_FILENO, text, static_cast<size_t>(n)) != n)
		_exit(1);
}

__attribute__((noinline)) static char *ask(size_t bytes)
{
	char *p = new char[bytes];

	p[0] = static_cast<char>(bytes);
	return p;
}

struct node {
	char *payload;
	explicit node(size_t bytes) : payload(ask(bytes))
	{
	}
	~node()
	{
		delete[] payload;
	}
};

int main()
{
	volatile size_t huge = SIZE_MAX / 4, small = 100;
	int caught = 0, kept = 0;
	char line[64];

	say("ready\n", 6);
	wait_byte();
	for (int i = 0; i < 1009; i++) {
		try {
			node first(small + static_cast<size_t>(i));
			node second(i % 2 ? small : huge);

			kept++;
		} catch (const std::bad_alloc &) {
			caught++;
		}
	}
	say(line, snprintf(line, sizeof(line), "caught %d, kept %d\n", caught, kept));
	wait_byte();
	return 7;
}
