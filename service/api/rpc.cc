#include "service/api/rpc.h"

#include <chrono>
#include <exception>
#include <new>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace collate::api {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr size_t kMaxRequestId = 64;
// Ingestions, with the workers that inherit it, and downloads give way to
// questions: about a tenth of a processor that both want.
constexpr int kStreamNice = 10;

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

Rpc::Rpc(const Options& options)
    : options_(options),
      run_id_(MakeRunId()),
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
  absl::Status status = admission_.Enter(context.peer);
  if (!status.ok()) return status;
  call.admitted = true;
  return options_.authorizer->Check(method, context);
}

grpc::Status Rpc::Close(const Call& call, const absl::Status& outcome) {
  if (call.place != nullptr) call.place->Leave(call.context.peer);
  const int64_t latency =
      absl::ToInt64Microseconds(options_.clock->Now() - call.started);
  const base::Severity severity =
      outcome.code() == absl::StatusCode::kInternal ||
              outcome.code() == absl::StatusCode::kDataLoss ||
              outcome.code() == absl::StatusCode::kUnknown
          ? base::Severity::kError
          : base::Severity::kInfo;
  if (outcome.ok()) {
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
  return ToGrpcStatus(outcome);
}

void Rpc::Forget(const Call& call) {
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
