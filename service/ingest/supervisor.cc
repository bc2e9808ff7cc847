#include "service/ingest/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "collate/worker/v1/worker.pb.h"
#include "service/base/descriptor.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/child.h"
#include "service/ingest/frame_reader.h"
#include "service/ingest/sealed_file.h"
#include "service/worker/protocol.h"

namespace collate::ingest {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr size_t kKeptOutput = size_t{64} << 10;
constexpr size_t kToldOutput = 2048;  // in an error's metadata
constexpr absl::Duration kPollEvery = absl::Milliseconds(50);
// A worker that has closed its output has nothing left to do but to end.
constexpr absl::Duration kEndGrace = absl::Seconds(2);

template <typename T>
T Least(T service, T adapter) {
  return adapter == 0 ? service : std::min(service, adapter);
}

// The service's limits, lowered to what the adapter's manifest asks for.
WorkerLimits LimitsFor(const WorkerLimits& limits,
                       const AdapterEntry& adapter) {
  WorkerLimits result = limits;
  result.memory_bytes = Least(limits.memory_bytes, adapter.limits.memory_bytes);
  result.cpu_seconds = Least(limits.cpu_seconds, adapter.limits.cpu_seconds);
  if (adapter.limits.wall_seconds != 0) {
    result.wall =
        std::min(limits.wall, absl::Seconds(adapter.limits.wall_seconds));
  }
  return result;
}

void AddPairs(const Pairs& from,
              google::protobuf::RepeatedPtrField<worker::v1::Pair>* to) {
  for (const auto& [key, value] : from) {
    worker::v1::Pair& pair = *to->Add();
    pair.set_key(key);
    pair.set_value(value);
  }
}

worker::v1::Job MakeJob(const ReadJob& job, const WorkerLimits& limits,
                        bool probe) {
  const AdapterEntry& from = *job.adapter;
  worker::v1::Job to;
  to.set_probe(probe);
  to.set_protocol(worker::kProtocolVersion);
  to.set_parent_pid(getpid());
  worker::v1::Adapter& adapter = *to.mutable_adapter();
  adapter.set_path(from.library_path);
  adapter.set_fd(worker::kDocumentFd + 1 +
                 static_cast<int>(from.resources.size()));
  adapter.set_installed(from.installed);
  adapter.set_sha256(from.sha256);
  adapter.set_id(from.id);
  adapter.set_version(from.version);
  adapter.set_abi_major(from.abi_major);
  adapter.set_abi_minor(from.abi_minor);
  adapter.set_title(from.title);
  for (const AdapterFamily& family : from.families) {
    adapter.add_families(family.id);
  }
  worker::v1::File& document = *to.mutable_document();
  document.set_name(job.name);
  document.set_media_type(job.media_type);
  document.set_sha256(job.sha256);
  document.set_byte_count(static_cast<uint64_t>(job.byte_count));
  document.set_fd(worker::kDocumentFd);
  for (const AdapterResource& resource : from.resources) {
    worker::v1::File& file = *to.add_resources();
    file.set_name(resource.name);
    file.set_sha256(resource.file->sha256());
    file.set_byte_count(resource.file->byte_count());
    file.set_fd(worker::kDocumentFd + to.resources_size());
  }
  AddPairs(job.manifest, to.mutable_manifest());
  AddPairs(job.options, to.mutable_options());
  to.set_index(static_cast<uint32_t>(job.index));
  to.set_count(static_cast<uint32_t>(job.count));
  to.set_purpose(static_cast<int32_t>(job.purpose));
  to.set_stop_at_call(job.stop_at_call);
  worker::v1::Limits& bounds = *to.mutable_limits();
  bounds.set_memory_bytes(static_cast<uint64_t>(limits.memory_bytes));
  bounds.set_cpu_seconds(static_cast<uint32_t>(limits.cpu_seconds));
  bounds.set_output_bytes(static_cast<uint64_t>(limits.output_bytes));
  bounds.set_max_rows(static_cast<uint64_t>(limits.max_rows));
  bounds.set_max_cells(from.limits.max_cells);
  bounds.set_max_inflated_bytes(from.limits.max_inflated_bytes);
  bounds.set_max_ratio(from.limits.max_ratio);
  bounds.set_max_entries(from.limits.max_entries);
  return to;
}

absl::StatusOr<std::string> Framed(const worker::v1::Job& job) {
  const size_t size = job.ByteSizeLong();
  if (size > worker::kMaxFrameBytes) {
    return base::Error(
        absl::StatusCode::kInvalidArgument, "JOB_TOO_LARGE",
        absl::StrCat("manifest and options of the document have ", size,
                     " bytes; at most ", worker::kMaxFrameBytes,
                     " are handed on"));
  }
  std::string bytes;
  for (size_t i = 0; i < worker::kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>((size >> (8 * i)) & 0xff));
  }
  if (!job.AppendToString(&bytes)) {
    return absl::InternalError("a job that cannot be serialised");
  }
  return bytes;
}

