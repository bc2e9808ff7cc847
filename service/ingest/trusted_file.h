// Reads files that nobody but root and the service's own user can have
// written: what is code must come from a place that others cannot reach.
//
// Functions are pure but for the file system; any thread.

#ifndef COLLATE_SERVICE_INGEST_TRUSTED_FILE_H_
#define COLLATE_SERVICE_INGEST_TRUSTED_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace collate::ingest {

// The folder that the running program was installed into: the parent of its
// bin/. Empty when it cannot be told.
std::string InstallationPrefix();

// The bytes of `names`, one below the other, below `directory`.
//
// No link is followed below `directory`, whose own links are resolved first;
// the file, its folders and all their parents down from `root` ("/" when
// `directory` does not lie in it) have to belong to root or the service's user
// and to be writable by nobody else: a sticky folder such as /tmp is not
// enough. NOT_FOUND when something is absent, PERMISSION_DENIED when it is not
// to be trusted, naming what and why, RESOURCE_EXHAUSTED above `max_bytes`.
absl::StatusOr<std::string> ReadTrustedFile(
    const std::string& root, const std::string& directory,
    const std::vector<std::string>& names, uint64_t max_bytes);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_TRUSTED_FILE_H_
