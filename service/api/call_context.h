// Who calls, under which limits: what a handler knows of its call besides
// the request. Neither gRPC nor HTTP.
//
// One CallContext belongs to one call. Cancel() may be called from any
// thread; everything else is written before the handler starts.

#ifndef COLLATE_SERVICE_API_CALL_CONTEXT_H_
#define COLLATE_SERVICE_API_CALL_CONTEXT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/access/roles.h"
#include "service/base/clock.h"
#include "service/query/snapshot.h"

namespace collate::api {

// What is recorded of a call (api/auditor.h), as far as it got. Never a figure.
struct Asked {
  std::string question;  // JSON
  std::string answer;    // its name, or that of the release
  // What was looked at.
  std::shared_ptr<const query::Snapshot> releases;
};

struct CallContext {
  explicit CallContext(const base::Clock& clock_in) : clock(clock_in) {}

  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  const base::Clock& clock;
  std::string method;      // "/collate.v1.StatisticsService/QueryStatistics"
  std::string request_id;  // the caller's, or made up
  std::string peer;        // address, as the transport writes it
  std::string principal;   // empty = not authenticated
  access::RoleSet roles;
  std::string disclosure_profile = "none";
  absl::Time deadline = absl::InfiniteFuture();
  Asked asked;

  void Cancel() { cancelled.store(true, std::memory_order_relaxed); }

  // True when nobody waits for the answer any more; handlers poll it.
  bool Cancelled() const {
    return cancelled.load(std::memory_order_relaxed) || Expired();
  }
  bool Expired() const { return clock.Now() >= deadline; }

  // The same for loops of one thread, that ask by the thousand: the clock is
  // looked at the first time and every 64th one. Not beyond the context.
  std::function<bool()> Poll() const {
    return [this, polls = 0u]() mutable {
      constexpr unsigned kPollsPerLook = 64;
      return cancelled.load(std::memory_order_relaxed) ||
             (polls++ % kPollsPerLook == 0 && Expired());
    };
  }

  // DEADLINE_EXCEEDED or CANCELLED once Cancelled(), else OK.
  absl::Status Check() const;

 private:
  std::atomic<bool> cancelled{false};
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CALL_CONTEXT_H_
