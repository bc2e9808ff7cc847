/* An adapter as it was written against the first released header, in C, without
 * anything that came later. It has to be loaded and served for as long as the
 * major version is 1; adapter_v1_0.h is never changed.
 *
 * Reads lines of the form "Kent 182". */
#include <string.h>

#include "tests/abi/adapter_v1_0.h"

static collate_str Str(const char* text) {
  collate_str str = {text, strlen(text)};
  return str;
}

static int32_t Refuse(collate_error* error, const char* reason) {
  strcpy(error->reason, reason);
  strcpy(error->message, "the document is not as it should be");
  return COLLATE_CODE_INVALID_ARGUMENT;
}

static int32_t Read(const collate_host* host, const collate_document* document,
                    collate_error* error) {
  char bytes[4096];
  const int64_t size =
      document->file->read_at(document->file->ctx, 0, bytes, sizeof(bytes));
  if (size < 0) return COLLATE_CODE_DATA_LOSS;
  if (size == (int64_t)sizeof(bytes)) return Refuse(error, "TOO_LONG");

  collate_table table = {0};
  table.size = sizeof(table);
  table.id = Str("t");
  table.measure = Str("recorded offences");
  table.unit = Str("offences");
  table.aggregation = COLLATE_AGGREGATION_SUM;
  table.repeats = COLLATE_REPEATS_ERROR;
  table.partition = COLLATE_PARTITION_INCOMPLETE;
  table.floor = COLLATE_FLOOR_ZERO;
  uint64_t handle = 0;
  int32_t code = host->begin_table(host->ctx, &table, &handle);
  if (code != COLLATE_CODE_OK) return code;

  uint32_t line = 0;
  for (int64_t from = 0; from < size;) {
    int64_t end = from;
    while (end < size && bytes[end] != '\n') ++end;
    int64_t space = from;
    while (space < end && bytes[space] != ' ') ++space;
    if (space == end) return Refuse(error, "NO_FIGURE");
    int64_t value = 0;
    for (int64_t i = space + 1; i < end; ++i) {
      if (bytes[i] < '0' || bytes[i] > '9') return Refuse(error, "NO_FIGURE");
      value = 10 * value + (bytes[i] - '0');
    }
    const collate_pair offence = {Str("offence"), Str("88A")};
    collate_observation row = {0};
    row.size = sizeof(row);
    row.table = handle;
    row.reporter.data = bytes + from;
    row.reporter.size = (size_t)(space - from);
    row.period_start = 19448; /* 1 April 2023 */
    row.period_end = 19814;
    row.period_kind = COLLATE_PERIOD_FINANCIAL_YEAR;
    row.period_text = Str("2023/24");
    row.state = COLLATE_STATE_REPORTED;
    row.dimensions = &offence;
    row.dimension_count = 1;
    row.level = COLLATE_LEVEL_LEAF;
    row.has = COLLATE_HAS_VALUE;
    row.value.mantissa = value;
    row.raw.data = bytes + space + 1;
    row.raw.size = (size_t)(end - space - 1);
    row.locator.line = ++line;
    row.locator.row = line;
    row.locator.column = 2;
    const collate_observation* rows[] = {&row};
    code = host->emit(host->ctx, rows, 1);
    if (code != COLLATE_CODE_OK) return code;
    from = end + 1;
  }
  return host->account(host->ctx, Str("rows_read"), line);
}

COLLATE_ADAPTER_EXPORT const collate_adapter* collate_adapter_v1(void) {
  static collate_family family;
  static const collate_family* families[] = {&family};
  static collate_adapter adapter;
  family.size = sizeof(family);
  family.id = Str("lines");
  family.title = Str("A name and a number on each line");
  adapter.size = sizeof(adapter);
  adapter.abi_major = COLLATE_ABI_MAJOR;
  adapter.abi_minor = COLLATE_ABI_MINOR;
  adapter.id = Str("first_release");
  adapter.version = Str("1.0.0");
  adapter.title = Str("Written against the first released header");
  adapter.families = families;
  adapter.family_count = 1;
  adapter.read = Read;
  return &adapter;
}
