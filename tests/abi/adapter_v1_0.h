/* The contract between collate and an adapter, as plain C.
 *
 * An adapter reads one publisher's documents. It is a shared library that
 * exports one function, collate_adapter_v1(), which returns a constant table.
 * collate loads it in a process of its own, hands it one document, and takes
 * what it reads through a table of host functions. adapter.hpp is a C++20
 * layer over this header; an adapter in another language needs only this one.
 *
 * Rules
 *
 *  1. Version. COLLATE_ABI_MAJOR must be equal on both sides; the host's
 *     COLLATE_ABI_MINOR must be at least the adapter's. Anything else is
 *     refused, never tried.
 *  2. Growth. Structs that stand in arrays (collate_str, collate_pair,
 *     collate_decimal, collate_locator) and collate_error are frozen. Every
 *     other struct begins with `size`, which its writer sets to its own
 *     sizeof, and grows at the end, with a new minor. A reader looks at no
 *     member beyond `size`; a member that is not there counts as zero. A
 *     `size` below that of 1.0 is refused, and so is one above what the host
 *     knows; an adapter accepts a larger one.
 *  3. No padding. The header compiles with -Wpadded -Werror, so that a new
 *     member can never hide inside a size that an older peer accepts.
 *  4. Enumerations. Fields are int32_t, the numbers are the COLLATE_* below.
 *     0 is UNSPECIFIED and is refused, as is every number not listed.
 *     `reserved` members are 0.
 *  5. Text is UTF-8, without a terminating NUL and without NUL inside.
 *     `data` may be null when `size` is 0. A text is at most
 *     COLLATE_MAX_TEXT bytes.
 *  6. Ownership. Whatever a pointer leads to is lent for the duration of the
 *     call that it was passed to; the receiver copies what it wants to keep;
 *     nobody frees or changes the other's memory. The one exception: the
 *     table from collate_adapter_v1() and all it leads to live, unchanged,
 *     until the process ends.
 *  7. Threads. [main] is called on the thread that called the adapter's
 *     function, while that call lasts. [any] may be called from any thread
 *     while it lasts.
 *  8. Results. Functions return a COLLATE_CODE_*, 0 for success. A host
 *     function that returns another code wants the adapter to stop: return
 *     that code at once.
 *  9. Nothing is thrown across the boundary, and no function of it calls
 *     exit(), abort() or longjmp().
 * 10. Facts only. An adapter gives labels, tokens and values as printed, with
 *     the cell they stand in. It adds no published cells up (it may count the
 *     records of a row-level document) and knows no codes of collate's.
 * 11. Nothing is dropped in silence. What is read and not emitted is
 *     accounted for or diagnosed; what cannot be read refuses the document.
 */

#ifndef COLLATE_PLUGINS_SDK_ADAPTER_H_
#define COLLATE_PLUGINS_SDK_ADAPTER_H_

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX != UINT64_MAX
#error "the adapter ABI is defined for 64-bit platforms"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define COLLATE_ABI_MAJOR 1
#define COLLATE_ABI_MINOR 0

/* Bytes of one text; entries of one list of an observation or a table. */
#define COLLATE_MAX_TEXT 262144
#define COLLATE_MAX_LIST 256

/* The canonical codes of gRPC. */
enum collate_code {
  COLLATE_CODE_OK = 0,
  COLLATE_CODE_CANCELLED = 1,
  COLLATE_CODE_UNKNOWN = 2,
  COLLATE_CODE_INVALID_ARGUMENT = 3, /* the document is not as it should be */
  COLLATE_CODE_DEADLINE_EXCEEDED = 4,
  COLLATE_CODE_NOT_FOUND = 5,
  COLLATE_CODE_ALREADY_EXISTS = 6,
  COLLATE_CODE_PERMISSION_DENIED = 7,
  COLLATE_CODE_RESOURCE_EXHAUSTED = 8, /* a limit was met */
  COLLATE_CODE_FAILED_PRECONDITION = 9,
  COLLATE_CODE_ABORTED = 10,
  COLLATE_CODE_OUT_OF_RANGE = 11,
  COLLATE_CODE_UNIMPLEMENTED = 12, /* a good document of a kind not read */
  COLLATE_CODE_INTERNAL = 13,      /* a bug of the adapter */
  COLLATE_CODE_UNAVAILABLE = 14,
  COLLATE_CODE_DATA_LOSS = 15, /* bytes could not be had */
  COLLATE_CODE_UNAUTHENTICATED = 16
};

