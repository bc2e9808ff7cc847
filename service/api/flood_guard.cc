#include "service/api/flood_guard.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace collate::api {
namespace {

constexpr absl::Duration kWindow = absl::Milliseconds(100);
// Begun by one connection within a window, at least: twice as many as it may
// have open at a time.
constexpr int64_t kBurst = 2000;
// The same of methods that are none of ours: health, reflection, and those that
// there are not. gRPC answers them in its own time.
constexpr int64_t kOtherBurst = 100;
// For how long one that begins more is refused.
constexpr absl::Duration kPenalty = absl::Seconds(1);
constexpr absl::string_view kOurs = "/collate.v1.";
// What a connection's context says of its number, and a peer's name.
constexpr char kNumber[] = "collate_connection";
constexpr absl::string_view kUnix = "unix:";

bool IsOurs(const grpc_metadata* metadata, size_t count) {
  const auto view_of = [](const grpc_slice& slice) {
    return absl::string_view(
        reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)),
        GRPC_SLICE_LENGTH(slice));
  };
  for (size_t i = 0; i < count; ++i) {
    if (view_of(metadata[i].key) == ":path") {
      return absl::StartsWith(view_of(metadata[i].value), kOurs);
    }
  }
  return false;
}

using SharedGuard = std::shared_ptr<FloodGuard>;

// A connection has one context while it lives, which its first call numbers
// before anybody else sees it.
uint64_t NumberOf(grpc_auth_context* connection, FloodGuard& guard) {
  grpc_auth_property_iterator properties =
      grpc_auth_context_find_properties_by_name(connection, kNumber);
  const grpc_auth_property* found =
      grpc_auth_property_iterator_next(&properties);
  uint64_t number = 0;
  if (found != nullptr &&
      absl::SimpleAtoi(absl::string_view(found->value, found->value_length),
                       &number)) {
    return number;
  }
  number = guard.NextNumber();
  grpc_auth_context_add_cstring_property(connection, kNumber,
                                         absl::StrCat(number).c_str());
  return number;
}

// gRPC's hook at the beginning of a call. What callers show of themselves is
// looked at later (api/rpc.cc); here they are counted only.
void Ask(void* state, grpc_auth_context* connection,
         const grpc_metadata* metadata, size_t count,
         grpc_process_auth_metadata_done_cb done, void* call) {
  FloodGuard& guard = **static_cast<SharedGuard*>(state);
  const bool refused = guard.IsTooMany(NumberOf(connection, guard),
                                       IsOurs(metadata, count), absl::Now());
  done(call, nullptr, 0, nullptr, 0,
       refused ? GRPC_STATUS_RESOURCE_EXHAUSTED : GRPC_STATUS_OK,
       refused ? "too many calls at once on one connection; try again in a "
                 "second"
               : nullptr);
}
void Delete(void* state) { delete static_cast<SharedGuard*>(state); }

class PlaintextCredentials final : public grpc::ServerCredentials {
 public:
  explicit PlaintextCredentials(SharedGuard guard)
      : credentials_(grpc_insecure_server_credentials_create()) {
    GuardAgainstFloods(std::move(guard), credentials_);
  }
  ~PlaintextCredentials() override {
    grpc_server_credentials_release(credentials_);
  }

  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};

}  // namespace

FloodGuard::FloodGuard(int64_t calls_per_second)
    : burst_(std::max(kBurst, calls_per_second *
                                  absl::ToInt64Milliseconds(kWindow) / 1000)) {}

bool FloodGuard::IsTooMany(uint64_t connection, bool ours, absl::Time now) {
  std::lock_guard lock(mutex_);
  Sweep(now);
  Connection& one = connections_[connection];
  if (now < one.refused_until) return true;
  if (now - one.window >= kWindow || now < one.window) {
    one.window = now;
    one.begun = 0;
    one.others = 0;
  }
  if (!ours) ++one.others;
  if (++one.begun <= burst_ && one.others <= kOtherBurst) return false;
  one.refused_until = now + kPenalty;
  return true;
}

void FloodGuard::Refuse(uint64_t connection, absl::Time now) {
  std::lock_guard lock(mutex_);
  Sweep(now);
  connections_[connection].refused_until = now + kPenalty;
}

bool FloodGuard::Refuse(absl::string_view peer, absl::Time now) {
  uint64_t connection = 0;
  if (!absl::ConsumePrefix(&peer, kUnix) ||
      !absl::SimpleAtoi(peer, &connection)) {
    return false;
  }
  Refuse(connection, now);
  return true;
}

void FloodGuard::Sweep(absl::Time now) {
  if (now < swept_) {
    // A clock that was set back must not shut anybody out for long.
    connections_.clear();
  } else if (now - swept_ >= kPenalty) {
    absl::erase_if(connections_, [now](const auto& one) {
      return one.second.refused_until <= now &&
             now - one.second.window >= kWindow;
    });
  } else {
    return;
  }
  swept_ = now;
}

size_t FloodGuard::connection_count() const {
  std::lock_guard lock(mutex_);
  return connections_.size();
}

void GuardAgainstFloods(std::shared_ptr<FloodGuard> guard,
                        grpc_server_credentials* credentials) {
  grpc_server_credentials_set_auth_metadata_processor(
      credentials, {.process = &Ask,
                    .destroy = &Delete,
                    .state = new SharedGuard(std::move(guard))});
  // gRPC deletes it.
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

std::shared_ptr<grpc::ServerCredentials> MakePlaintextCredentials(
    std::shared_ptr<FloodGuard> guard) {
  return std::make_shared<PlaintextCredentials>(std::move(guard));
}

std::string PeerOf(const grpc::ServerContextBase& context) {
  std::string peer = context.peer();
  if (!absl::StartsWith(peer, kUnix)) return peer;
  peer.assign(kUnix.data(), kUnix.size());
  const auto connection = context.auth_context();
  if (connection == nullptr) return peer;
  for (const grpc::string_ref& number :
       connection->FindPropertyValues(kNumber)) {
    peer.append(number.data(), number.size());
  }
  return peer;
}

}  // namespace collate::api
