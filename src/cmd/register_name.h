/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of enum hb_reg. Called by cmd/. */
#ifndef HB_CMD_REGISTER_NAME_H
#define HB_CMD_REGISTER_NAME_H

/* "rdi" for HB_REG_DI; "?" for a number that is none. Static text. */
const char *register__name(unsigned reg);

#endif