/* What a printed cell says, when it is more or less than a number. Numbers
 * beyond the last are of answers alone, and refused. */
enum collate_state {
  COLLATE_STATE_UNSPECIFIED = 0,
  COLLATE_STATE_REPORTED = 1,       /* an exact value, may be a true zero */
  COLLATE_STATE_ROUNDED = 2,        /* published to a base */
  COLLATE_STATE_SUPPRESSED = 3,     /* a number exists and is withheld */
  COLLATE_STATE_PARTIAL_PERIOD = 4, /* covers less than its period */
  COLLATE_STATE_REFUSED = 5,        /* asked, refused; the ground: `reason` */
  COLLATE_STATE_NO_RESPONSE = 6,    /* asked, no answer by the due date */
  COLLATE_STATE_NO_RELEASE = 7,     /* nothing is held from this reporter */
  COLLATE_STATE_OMITTED_BY_PUBLISHER = 8,
  COLLATE_STATE_NOT_HELD = 9, /* answered: not recorded */
  COLLATE_STATE_NOT_YET_PUBLISHED = 10,
  COLLATE_STATE_NOT_ASKED = 11,
  COLLATE_STATE_NOT_APPLICABLE = 12,
  COLLATE_STATE_INCLUDED_ELSEWHERE = 13, /* in another named member */
  COLLATE_STATE_AGGREGATED = 14,         /* only given with others */
  COLLATE_STATE_WITHDRAWN = 15,          /* published, then retracted */
  COLLATE_STATE_DROPPED_IN_EDITION = 16,
  COLLATE_STATE_NOT_SHOWN = 17, /* a blank, or an undeclared marker */
  COLLATE_STATE_NOT_CROSSED = 18
};

/* Bits of collate_observation.flags. */
enum collate_flag {
  COLLATE_FLAG_PROVISIONAL = 1,
  COLLATE_FLAG_REVISED = 2,
  COLLATE_FLAG_ESTIMATED = 4,
  COLLATE_FLAG_SERIES_BREAK = 8,
  COLLATE_FLAG_DEFINITION_DIFFERS = 16,
  COLLATE_FLAG_TOTAL_MISMATCH = 32, /* the printed total does not add up */
  COLLATE_FLAG_SYNTHETIC = 64,
  COLLATE_FLAG_REPEATED_KEY_ADDED = 128,
  /* the printed total counts cells without a figure as 0 */
  COLLATE_FLAG_TOTAL_IGNORES_MARKERS = 256,
  COLLATE_FLAG_ALL = 511
};

/* How a cell relates to the others of its table along `level_axis`. */
enum collate_level {
  COLLATE_LEVEL_UNSPECIFIED = 0,
  COLLATE_LEVEL_LEAF = 1,
  COLLATE_LEVEL_TOTAL = 2,
  COLLATE_LEVEL_SUBTOTAL = 3,
  COLLATE_LEVEL_OF_WHICH = 4, /* a part that is listed beside its whole */
  COLLATE_LEVEL_UNKNOWN = 5,  /* "not stated", "unknown" */
  COLLATE_LEVEL_RESIDUAL = 6  /* "other" */
};

/* Whether cells of a table may be added. */
enum collate_aggregation {
  COLLATE_AGGREGATION_UNSPECIFIED = 0,
  COLLATE_AGGREGATION_SUM = 1,   /* counts */
  COLLATE_AGGREGATION_NONE = 2,  /* percentages, rates, medians */
  COLLATE_AGGREGATION_UNIQUE = 3 /* distinct things, may overlap */
};

