#include "service/query/follower.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "service/base/status_macros.h"

namespace collate::query {
namespace {

// Whether a shard that comes back would make more readable.
bool WaitsForAShard(const Snapshot& snapshot) {
  return std::any_of(
      snapshot.releases().begin(), snapshot.releases().end(),
      [](const auto& loaded) { return absl::IsUnavailable(loaded->problem); });
}

}  // namespace

Follower::Follower(Options options)
    : options_(std::move(options)),
      seen_(options_.seen),
      tried_(absl::Now()),
      thread_([this] { Run(); }) {}

Follower::~Follower() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Follower::Run() {
  bool went_well = true;
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ended_.wait_for(lock, absl::ToChronoNanoseconds(options_.interval),
                          [this] { return ending_; })) {
    lock.unlock();
    const absl::Status looked = Look();
    if (looked.ok() != went_well) options_.changed(looked);
    went_well = looked.ok();
    lock.lock();
  }
}

absl::Status Follower::Look() {
  COLLATE_ASSIGN_OR_RETURN(const std::string now, options_.generation());
  const bool due = absl::Now() - tried_ >= options_.retry &&
                   WaitsForAShard(*options_.publisher->Current());
  if (now == seen_ && !due) return absl::OkStatus();
  tried_ = absl::Now();
  COLLATE_RETURN_IF_ERROR(options_.publisher->Refresh());
  // Taken before the store was read: what changed since is seen next time.
  seen_ = now;
  return absl::OkStatus();
}

}  // namespace collate::query
