/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of every record type, by name: one row of a table for a type. Called by export/dump.c; a
 * unit test holds it against record__validate(), so that no type is left out.
 */
#ifndef HB_RECORD_LAYOUT_H
#define HB_RECORD_LAYOUT_H

#include "collect/record.h"

enum field_kind {
	FIELD_NUMBER, /* unsigned, of 2, 4 or 8 bytes */
	FIELD_SIGNED, /* of 4 bytes */
	FIELD_HEX,    /* an address, a hash */
	FIELD_STRING, /* offset in the record */
	FIELD_BYTES,  /* as they are, in hexadecimal digits */
	FIELD_LIST,   /* numbers of 8 bytes */
};

struct record_field {
	const char *name; /* NULL ends a list */
	uint16_t offset, bytes;
	uint8_t kind; /* enum field_kind */
};

/* Rows behind the fixed part. */
struct record_rows {
	const char *name; /* NULL: none */
	uint16_t cnt_at;  /* a number of 4 bytes in the fixed part */
	uint16_t row_bytes;
	const struct record_field *fields;
};

struct record_layout {
	uint16_t type;
	const char *name;
	uint16_t fixed_bytes;
	const struct record_field *fields;
	struct record_rows rows;
};

/* The layout of @type, or NULL where it is not known. */
const struct record_layout *record_layout__of(uint16_t type);

#endif
