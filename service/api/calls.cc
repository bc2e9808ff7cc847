#include "service/api/calls.h"

#include <algorithm>
#include <exception>
#include <new>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/disclosure/profile.h"

namespace collate::api {
namespace {

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

}  // namespace

Calls::Calls(const Options& options)
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

Calls::~Calls() { Shutdown(); }

void Calls::AddTransport(std::function<void(absl::string_view)> disconnect) {
  std::lock_guard lock(transports_mutex_);
  transports_.push_back(std::move(disconnect));
}

void Calls::Disconnect(absl::string_view peer) {
  std::lock_guard lock(transports_mutex_);
  for (const auto& disconnect : transports_) disconnect(peer);
}

absl::Status Calls::Open(Arrival arrival, absl::string_view method, Kind kind,
                         Call& call) {
  CallContext& context = call.context;
  call.kind = kind;
  call.started = options_.clock->Now();
  context.method = std::string(method);
  context.peer = std::move(arrival.peer);
  context.disclosure_profile = options_.disclosure_profile;
  context.request_id =
      IsRequestId(arrival.request_id)
          ? std::move(arrival.request_id)
          : absl::StrCat(run_id_, "-",
                         next_request_.fetch_add(1, std::memory_order_relaxed));
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
  context.deadline = std::min(arrival.deadline, latest);

  if (draining_.load()) {
    return base::Error(absl::StatusCode::kUnavailable, "DRAINING",
                       "the service is stopping; call again, it may be back");
  }
  EndSilent(call.started);
  absl::Status status = Admit(context.peer, call.started);
  if (!status.ok()) return status;
  call.admitted = true;
  status = options_.authorizer->Identify(arrival.credentials, context);
  if (!status.ok()) return status;
  status = options_.authorizer->Check(method, context);
  if (status.ok() && options_.authorizer->SeesRestricted(context)) {
    context.disclosure_profile = std::string(disclosure::kNoProfile);
  }
  return status;
}

absl::Status Calls::Admit(absl::string_view peer, absl::Time now) {
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

void Calls::CountUseless(absl::string_view peer, absl::Time now) {
  if (useless_.Take(peer, now) > absl::ZeroDuration()) Disconnect(peer);
}

void Calls::CountOther(absl::string_view peer) {
  if (others_.Take(peer, options_.clock->Now()) > absl::ZeroDuration()) {
    Disconnect(peer);
  }
}

void Calls::Cancel(Call& call) {
  call.context.Cancel();
  // A refused one has been counted.
  if (call.admitted) CountUseless(call.context.peer, options_.clock->Now());
}

absl::Status Calls::Begin(Call& call) {
  const absl::Status status = call.context.Check();
  return status.ok() ? auditor_.Begin(call.context) : status;
}

void Calls::Close(Call& call, const absl::Status& outcome) {
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
  if (options_.metrics != nullptr) {
    if (call.admitted) {
      options_.metrics->CountCall(call.context.method, outcome.code(),
                                  absl::Microseconds(latency));
    } else {
      options_.metrics->CountRefused();
    }
  }
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
  if (call.admitted) {
    const absl::Time now = options_.clock->Now();
    std::lock_guard lock(leaving_mutex_);
    call.leaving = leaving_.insert(leaving_.end(), {now, call.context.peer});
  }
}

void Calls::EndSilent(absl::Time now) {
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
  for (const std::string& peer : silent) Disconnect(peer);
}

void Calls::Forget(Call& call) {
  if (call.leaving.has_value()) {
    std::lock_guard lock(leaving_mutex_);
    leaving_.erase(*call.leaving);
  }
  if (call.admitted) admission_.Leave(call.context.peer);
}

absl::Status Calls::Schedule(base::Executor::Task task, Call& call) {
  switch (call.kind) {
    case Kind::kQuestion:
      break;
    case Kind::kIngestion:
      return ScheduleStream(ingestions_, live_ingestions_, std::move(task),
                            call);
    case Kind::kDownload:
      return ScheduleStream(downloads_, live_downloads_, std::move(task), call);
  }
  if (executor_.TrySchedule(std::move(task))) return absl::OkStatus();
  return Overloaded("calls waiting or running",
                    options_.executor.thread_count +
                        static_cast<int>(options_.executor.queue_capacity));
}

absl::Status Calls::ScheduleStream(base::Executor& executor, Admission& places,
                                   base::Executor::Task task, Call& call) {
  absl::Status status = places.Enter(call.context.peer);
  if (!status.ok()) return status;
  // Before the task may run, and end the call.
  call.place = &places;
  if (executor.TrySchedule(std::move(task))) return absl::OkStatus();
  return Overloaded(places.options().what, places.options().max_calls);
}

size_t Calls::pending_count(Kind kind) const {
  switch (kind) {
    case Kind::kQuestion:
      return executor_.pending_count();
    case Kind::kIngestion:
      return ingestions_.pending_count();
    case Kind::kDownload:
      return downloads_.pending_count();
  }
  return 0;
}

void Calls::Shutdown() {
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
