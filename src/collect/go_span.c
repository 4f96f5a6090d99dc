// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_span.h"

#include "base/banned.h"

#define GO_PAGE 8192U

static const struct {
	uint16_t object_bytes;
	uint8_t pages;
} classes[GO_SIZE_CLASSES] = {
	{0, 0},	    {8, 1},	{16, 1},     {24, 1},	 {32, 1},    {48, 1},	 {64, 1},
	{80, 1},    {96, 1},	{112, 1},    {128, 1},	 {144, 1},   {160, 1},	 {176, 1},
	{192, 1},   {208, 1},	{224, 1},    {240, 1},	 {256, 1},   {288, 1},	 {320, 1},
	{352, 1},   {384, 1},	{416, 1},    {448, 1},	 {480, 1},   {512, 1},	 {576, 1},
	{640, 1},   {704, 1},	{768, 1},    {896, 1},	 {1024, 1},  {1152, 1},	 {1280, 1},
	{1408, 2},  {1536, 1},	{1792, 2},   {2048, 1},	 {2304, 2},  {2688, 1},	 {3072, 3},
	{3200, 2},  {3456, 3},	{4096, 1},   {4864, 3},	 {5376, 2},  {6144, 3},	 {6528, 4},
	{6784, 5},  {6912, 6},	{8192, 1},   {9472, 7},	 {9728, 6},  {10240, 5}, {10880, 4},
	{12288, 3}, {13568, 5}, {14336, 7},  {16384, 2}, {18432, 9}, {19072, 7}, {20480, 5},
	{21760, 8}, {24576, 3}, {27264, 10}, {28672, 7}, {32768, 4},
};

uint32_t go_span__object_bytes(uint32_t size_class)
{
	return size_class < GO_SIZE_CLASSES ? classes[size_class].object_bytes : 0;
}

uint32_t go_span__bytes(uint32_t size_class)
{
	uint32_t object = go_span__object_bytes(size_class);

	return object ? classes[size_class].pages * GO_PAGE / object * object : 0;
}
