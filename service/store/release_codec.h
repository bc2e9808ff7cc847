// What a stored release must satisfy, and its checksum.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_RELEASE_CODEC_H_
#define COLLATE_SERVICE_STORE_RELEASE_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/store/store.h"

namespace collate::store {

// INVALID_ARGUMENT (reason INVALID_RELEASE) unless names, digests, times,
// counts and locators of the draft fit each other.
absl::Status ValidateDraft(const ReleaseDraft& draft);

// CRC-32C over every field of the release but Document.retained, which other
// releases of the same document may change.
uint32_t ReleaseCrc(const Release& release);

// Store::Fingerprint of a release whose chunks have these checksums.
std::string FingerprintOf(Release release,
                          const std::vector<uint32_t>& chunk_crcs);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_RELEASE_CODEC_H_
