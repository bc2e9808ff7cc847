// Which handlers answer a call: those of what is stored, or those of what the
// deployment's disclosure profile shows of it. The one place that decides.

#ifndef COLLATE_SERVICE_API_BY_PROFILE_H_
#define COLLATE_SERVICE_API_BY_PROFILE_H_

#include "service/api/call_context.h"
#include "service/disclosure/profile.h"

namespace collate::api {

// What is pointed to outlives it. Thread-safe.
template <typename Handlers>
struct ByProfile {
  const Handlers* stored = nullptr;
  // Set wherever a call can have a profile: Server::Start holds to that.
  const Handlers* shown = nullptr;

  const Handlers& Of(const CallContext& context) const {
    return context.disclosure_profile == disclosure::kNoProfile ? *stored
                                                                : *shown;
  }
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_BY_PROFILE_H_