// Nothing of the service's environment is the worker's business, except what
// steers a sanitizer that it was built with.
std::vector<std::string> Environment() {
  std::vector<std::string> variables = {"LC_ALL=C.UTF-8", "TZ=UTC"};
#ifdef COLLATE_SANITIZED
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) {
      variables.push_back(absl::StrCat(name, "=", value));
    }
  }
#endif
  return variables;
}

struct Pipe {
  base::Descriptor reader;  // does not block
  base::Descriptor writer;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return base::Error(
        absl::StatusCode::kInternal, "WORKER_NOT_STARTED",
        absl::StrCat("cannot start a worker: pipe: ", std::strerror(errno)));
  }
  Pipe pipe;
  pipe.reader = base::Descriptor(fds[0]);
  pipe.writer = base::Descriptor(fds[1]);
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return pipe;
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? absl::StrCat("signal ", signal)
                         : absl::StrCat("SIG", name);
}

// The code that belongs to a reason which the worker itself gives; UNKNOWN
// when it may not give it.
absl::StatusCode CodeOf(absl::string_view reason) {
  if (reason == "ADAPTER_NOT_LOADABLE" || reason == "ADAPTER_ABI_MISMATCH" ||
      reason == "ADAPTER_MANIFEST_MISMATCH" || reason == "SANDBOX_INCOMPLETE") {
    return absl::StatusCode::kFailedPrecondition;
  }
  if (reason == "ADAPTER_OUTPUT_LIMIT" || reason == "ADAPTER_OUT_OF_MEMORY") {
    return absl::StatusCode::kResourceExhausted;
  }
  if (reason == "ADAPTER_PROTOCOL_ERROR" || reason == "ADAPTER_CRASHED" ||
      reason == "WORKER_FAILED") {
    return absl::StatusCode::kInternal;
  }
  return absl::StatusCode::kUnknown;
}

// Ends that an adapter which is in order does not come to.
bool IsDeath(const absl::Status& outcome) {
  const std::string reason = base::DetailOf(outcome).reason;
  for (const char* death :
       {"ADAPTER_CRASHED", "ADAPTER_ENDED_EARLY", "ADAPTER_PROTOCOL_ERROR",
        "ADAPTER_TIMEOUT", "ADAPTER_CPU_LIMIT", "ADAPTER_OUT_OF_MEMORY",
        "ADAPTER_OUTPUT_LIMIT"}) {
    if (reason == death) return true;
  }
  return false;
}

// One reading, from the first byte to the last.
class Reading {
 public:
  Reading(const ReadJob& job, const WorkerLimits& limits,
          const ReadControl& control)
      : job_(job),
        limits_(limits),
        control_(control),
        frames_({.adapter_id = job.adapter->id,
                 .adapter_version = job.adapter->version,
                 .max_rows = limits.max_rows,
                 .result_bytes = limits.result_bytes,
                 .progress = control.progress}) {}

  // A probe ends when the sandbox is closed, and reads nothing.
  absl::Status Run(const std::string& worker_path, bool probe) {
    COLLATE_ASSIGN_OR_RETURN(const std::string bytes,
                             Framed(MakeJob(job_, limits_, probe)));
    COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const SealedFile> job_file,
                             SealedFile::Make("job", bytes));
    COLLATE_ASSIGN_OR_RETURN(Pipe output, MakePipe());
    COLLATE_ASSIGN_OR_RETURN(Pipe frames, MakePipe());
    std::vector<int> fds = {job_file->fd(), frames.writer.get(), job_.fd};
    for (const AdapterResource& resource : job_.adapter->resources) {
      fds.push_back(resource.file->fd());
    }
    fds.push_back(job_.adapter->library->fd());
    const absl::Time start = absl::Now();
    COLLATE_ASSIGN_OR_RETURN(
        Child child,
        Child::Spawn(worker_path, output.writer.get(), fds, Environment()));
    frames.writer.Close();
    output.writer.Close();

