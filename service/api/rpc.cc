#include "service/api/rpc.h"

#include <chrono>
#include <exception>
#include <new>
#include <random>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/disclosure/profile.h"

namespace collate::api {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr size_t kMaxRequestId = 64;
// Ingestions, with the workers that inherit it, and downloads give way to
// questions: about a tenth of a processor that both want.
constexpr int kStreamNice = 10;
// Calls of one connection within a second that were refused, cancelled by their
// caller, or reset before their message was read, beyond which it is ended.
// Nobody who heeds a refusal, or waits for an answer, comes near it.
constexpr int64_t kMostUseless = 1000;
// The same of calls that are none of ours: health, reflection, and methods that
// there are not.
constexpr int64_t kMostOthers = 50;
constexpr char kRetryKey[] = "grpc-retry-pushback-ms";

// Letters, digits and -._ only: it goes into logs and trailers.
bool IsRequestId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestId &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '.' || c == '_';
         });
}

std::string MakeRunId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8));
}

std::string ReasonOf(const absl::Status& status) {
  return base::DetailOf(status).reason;
}

// What a caller shows of itself.
access::Credentials CredentialsOf(
    const grpc::CallbackServerContext& server_context) {
  access::Credentials credentials;
  const auto& metadata = server_context.client_metadata();
  const auto token = metadata.find("authorization");
  if (token != metadata.end()) {
    credentials.authorization.assign(token->second.data(),
                                     token->second.size());
  }
  const std::shared_ptr<const grpc::AuthContext> transport =
      server_context.auth_context();
  if (transport == nullptr || !transport->IsPeerAuthenticated()) {
    return credentials;
  }
  static constexpr std::pair<const char*, const char*> kNames[] = {
      {GRPC_PEER_URI_PROPERTY_NAME, "uri:"},
      {GRPC_PEER_DNS_PROPERTY_NAME, "dns:"},
      {GRPC_PEER_EMAIL_PROPERTY_NAME, "email:"}};
  for (const auto& [property, kind] : kNames) {
    for (const grpc::string_ref& name :
         transport->FindPropertyValues(property)) {
      credentials.certificate_names.push_back(
          absl::StrCat(kind, absl::string_view(name.data(), name.size())));
    }
  }
  return credentials;
}

}  // namespace

Rpc::Rpc(const Options& options)
    : options_(options),
      run_id_(MakeRunId()),
      auditor_(options.audit),
      calls_(options.max_calls_per_second),
      useless_(kMostUseless),
      others_(kMostOthers),
      logged_(1),
      admission_(options.admission),
      executor_(options.executor),
      ingestions_(
          {.thread_count = options.max_ingestions,
           .queue_capacity = static_cast<size_t>(options.max_ingestions),
           .nice = kStreamNice}),
      downloads_({.thread_count = options.max_downloads,
                  .queue_capacity = static_cast<size_t>(options.max_downloads),
                  .nice = kStreamNice}),
      live_ingestions_({.max_calls = options.max_ingestions,
                        .max_calls_per_address = options.max_ingestions,
                        .what = "ingestions"}),
      live_downloads_(
          {.max_calls = options.max_downloads,
           .max_calls_per_address = options.max_downloads_per_address,
           .what = "downloads"}) {}