/* What it means when a table prints one key twice. */
enum collate_repeats {
  COLLATE_REPEATS_UNSPECIFIED = 0,
  COLLATE_REPEATS_ERROR = 1,
  COLLATE_REPEATS_ADD = 2,
  COLLATE_REPEATS_CONFLICT = 3
};

/* Whether the parts of a table make up the whole. */
enum collate_partition {
  COLLATE_PARTITION_UNSPECIFIED = 0,
  COLLATE_PARTITION_COMPLETE = 1,
  COLLATE_PARTITION_INCOMPLETE = 2,
  COLLATE_PARTITION_MULTI_RESPONSE = 3 /* one case may stand in several */
};

/* The least a figure can be. A fact of the table, not of the measure's name:
 * one publisher prints counts and figures net of transfers side by side. */
enum collate_floor {
  COLLATE_FLOOR_UNSPECIFIED = 0,
  COLLATE_FLOOR_ZERO = 1, /* counts: cannot be negative */
  COLLATE_FLOOR_NONE = 2  /* net figures: a negative one is real */
};

enum collate_severity {
  COLLATE_SEVERITY_UNSPECIFIED = 0,
  COLLATE_SEVERITY_INFO = 1,
  COLLATE_SEVERITY_WARNING = 2,
  COLLATE_SEVERITY_ERROR = 3
};

/* What a document is read for. */
enum collate_purpose {
  COLLATE_PURPOSE_UNSPECIFIED = 0,
  COLLATE_PURPOSE_INGEST = 1,
  COLLATE_PURPOSE_PREVIEW = 2, /* as INGEST; nothing will be published */
  COLLATE_PURPOSE_SUGGEST = 3  /* inspect(): attach proposals for people */
};

/* The form in which a period was printed; days say what it is. */
enum collate_period_kind {
  COLLATE_PERIOD_UNSPECIFIED = 0,
  COLLATE_PERIOD_FINANCIAL_YEAR = 1,    /* April to March */
  COLLATE_PERIOD_FINANCIAL_QUARTER = 2, /* Q1 is April to June */
  COLLATE_PERIOD_CALENDAR_YEAR = 3,
  COLLATE_PERIOD_CALENDAR_QUARTER = 4,
  COLLATE_PERIOD_MONTH = 5,
  COLLATE_PERIOD_ROLLING_YEAR = 6, /* 12 whole months ending in any month */
  COLLATE_PERIOD_INTERVAL = 7,
  COLLATE_PERIOD_DAY = 8 /* a stock date */
};

/* Bits of collate_observation.has: which numbers are there. */
enum collate_has {
  COLLATE_HAS_VALUE = 1,
  COLLATE_HAS_LOWER = 2,
  COLLATE_HAS_UPPER = 4,
  COLLATE_HAS_ALL = 7
};

/* ---- Values; frozen ---------------------------------------------------- */

typedef struct collate_str {
  const char* data;
  size_t size;
} collate_str;

/* Lists of pairs are sorted by key (bytewise); a key may repeat where the
 * list's owner says so. */
typedef struct collate_pair {
  collate_str key;
  collate_str value;
} collate_pair;

/* mantissa * 10^-scale, exactly; scale is 0 to 18. */
typedef struct collate_decimal {
  int64_t mantissa;
  int64_t scale;
} collate_decimal;

/* Where a cell stands. Rows, columns and lines count from 1, 0 is none; the
 * *_end are inclusive, 0 means a single cell. Bytes are [begin, end). */
typedef struct collate_locator {
  collate_str part;  /* archive member or page; empty = the document */
  collate_str sheet; /* empty for text */
  uint32_t row;      /* record number; a header is row 1 */
  uint32_t column;
  uint32_t row_end;
  uint32_t column_end;
  uint64_t line; /* physical line on which the record begins */
  uint64_t byte_begin;
  uint64_t byte_end;
} collate_locator;

