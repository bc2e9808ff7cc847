// CRC-32C (Castagnoli), the checksum of everything that is stored. It finds
// bytes that changed by accident; it is no defence against a forger.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_CRC32C_H_
#define COLLATE_SERVICE_STORE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace collate::store {

// Crc32c(b, Crc32c(a)) is the checksum of a followed by b.
uint32_t Crc32c(absl::string_view bytes, uint32_t before = 0);

// The same without the processor's instruction, for those that have none.
uint32_t Crc32cByTables(absl::string_view bytes, uint32_t before = 0);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CRC32C_H_
