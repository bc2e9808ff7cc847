#include "service/api/admission.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

// Calls end within milliseconds; who comes again sooner makes it worse.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

}  // namespace

absl::string_view AddressOf(absl::string_view peer) {
  return peer.substr(0, peer.rfind(':'));
}

absl::Status Overloaded(absl::string_view what, int limit) {
  return base::Error(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                     absl::StrCat("the service is busy: ", limit, " ", what,
                                  " at one time; try again later"))
      .With("limit_on", what)
      .With("limit", absl::StrCat(limit))
      .RetryAfter(kRetryDelay);
}

absl::Status Admission::Enter(absl::string_view peer) {
  const absl::string_view address = AddressOf(peer);
  std::unique_lock lock(mutex_);
  if (live_ >= options_.max_calls) {
    return Overloaded(options_.what, options_.max_calls);
  }
  int& of_address = by_address_[address];
  if (of_address >= options_.max_calls_per_address) {
    return Overloaded(absl::StrCat(options_.what, " of one address"),
                      options_.max_calls_per_address);
  }
  ++of_address;
  ++live_;
  return absl::OkStatus();
}

void Admission::Leave(absl::string_view peer) {
  std::unique_lock lock(mutex_);
  // Under the lock: whoever waits may take this object down afterwards.
  if (--live_ == 0) empty_.notify_all();
  const auto found = by_address_.find(AddressOf(peer));
  if (found != by_address_.end() && --found->second == 0) {
    by_address_.erase(found);
  }
}

int Admission::live_count() const {
  std::unique_lock lock(mutex_);
  return live_;
}

bool Admission::WaitUntilEmpty(absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  const auto is_empty = [this] { return live_ == 0; };
  if (timeout == absl::InfiniteDuration()) {
    empty_.wait(lock, is_empty);
    return true;
  }
  return empty_.wait_until(lock, absl::ToChronoTime(absl::Now() + timeout),
                           is_empty);
}

}  // namespace collate::api