/* Filled in by an adapter that fails; the memory is the host's. Both texts end
 * with NUL; a longer one is cut by the adapter. `reason` is a stable
 * UPPER_SNAKE word. Where in the document goes into a diagnostic. */
typedef struct collate_error {
  char reason[64];
  char message[4032];
} collate_error;

/* ---- What the host hands over ------------------------------------------ */

/* A document or a resource: random access to bytes that do not change. */
typedef struct collate_file {
  size_t size;
  collate_str name; /* without folders */
  collate_str media_type;
  collate_str sha256_hex;
  uint64_t byte_count;
  const uint8_t* bytes; /* null when not mapped; read_at always works */
  void* ctx;
  /* [any] Copies up to n bytes from `offset`; fewer only at the end. Returns
   * the count, 0 at the end, or minus a COLLATE_CODE_*. */
  int64_t (*read_at)(void* ctx, uint64_t offset, void* out, size_t n);
} collate_file;

typedef struct collate_document {
  size_t size;
  const collate_file* file;
  /* Recipes and mappings that belong to the adapter, sorted by name. */
  const collate_file* const* resources;
  size_t resource_count;
  /* What the sender says of the document: reporter, period, request
   * reference. A key may repeat. */
  const collate_pair* manifest;
  size_t manifest_count;
  /* The options declared in the adapter's manifest file, each once, checked
   * against its type, defaults filled in. */
  const collate_pair* options;
  size_t option_count;
  uint32_t index; /* of `count` documents of one release, from 0 */
  uint32_t count;
  int32_t purpose; /* collate_purpose */
  int32_t reserved;
  /* Limits that a reader has to keep, 0 = none stated. */
  uint64_t max_cells;
  uint64_t max_inflated_bytes;
  uint64_t max_ratio;   /* inflated bytes for each stored one */
  uint64_t max_entries; /* members of an archive */
} collate_document;

/* ---- What the adapter hands over --------------------------------------- */

/* What the rows of one table mean. */
typedef struct collate_table {
  size_t size;
  collate_str id; /* unique within the document; required */
  collate_str title;
  collate_str measure; /* the family's own word; required */
  collate_str unit;    /* what is counted, e.g. "offences"; required */
  collate_str recipe;  /* empty unless read by a recipe */
  int32_t aggregation; /* collate_aggregation */
  int32_t repeats;     /* collate_repeats */
  int32_t partition;   /* collate_partition */
  int32_t floor;       /* collate_floor */
  /* Axes on which one case can have several answers. */
  const collate_str* multi_response;
  size_t multi_response_count;
  /* What the table claims to cover: "period", "universe" ...; a key may
   * repeat. */
  const collate_pair* extent;
  size_t extent_count;
  collate_locator locator;
} collate_table;

/* One printed cell, or one count of records. */
typedef struct collate_observation {
  size_t size;
  uint64_t table; /* handle from begin_table() */
  /* Who supplied the figure, as printed; both empty = the manifest's. */
  collate_str reporter;
  collate_str reporter_code;
  /* Days since 1970-01-01, [start, end); all four 0 or empty = the
   * manifest's. */
  int32_t period_start;
  int32_t period_end;
  int32_t period_kind; /* collate_period_kind */
  int32_t state;       /* collate_state */
  collate_str period_text;
  /* Axis -> label as printed; an axis stands once. */
  const collate_pair* dimensions;
  size_t dimension_count;
  int32_t level;          /* collate_level */
  int32_t has;            /* collate_has */
  collate_str level_axis; /* empty = the row as a whole */
  collate_str parent;     /* label of the whole, for SUBTOTAL and OF_WHICH */
  collate_decimal value;  /* zero where `has` lacks its bit */
  collate_decimal lower;
  collate_decimal upper;
  uint64_t flags;     /* collate_flag */
  collate_str raw;    /* the token as printed, spaces included */
  collate_str reason; /* ground of a refusal, meaning of a marker */
  /* For people; two forms, `stated_coverage:` and `printed_by:`, have a
   * meaning, see plugins/README.md. */
  const collate_str* notes;
  size_t note_count;
  collate_locator locator;
  const collate_locator* headers; /* the cells that give it its meaning */
  size_t header_count;
  uint64_t records; /* 0 = a published cell; n = counted from n records */
} collate_observation;

