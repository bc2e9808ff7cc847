#include "service/worker/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/worker/v1/worker.pb.h"
#include "service/base/error.h"
#include "service/worker/frame_writer.h"
#include "service/worker/library.h"
#include "service/worker/protocol.h"
#include "service/worker/run.h"
#include "service/worker/sandbox.h"

#ifdef COLLATE_SANITIZED
// A crash has to look like one: the supervisor tells signals apart. Leaks end
// with the process.
extern "C" {
[[gnu::visibility("default")]] const char* __asan_default_options();
const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:"
         "abort_on_error=1:detect_leaks=0";
}
[[gnu::visibility("default")]] const char* __tsan_default_options();
const char* __tsan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_abort=0:abort_on_error=1";
}
}
#endif

namespace collate::worker {
namespace {

constexpr int kNoJob = 3;
constexpr int kNoTrailer = 4;

int Complain(const absl::Status& status) {
  std::fprintf(stderr, "collate-worker: %s\n",
               std::string(status.message()).c_str());
  return kNoJob;
}

v1::Trailer LoadAndRun(const v1::Job& job,
                       const std::vector<v1::SandboxLayer>& layers,
                       FrameWriter* writer) {
  v1::Frame hello;
  hello.mutable_hello()->set_protocol(kProtocolVersion);
  hello.mutable_hello()->set_adapter_id(job.adapter().id());
  hello.mutable_hello()->set_adapter_version(job.adapter().version());
  for (const v1::SandboxLayer& layer : layers) {
    *hello.mutable_hello()->add_layers() = layer;
  }
  // Before the adapter's first instruction, which could say otherwise.
  if (const absl::Status status = writer->Write(hello); !status.ok()) {
    return TrailerOf(status);
  }
  if (job.probe()) {
    // A good end is an adapter's; here nothing was to be read.
    v1::Trailer trailer;
    trailer.set_origin(v1::Trailer::ORIGIN_ADAPTER);
    return trailer;
  }
  if (const absl::Status status = CheckSandbox(layers, job.adapter());
      !status.ok()) {
    return TrailerOf(status);
  }
  absl::StatusOr<const collate_adapter*> adapter = LoadAdapter(job.adapter());
  if (!adapter.ok()) return TrailerOf(adapter.status());
  return RunAdapter(job, **adapter, writer);
}

int Main() {
  absl::StatusOr<v1::Job> job = ReadJob(kJobFd);
  if (!job.ok()) return Complain(job.status());

  close(kJobFd);
  // With all descriptors open and no code of the adapter run yet.
  absl::StatusOr<std::vector<v1::SandboxLayer>> layers = ApplySandbox(*job);
  if (!layers.ok()) return Complain(layers.status());

  // Given back when memory has run out, so that the trailer can be written.
  auto reserve = std::make_unique<char[]>(size_t{1} << 20);
  FrameWriter writer(kFramesFd, job->limits().output_bytes());
  v1::Trailer trailer;
  try {
    trailer = LoadAndRun(*job, *layers, &writer);
  } catch (const std::bad_alloc&) {
    reserve.reset();
    trailer = TrailerOf(base::Error(absl::StatusCode::kResourceExhausted,
                                    "ADAPTER_OUT_OF_MEMORY",
                                    "no memory is left in the worker"));
  }
  reserve.reset();
  return writer.WriteTrailer(std::move(trailer)).ok() ? 0 : kNoTrailer;
}

}  // namespace

bool StartedBySupervisor() {
  return fcntl(kJobFd, F_GETFD) >= 0 && fcntl(kFramesFd, F_GETFD) >= 0;
}

void RunProcess() {
  const int code = Main();
  // Without the destructors of the adapter: there is nothing left to lose.
  _exit(code);
}

}  // namespace collate::worker
