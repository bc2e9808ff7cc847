// Whether somebody answers at one of our own listening addresses.
//
// Pure but for the network; any thread.

#ifndef COLLATE_SERVICE_TRANSPORT_REACH_H_
#define COLLATE_SERVICE_TRANSPORT_REACH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::transport {

// How this machine reaches what listens at `listen_address` with the port that
// it got: "0.0.0.0:0" and 7443 are "127.0.0.1:7443".
std::string OwnAddress(absl::string_view listen_address, int port);

// OK when a new connection to `address` (HOST:PORT or unix:/path) is accepted
// and then spoken to or ended: also by a listener that has no room for it, or
// that refuses a caller without a certificate. UNAVAILABLE when nobody
// accepts; DEADLINE_EXCEEDED when it stays silent, as one that waits in the
// queue of a listener that has died does.
absl::Status Reach(const std::string& address, bool encrypted,
                   absl::Duration timeout);

}  // namespace collate::transport

#endif  // COLLATE_SERVICE_TRANSPORT_REACH_H_
