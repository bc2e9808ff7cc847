#include "service/api/call_rate.h"

namespace collate::api {

absl::Duration CallRate::Take(absl::string_view key, absl::Time now) {
  constexpr absl::Duration kSecond = absl::Seconds(1);
  std::lock_guard lock(mutex_);
  if (now < second_ || now - second_ >= kSecond) {
    second_ = now;
    taken_.clear();
  }
  int64_t& taken = taken_[key];
  if (taken >= per_second_) return second_ + kSecond - now;
  ++taken;
  return absl::ZeroDuration();
}

void CallRate::GiveBack(absl::string_view key) {
  std::lock_guard lock(mutex_);
  const auto found = taken_.find(key);
  if (found != taken_.end() && found->second > 0) --found->second;
}

}  // namespace collate::api
