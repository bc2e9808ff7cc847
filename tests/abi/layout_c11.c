/* The header as a C11 compiler sees it: -Wpedantic, -Wpadded, -Werror. */
#include "plugins/sdk/adapter.h"
#include "tests/abi/layout.inc"

const char* collate_first_line_in_c(void);

/* Proves that the header can be used, not only read, from C. */
const char* collate_first_line_in_c(void) { return COLLATE_ADAPTER_SYMBOL; }