    const absl::Status stopped =
        Listen(start + limits_.wall, frames.reader, output.reader, child);
    if (stopped.ok() && frames_.trailer() == nullptr) {
      AwaitEnd(child, std::min(start + limits_.wall, absl::Now() + kEndGrace));
    }
    // Whoever ended by himself is told apart before he is waited for.
    const bool ended = child.HasEnded();
    const ExitStatus exit = child.KillAndWait();
    Drain(output.reader);
    if (!stopped.ok()) return Told(stopped);
    if (frames_.trailer() != nullptr) return Outcome(*frames_.trailer());
    return EndedEarly(ended, exit);
  }

  RawDocument& document() { return frames_.document(); }
  const worker::v1::Hello* hello() const { return frames_.hello(); }

 private:
  // Takes what the worker writes until it ends or has to be stopped; an error
  // is why it has to.
  absl::Status Listen(absl::Time deadline, const base::Descriptor& frames,
                      const base::Descriptor& output, const Child& child) {
    std::string buffer(kReadBytes, '\0');
    bool output_open = true;
    while (true) {
      if (control_.cancelled && control_.cancelled()) {
        return base::Error(absl::StatusCode::kCancelled, "READ_CANCELLED",
                           "the reading was cancelled");
      }
      const absl::Time now = absl::Now();
      if (now >= deadline) {
        return base::Error(absl::StatusCode::kDeadlineExceeded,
                           "ADAPTER_TIMEOUT",
                           absl::StrCat("it did not finish within ",
                                        absl::FormatDuration(limits_.wall)))
            .With("limit", absl::FormatDuration(limits_.wall));
      }
      pollfd fds[] = {{frames.get(), POLLIN, 0},
                      {output_open ? output.get() : -1, POLLIN, 0}};
      const int wait = static_cast<int>(absl::ToInt64Milliseconds(
          std::min(kPollEvery, deadline - now) + absl::Milliseconds(1)));
      const int ready = poll(fds, 2, wait);
      if (ready < 0 && errno != EINTR) {
        return absl::InternalError(
            absl::StrCat("poll: ", std::strerror(errno)));
      }
      // Something that the worker left behind may hold its pipes open.
      const bool ended = ready == 0 && child.HasEnded();
      if (fds[1].revents != 0) {
        const ssize_t n = Take(output, &buffer);
        if (n == 0) output_open = false;
        if (n > 0) {
          Keep(absl::string_view(buffer.data(), static_cast<size_t>(n)));
          COLLATE_RETURN_IF_ERROR(Count(static_cast<size_t>(n)));
        }
      }
      if (fds[0].revents != 0) {
        const ssize_t n = Take(frames, &buffer);
        if (n == 0) return absl::OkStatus();
        if (n > 0) {
          COLLATE_RETURN_IF_ERROR(Count(static_cast<size_t>(n)));
          COLLATE_RETURN_IF_ERROR(frames_.Append(
              absl::string_view(buffer.data(), static_cast<size_t>(n))));
        }
      }
      if (ended) return absl::OkStatus();
    }
  }

  // 0 at the end, -1 when there is nothing now.
  static ssize_t Take(const base::Descriptor& from, std::string* buffer) {
    const ssize_t n = read(from.get(), buffer->data(), buffer->size());
    return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
  }

  absl::Status Count(size_t bytes) {
    byte_count_ += static_cast<int64_t>(bytes);
    if (byte_count_ > limits_.output_bytes + kTrailerAllowance) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "ADAPTER_OUTPUT_LIMIT",
                         absl::StrCat("its output is above ",
                                      limits_.output_bytes, " bytes"))
          .With("limit", absl::StrCat(limits_.output_bytes));
    }
    return absl::OkStatus();
  }

  // The end of what it printed is what it died of.
  void Keep(absl::string_view bytes) {
    absl::StrAppend(&printed_, bytes);
    if (printed_.size() > 2 * kKeptOutput) {
      printed_.erase(0, printed_.size() - kKeptOutput);
    }
  }

  void Drain(const base::Descriptor& output) {
    std::string buffer(kReadBytes, '\0');
    for (size_t left = kKeptOutput; left > 0;) {
      const ssize_t n = Take(output, &buffer);
      if (n <= 0) return;
      Keep(absl::string_view(buffer.data(), static_cast<size_t>(n)));
      left -= std::min(left, static_cast<size_t>(n));
    }
  }

  static void AwaitEnd(const Child& child, absl::Time deadline) {
    while (!child.HasEnded() && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  absl::Status EndedEarly(bool ended, const ExitStatus& exit) const {
    if (!ended) {
      return Told(base::Error(absl::StatusCode::kInternal,
                              "ADAPTER_ENDED_EARLY",
                              "it closed its output before the end"));
    }
    if (exit.signal == 0) {
      return Told(
          base::Error(absl::StatusCode::kInternal, "ADAPTER_ENDED_EARLY",
                      absl::StrCat("its process ended before the document was "
                                   "read, with exit code ",
                                   exit.exit_code))
              .With("exit_code", absl::StrCat(exit.exit_code)));
    }
    const std::string name = SignalName(exit.signal);
    const bool out_of_time =
        exit.signal == SIGXCPU ||
        (exit.signal == SIGKILL &&
         exit.cpu_time >= absl::Seconds(limits_.cpu_seconds));
    if (out_of_time) {
      return Told(base::Error(absl::StatusCode::kResourceExhausted,
                              "ADAPTER_CPU_LIMIT",
                              absl::StrCat("it used its ", limits_.cpu_seconds,
                                           " seconds of processor time"))
                      .With("limit", absl::StrCat(limits_.cpu_seconds, "s"))
                      .With("signal", name));
    }
    return Told(base::Error(absl::StatusCode::kInternal, "ADAPTER_CRASHED",
                            absl::StrCat("its process was ended by ", name))
                    .With("signal", name));
  }

  absl::Status Outcome(const worker::v1::Trailer& trailer) const {
    if (trailer.code() == 0) return absl::OkStatus();
    if (trailer.origin() == worker::v1::Trailer::ORIGIN_ADAPTER) {
      return Told(base::Error(static_cast<absl::StatusCode>(trailer.code()),
                              "DOCUMENT_REFUSED", trailer.message())
                      .With("adapter_reason", trailer.reason()));
    }
    const absl::StatusCode code = CodeOf(trailer.reason());
    if (code == absl::StatusCode::kUnknown) {
      return Told(base::Error(
          absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
          absl::StrCat("a trailer with reason ", trailer.reason())));
    }
    return Told(base::Error(code, trailer.reason(), trailer.message()));
  }

  // Adds whom it is about and what was printed.
  absl::Status Told(const absl::Status& status) const {
    const base::ErrorDetail detail = base::DetailOf(status);
    base::Error error(status.code(),
                      detail.reason.empty() ? "WORKER_FAILED" : detail.reason,
                      absl::StrCat("adapter ", job_.adapter->id, " on ",
                                   job_.name, ": ", status.message()));
    for (const auto& [key, value] : detail.metadata) error.With(key, value);
    error.With("adapter", job_.adapter->id).With("document", job_.name);
    if (!printed_.empty()) {
      const size_t from =
          printed_.size() - std::min(printed_.size(), kToldOutput);
      error.With("stderr", absl::Utf8SafeCHexEscape(printed_.substr(from)));
    }
    return error;
  }

  // The worker stops itself at the limit; its trailer still comes through.
  static constexpr int64_t kTrailerAllowance = 64 << 10;

  const ReadJob& job_;
  const WorkerLimits& limits_;
  const ReadControl& control_;
  FrameReader frames_;
  int64_t byte_count_ = 0;
  std::string printed_;
};

}  // namespace