absl::Status Rpc::Open(grpc::CallbackServerContext& server_context,
                       absl::string_view method, Kind kind, Call& call) {
  CallContext& context = call.context;
  call.started = options_.clock->Now();
  call.server_context = &server_context;
  context.method = std::string(method);
  context.peer = server_context.peer();
  context.disclosure_profile = options_.disclosure_profile;
  const auto& metadata = server_context.client_metadata();
  const auto id = metadata.find(kRequestIdKey);
  if (id != metadata.end() &&
      IsRequestId(absl::string_view(id->second.data(), id->second.size()))) {
    context.request_id = std::string(id->second.data(), id->second.size());
  } else {
    context.request_id = absl::StrCat(
        run_id_, "-", next_request_.fetch_add(1, std::memory_order_relaxed));
  }
  server_context.AddTrailingMetadata(kRequestIdKey, context.request_id);
  absl::Time latest = call.started;
  switch (kind) {
    case Kind::kQuestion:
      latest += options_.max_duration;
      break;
    case Kind::kIngestion:
      latest += options_.max_ingestion_duration;
      break;
    case Kind::kDownload:
      latest += options_.max_download_duration;
      break;
  }
  context.deadline =
      std::min(absl::FromChrono(server_context.deadline()), latest);

  if (draining_.load()) {
    return base::Error(absl::StatusCode::kUnavailable, "DRAINING",
                       "the service is stopping; call again, it may be back");
  }
  EndSilent(call.started);
  absl::Status status = Admit(context.peer, call.started);
  if (!status.ok()) return status;
  call.admitted = true;
  status =
      options_.authorizer->Identify(CredentialsOf(server_context), context);
  if (!status.ok()) return status;
  status = options_.authorizer->Check(method, context);
  if (status.ok() && options_.authorizer->SeesRestricted(context)) {
    context.disclosure_profile = std::string(disclosure::kNoProfile);
  }
  return status;
}

absl::Status Rpc::Admit(absl::string_view peer, absl::Time now) {
  absl::Status status;
  const absl::Duration wait = calls_.Take(AddressOf(peer), now);
  if (wait > absl::ZeroDuration()) {
    status =
        base::Error(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                    absl::StrCat("more than ", calls_.per_second(),
                                 " calls a second of one address; try again "
                                 "later"))
            .With("limit_on", "calls a second of one address")
            .With("limit", absl::StrCat(calls_.per_second()))
            .RetryAfter(wait);
  } else {
    status = admission_.Enter(peer);
  }
  if (!status.ok()) CountUseless(peer, now);
  return status;
}

void Rpc::CountUseless(absl::string_view peer, absl::Time now) {
  if (options_.disconnect && useless_.Take(peer, now) > absl::ZeroDuration()) {
    options_.disconnect(peer);
  }
}

void Rpc::CountOther(absl::string_view peer) {
  if (options_.disconnect &&
      others_.Take(peer, options_.clock->Now()) > absl::ZeroDuration()) {
    options_.disconnect(peer);
  }
}

void Rpc::Cancel(Call& call) {
  call.context.Cancel();
  // A refused one has been counted.
  if (call.admitted) CountUseless(call.context.peer, options_.clock->Now());
}

absl::Status Rpc::Begin(Call& call) {
  const absl::Status status = call.context.Check();
  return status.ok() ? auditor_.Begin(call.context) : status;
}

grpc::Status Rpc::Close(Call& call, const absl::Status& outcome) {
  if (call.place != nullptr) call.place->Leave(call.context.peer);
  if (call.admitted) auditor_.End(call.context, outcome);
  const int64_t latency =
      absl::ToInt64Microseconds(options_.clock->Now() - call.started);
  const base::Severity severity =
      outcome.code() == absl::StatusCode::kInternal ||
              outcome.code() == absl::StatusCode::kDataLoss ||
              outcome.code() == absl::StatusCode::kUnknown
          ? base::Severity::kError
          : base::Severity::kInfo;
  if (!call.admitted) {
    // By the thousand they would fill the disk, in the audit log and in this.
    const int64_t refused = ++refused_;
    if (logged_.Take(AddressOf(call.context.peer), call.started) ==
        absl::ZeroDuration()) {
      options_.log->Warning("calls refused",
                            {{"peer", call.context.peer},
                             {"reason", ReasonOf(outcome)},
                             {"refused_since_start", refused}},
                            call.context.request_id);
    }
  } else if (outcome.ok()) {
    options_.log->Write(severity, "call",
                        {{"method", call.context.method},
                         {"peer", call.context.peer},
                         {"code", "OK"},
                         {"latency_us", latency}},
                        call.context.request_id);
  } else {
    options_.log->Write(severity, "call",
                        {{"method", call.context.method},
                         {"peer", call.context.peer},
                         {"code", absl::StatusCodeToString(outcome.code())},
                         {"reason", ReasonOf(outcome)},
                         {"message", outcome.message()},
                         {"latency_us", latency}},
                        call.context.request_id);
  }
  if (!outcome.ok()) {
    const auto delay = base::DetailOf(outcome).retry_delay;
    if (delay.has_value()) {
      call.server_context->AddTrailingMetadata(
          kRetryKey, absl::StrCat(absl::ToInt64Milliseconds(*delay)));
    } else if (outcome.code() == absl::StatusCode::kResourceExhausted) {
      // What is over a limit is over it the next time, too.
      call.server_context->AddTrailingMetadata(kRetryKey, "-1");
    }
  }
  if (call.admitted) {
    const absl::Time now = options_.clock->Now();
    std::lock_guard lock(leaving_mutex_);
    call.leaving = leaving_.insert(leaving_.end(), {now, call.context.peer});
  }
  return ToGrpcStatus(outcome);
}

