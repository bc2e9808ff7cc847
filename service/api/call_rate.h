// How often something may happen within a second, for each key by itself.
//
// Counts whole seconds, so that memory is bounded by the keys of one of them.
// Thread-safe.

#ifndef COLLATE_SERVICE_API_CALL_RATE_H_
#define COLLATE_SERVICE_API_CALL_RATE_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::api {

class CallRate {
 public:
  explicit CallRate(int64_t per_second) : per_second_(per_second) {}

  // Nothing while `key` has not used up its second, else how long that goes
  // on.
  absl::Duration Take(absl::string_view key, absl::Time now);

  // As if one of this second had not been.
  void GiveBack(absl::string_view key);

  int64_t per_second() const { return per_second_; }

 private:
  const int64_t per_second_;
  // Guards the rest. std::mutex, since ThreadSanitizer sees through it.
  std::mutex mutex_;
  absl::Time second_ = absl::InfinitePast();
  absl::flat_hash_map<std::string, int64_t> taken_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CALL_RATE_H_