/* A finding about the document. */
typedef struct collate_diagnostic {
  size_t size;
  int32_t severity;   /* collate_severity */
  int32_t code;       /* collate_code; 0 unless severity is ERROR */
  collate_str reason; /* stable UPPER_SNAKE word; required */
  collate_str message;
  collate_str expected;
  collate_str found;
  collate_locator locator;
  uint64_t repeats; /* how often it was found, at least 1 */
} collate_diagnostic;

/* The functions that an adapter may call. */
typedef struct collate_host {
  size_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  void* ctx; /* first argument of each function */
  /* [main] Begins a table and gives its handle. Tables stay open: rows of
   * several may alternate. */
  int32_t (*begin_table)(void* ctx, const collate_table* table,
                         uint64_t* handle);
  /* [main] Takes n observations, in the order of the document. Hand over
   * hundreds at a time. */
  int32_t (*emit)(void* ctx, const collate_observation* const* rows, size_t n);
  /* [main] Takes a finding. An ERROR does not end the reading by itself. */
  int32_t (*diagnose)(void* ctx, const collate_diagnostic* diagnostic);
  /* [main] Adds n to what was read, observed, ignored or lost:
   * "rows_read", "rows_observed", "cells_ignored" ... Of a document that was
   * read whole and is known to hold no figure, "documents_without_figures" is
   * 1: a release of such documents is published with no observation, where
   * otherwise a release that nothing came of is refused. */
  int32_t (*account)(void* ctx, collate_str what, uint64_t n);
  /* [main] Hands over something for people, e.g. a proposed recipe. */
  int32_t (*attach)(void* ctx, collate_str name, collate_str media_type,
                    const void* content, size_t size);
  /* [main] Tells how far the reading has come; total 0 = unknown. Call it now
   * and then: it returns COLLATE_CODE_CANCELLED when nobody waits any more. */
  int32_t (*progress)(void* ctx, uint64_t done, uint64_t total);
} collate_host;

/* ---- The adapter ------------------------------------------------------- */

/* A kind of document that the adapter reads. */
typedef struct collate_family {
  size_t size;
  collate_str id; /* [a-z0-9_]+, unique within the adapter */
  collate_str title;
} collate_family;

/* Identity and families must equal the adapter's manifest file: collate lists
 * and chooses adapters by that file, without running their code. */
typedef struct collate_adapter {
  size_t size;
  uint32_t abi_major; /* COLLATE_ABI_MAJOR, as compiled */
  uint32_t abi_minor;
  collate_str id;      /* [a-z][a-z0-9_]*, the name of folder and library */
  collate_str version; /* MAJOR.MINOR.PATCH */
  collate_str title;
  const collate_family* const* families; /* in the order of the manifest */
  size_t family_count;
  /* [main] Optional, may be null. Looks at a document whose purpose is
   * SUGGEST; may diagnose, account and attach, begins no table. */
  int32_t (*inspect)(const collate_host* host, const collate_document* document,
                     collate_error* error);
  /* [main] Required. Reads one document. On failure returns a code and fills
   * in *error. Called once in the life of a process. */
  int32_t (*read)(const collate_host* host, const collate_document* document,
                  collate_error* error);
} collate_adapter;

/* The one exported symbol. [main] Called once, never fails; null is refused. */
typedef const collate_adapter* (*collate_adapter_v1_fn)(void);
#define COLLATE_ADAPTER_SYMBOL "collate_adapter_v1"

#if defined(__GNUC__)
#define COLLATE_ADAPTER_EXPORT __attribute__((visibility("default")))
#else
#define COLLATE_ADAPTER_EXPORT
#endif

COLLATE_ADAPTER_EXPORT const collate_adapter* collate_adapter_v1(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* COLLATE_PLUGINS_SDK_ADAPTER_H_ */