void Rpc::EndSilent(absl::Time now) {
  std::vector<std::string> silent;
  {
    std::lock_guard lock(leaving_mutex_);
    while (!leaving_.empty() &&
           now - leaving_.front().since > options_.max_silence) {
      silent.push_back(leaving_.front().peer);
      // Until gRPC has noticed.
      leaving_.front().since = now;
      leaving_.splice(leaving_.end(), leaving_, leaving_.begin());
    }
  }
  if (!options_.disconnect) return;
  for (const std::string& peer : silent) options_.disconnect(peer);
}

void Rpc::Forget(Call& call) {
  if (call.leaving.has_value()) {
    std::lock_guard lock(leaving_mutex_);
    leaving_.erase(*call.leaving);
  }
  if (call.admitted) admission_.Leave(call.context.peer);
}

absl::Status Rpc::Schedule(base::Executor::Task task) {
  if (executor_.TrySchedule(std::move(task))) return absl::OkStatus();
  return Overloaded("calls waiting or running",
                    options_.executor.thread_count +
                        static_cast<int>(options_.executor.queue_capacity));
}

absl::Status Rpc::ScheduleIngestion(base::Executor::Task task, Call& call) {
  return ScheduleStream(ingestions_, live_ingestions_, std::move(task), call);
}

absl::Status Rpc::ScheduleDownload(base::Executor::Task task, Call& call) {
  return ScheduleStream(downloads_, live_downloads_, std::move(task), call);
}

absl::Status Rpc::ScheduleStream(base::Executor& executor, Admission& places,
                                 base::Executor::Task task, Call& call) {
  absl::Status status = places.Enter(call.context.peer);
  if (!status.ok()) return status;
  // Before the task may run, and end the call.
  call.place = &places;
  if (executor.TrySchedule(std::move(task))) return absl::OkStatus();
  return Overloaded(places.options().what, places.options().max_calls);
}

void Rpc::Shutdown() {
  ingestions_.Shutdown();
  downloads_.Shutdown();
  executor_.Shutdown();
}

absl::Status Guarded(const std::function<absl::Status()>& handle) {
  try {
    return handle();
  } catch (const std::bad_alloc&) {
    return base::Error(absl::StatusCode::kResourceExhausted, "OUT_OF_MEMORY",
                       "the service ran out of memory for this call");
  } catch (const std::exception& exception) {
    return base::Error(absl::StatusCode::kInternal, "UNEXPECTED_EXCEPTION",
                       absl::StrCat("a library failed: ", exception.what()));
  } catch (...) {
    return base::Error(absl::StatusCode::kInternal, "UNEXPECTED_EXCEPTION",
                       "a library failed without saying how");
  }
}

absl::Status Outcome(const CallContext& context, absl::Status status) {
  if (status.code() != absl::StatusCode::kCancelled) return status;
  const absl::Status why = context.Check();
  return why.ok() ? status : why;
}

}  // namespace collate::api