ReadResult Supervisor::Read(const ReadJob& job,
                            const ReadControl& control) const {
  ReadResult result;
  if (job.adapter == nullptr || !job.adapter->ready() ||
      job.adapter->library == nullptr || job.fd < 0) {
    result.outcome = absl::InternalError("a job without adapter or document");
    return result;
  }
  result.outcome = CheckQuarantine(*job.adapter);
  if (!result.outcome.ok()) return result;
  const int before = running_.fetch_add(1);
  const auto leave = absl::MakeCleanup([this] { running_.fetch_sub(1); });
  if (before >= options_.max_concurrent) {
    result.outcome =
        base::Error(absl::StatusCode::kResourceExhausted, "WORKERS_BUSY",
                    absl::StrCat(options_.max_concurrent,
                                 " documents are being read; try again"));
    return result;
  }
  const WorkerLimits limits = LimitsFor(options_.limits, *job.adapter);
  Reading reading(job, limits, control);
  result.outcome = reading.Run(options_.worker_path, /*probe=*/false);
  KeepReport(reading.hello());
  if (IsDeath(result.outcome)) CountDeath(*job.adapter);
  result.document = std::move(reading.document());
  if (!result.outcome.ok()) {
    result.document.tables.clear();
    result.document.observations.clear();
  }
  return result;
}

