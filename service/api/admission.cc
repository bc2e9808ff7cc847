#include "service/api/admission.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/error.h"

namespace collate::api {

absl::string_view AddressOf(absl::string_view peer) {
  if (!absl::StartsWith(peer, "ipv")) return peer;
  return peer.substr(0, peer.rfind(':'));
}

absl::Status Overloaded(absl::string_view what, int limit) {
  return base::Error(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                     absl::StrCat("the service is busy: ", limit, " ", what,
                                  " at one time; try again later"))
      .With("limit_on", what)
      .With("limit", absl::StrCat(limit));
}

absl::Status Admission::Enter(absl::string_view peer) {
  const absl::string_view address = AddressOf(peer);
  absl::MutexLock lock(&mutex_);
  if (live_ >= options_.max_calls) {
    return Overloaded("calls", options_.max_calls);
  }
  int& of_address = by_address_[address];
  if (of_address >= options_.max_calls_per_address) {
    return Overloaded("calls of one address", options_.max_calls_per_address);
  }
  ++of_address;
  ++live_;
  return absl::OkStatus();
}

void Admission::Leave(absl::string_view peer) {
  absl::MutexLock lock(&mutex_);
  --live_;
  const auto found = by_address_.find(AddressOf(peer));
  if (found != by_address_.end() && --found->second == 0) {
    by_address_.erase(found);
  }
}

int Admission::live_count() const {
  absl::MutexLock lock(&mutex_);
  return live_;
}

bool Admission::WaitUntilEmpty(absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](const int* live) { return *live == 0; }, &live_),
      timeout);
}

}  // namespace collate::api