absl::Status Supervisor::Probe() const {
  COLLATE_ASSIGN_OR_RETURN(const std::shared_ptr<const SealedFile> nothing,
                           SealedFile::Make("probe", ""));
  AdapterEntry nobody;
  nobody.id = "probe";
  nobody.library = nothing;
  // Nothing is loaded; a missing layer is a finding here, not a refusal.
  nobody.installed = true;
  ReadJob job;
  job.adapter = &nobody;
  job.name = "probe";
  job.fd = nothing->fd();
  const ReadControl control;
  Reading reading(job, options_.limits, control);
  const absl::Status outcome =
      reading.Run(options_.worker_path, /*probe=*/true);
  KeepReport(reading.hello());
  return outcome;
}

void Supervisor::KeepReport(const worker::v1::Hello* hello) const {
  if (hello == nullptr) return;
  std::vector<SandboxLayer> layers;
  for (const worker::v1::SandboxLayer& from : hello->layers()) {
    layers.push_back({from.name(),
                      from.state() == worker::v1::SandboxLayer::STATE_APPLIED,
                      from.reason()});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  sandbox_ = std::move(layers);
}

std::vector<SandboxLayer> Supervisor::sandbox() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return sandbox_;
}

absl::Status Supervisor::Admits(const AdapterEntry& adapter) const {
  COLLATE_RETURN_IF_ERROR(CheckQuarantine(adapter));
  if (adapter.installed) return absl::OkStatus();
  std::vector<std::string> missing;
  for (const SandboxLayer& layer : sandbox()) {
    if (!layer.applied) missing.push_back(layer.name);
  }
  if (missing.empty()) return absl::OkStatus();
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "SANDBOX_INCOMPLETE",
             absl::StrCat("adapter ", adapter.id,
                          " is refused: this machine lacks a part of the "
                          "worker's sandbox (",
                          absl::StrJoin(missing, ", "),
                          "), and only adapters of the installation are read "
                          "without"))
      .With("adapter", adapter.id);
}

std::vector<std::string> Supervisor::LiftQuarantine() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> lifted;
  for (const auto& [sha256, times] : deaths_) {
    if (times.size() >= static_cast<size_t>(options_.quarantine_deaths)) {
      lifted.push_back(sha256);
    }
  }
  deaths_.clear();
  return lifted;
}

absl::Time Supervisor::Now() const {
  return options_.clock == nullptr ? absl::Now() : options_.clock->Now();
}

absl::Status Supervisor::CheckQuarantine(const AdapterEntry& adapter) const {
  if (adapter.library == nullptr) return absl::OkStatus();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = deaths_.find(adapter.library->sha256());
  if (found == deaths_.end() ||
      found->second.size() < static_cast<size_t>(options_.quarantine_deaths)) {
    return absl::OkStatus();
  }
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "ADAPTER_QUARANTINED",
             absl::StrCat("adapter ", adapter.id, " is refused: ",
                          found->second.size(), " of its workers died within ",
                          absl::FormatDuration(options_.quarantine_within),
                          "; mend or replace it and reload the adapters"))
      .With("adapter", adapter.id)
      .With("sha256", found->first);
}

void Supervisor::CountDeath(const AdapterEntry& adapter) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<absl::Time>& times = deaths_[adapter.library->sha256()];
  // Readings that were under way when the last death counted change nothing.
  if (times.size() >= static_cast<size_t>(options_.quarantine_deaths)) return;
  const absl::Time now = Now();
  times.erase(std::remove_if(times.begin(), times.end(),
                             [&](absl::Time time) {
                               return now - time > options_.quarantine_within;
                             }),
              times.end());
  times.push_back(now);
}

}  // namespace collate::ingest
