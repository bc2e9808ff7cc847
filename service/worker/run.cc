#include "service/worker/run.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/worker/host.h"
#include "service/worker/protocol.h"
#include "service/worker/utf8.h"

namespace collate::worker {
namespace {

// Reads until n bytes or the end; -1 on an error.
int64_t ReadFully(int fd, uint64_t offset, void* out, size_t n) noexcept {
  char* to = static_cast<char*>(out);
  size_t done = 0;
  while (done < n) {
    const ssize_t count =
        pread(fd, to + done, n - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return static_cast<int64_t>(done);
}

collate_str Lend(const std::string& text) { return {text.data(), text.size()}; }

// What read_at() of one file works on.
struct OpenFile {
  int fd = -1;
  uint64_t byte_count = 0;
  collate_file lent = {};

  static int64_t ReadAt(void* ctx, uint64_t offset, void* out,
                        size_t n) noexcept {
    const OpenFile* file = static_cast<const OpenFile*>(ctx);
    if (offset >= file->byte_count) return 0;
    if (out == nullptr && n > 0) return -COLLATE_CODE_INVALID_ARGUMENT;
    const size_t count = std::min<uint64_t>(n, file->byte_count - offset);
    const int64_t done = ReadFully(file->fd, offset, out, count);
    return done < 0 ? -COLLATE_CODE_DATA_LOSS : done;
  }

  absl::Status Open(const v1::File& file) {
    struct stat info = {};
    if (fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode) ||
        static_cast<uint64_t>(info.st_size) != file.byte_count()) {
      return absl::InternalError(absl::StrCat("descriptor ", file.fd(),
                                              " is not the ", file.byte_count(),
                                              " bytes of ", file.name()));
    }
    fd = file.fd();
    byte_count = file.byte_count();
    lent.size = sizeof(lent);
    lent.name = Lend(file.name());
    lent.media_type = Lend(file.media_type());
    lent.sha256_hex = Lend(file.sha256());
    lent.byte_count = byte_count;
    lent.ctx = this;
    lent.read_at = &OpenFile::ReadAt;
    return absl::OkStatus();
  }
};

std::vector<collate_pair> Lend(
    const google::protobuf::RepeatedPtrField<v1::Pair>& pairs) {
  std::vector<collate_pair> lent;
  lent.reserve(static_cast<size_t>(pairs.size()));
  for (const v1::Pair& pair : pairs) {
    lent.push_back({Lend(pair.key()), Lend(pair.value())});
  }
  return lent;
}

// What the adapter wrote may lack its NUL or be no text at all.
std::string TextOf(const char* bytes, size_t capacity) {
  return ToText(absl::string_view(bytes, strnlen(bytes, capacity)));
}

v1::Trailer AdapterTrailer(int32_t code, const collate_error& error) {
  v1::Trailer trailer;
  trailer.set_origin(v1::Trailer::ORIGIN_ADAPTER);
  if (code == COLLATE_CODE_OK) return trailer;
  if (code < 0 || code > COLLATE_CODE_UNAUTHENTICATED) {
    return TrailerOf(base::Error(
        absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
        absl::StrCat("the adapter returned ", code, ", which is no code")));
  }
  const std::string reason = TextOf(error.reason, sizeof(error.reason));
  const std::string message = TextOf(error.message, sizeof(error.message));
  // Two ends that the SDK catches for every adapter are not refusals.
  if (code == COLLATE_CODE_RESOURCE_EXHAUSTED && reason == "OUT_OF_MEMORY") {
    return TrailerOf(base::Error(absl::StatusCode::kResourceExhausted,
                                 "ADAPTER_OUT_OF_MEMORY", message));
  }
  if (code == COLLATE_CODE_INTERNAL && reason == "ADAPTER_EXCEPTION") {
    return TrailerOf(base::Error(absl::StatusCode::kInternal, "ADAPTER_CRASHED",
                                 absl::StrCat("it threw: ", message)));
  }
  trailer.set_code(code);
  trailer.set_reason(reason.empty() ? "UNSPECIFIED" : reason);
  trailer.set_message(message);
  return trailer;
}

}  // namespace

absl::StatusOr<v1::Job> ReadJob(int fd) {
  unsigned char length[kLengthBytes];
  if (ReadFully(fd, 0, length, sizeof(length)) != kLengthBytes) {
    return absl::InvalidArgumentError("no job on descriptor 3");
  }
  size_t size = 0;
  for (size_t i = 0; i < kLengthBytes; ++i)
    size |= size_t{length[i]} << (8 * i);
  if (size > kMaxFrameBytes) {
    return absl::InvalidArgumentError("the job is larger than a frame");
  }
  std::string bytes(size, '\0');
  if (ReadFully(fd, kLengthBytes, bytes.data(), size) !=
      static_cast<int64_t>(size)) {
    return absl::InvalidArgumentError("the job is cut short");
  }
  v1::Job job;
  if (!job.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("the job cannot be read");
  }
  if (job.protocol() != kProtocolVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the service speaks protocol ", job.protocol(), ", this worker ",
        kProtocolVersion, ": install both from one build"));
  }
  return job;
}

v1::Trailer TrailerOf(const absl::Status& status) {
  v1::Trailer trailer;
  trailer.set_origin(v1::Trailer::ORIGIN_WORKER);
  trailer.set_code(static_cast<int32_t>(status.code()));
  const std::string reason = base::DetailOf(status).reason;
  trailer.set_reason(reason.empty() ? "WORKER_FAILED" : reason);
  trailer.set_message(ToText(status.message()));
  return trailer;
}

v1::Trailer RunAdapter(const v1::Job& job, const collate_adapter& adapter,
                       FrameWriter* writer) {
  const bool inspect = job.purpose() == COLLATE_PURPOSE_SUGGEST;
  if (inspect && adapter.inspect == nullptr) {
    collate_error error = {};
    std::strcpy(error.reason, "NO_SUGGESTIONS");
    std::strcpy(error.message, "this adapter makes no suggestions");
    return AdapterTrailer(COLLATE_CODE_UNIMPLEMENTED, error);
  }

  OpenFile file;
  if (const absl::Status status = file.Open(job.document()); !status.ok()) {
    return TrailerOf(status);
  }
  std::deque<OpenFile> resources;  // entries stay where they are
  std::vector<const collate_file*> resource_pointers;
  for (const v1::File& resource : job.resources()) {
    resources.emplace_back();
    if (const absl::Status status = resources.back().Open(resource);
        !status.ok()) {
      return TrailerOf(status);
    }
    resource_pointers.push_back(&resources.back().lent);
  }
  const std::vector<collate_pair> manifest = Lend(job.manifest());
  const std::vector<collate_pair> options = Lend(job.options());

  collate_document document = {};
  document.size = sizeof(document);
  document.file = &file.lent;
  document.resources = resource_pointers.data();
  document.resource_count = resource_pointers.size();
  document.manifest = manifest.data();
  document.manifest_count = manifest.size();
  document.options = options.data();
  document.option_count = options.size();
  document.index = job.index();
  document.count = job.count();
  document.purpose = job.purpose();
  document.max_cells = job.limits().max_cells();
  document.max_inflated_bytes = job.limits().max_inflated_bytes();
  document.max_ratio = job.limits().max_ratio();
  document.max_entries = job.limits().max_entries();

  Host host(writer, {.max_rows = job.limits().max_rows(),
                     .tables_allowed = !inspect,
                     .stop_at_call = job.stop_at_call()});
  collate_error error = {};
  int32_t code = COLLATE_CODE_INTERNAL;
  const auto threw = [&](const char* what) {
    return TrailerOf(
        base::Error(absl::StatusCode::kInternal, "ADAPTER_CRASHED",
                    absl::StrCat("it threw across the boundary: ", what)));
  };
  try {
    code = inspect ? adapter.inspect(host.table(), &document, &error)
                   : adapter.read(host.table(), &document, &error);
  } catch (const std::bad_alloc&) {
    return TrailerOf(base::Error(
        absl::StatusCode::kResourceExhausted, "ADAPTER_OUT_OF_MEMORY",
        "the adapter needs more memory than it may have"));
  } catch (const std::exception& exception) {
    return threw(exception.what());
  } catch (...) {
    return threw("an exception that is not a std::exception");
  }
  // The host's own finding goes first: the adapter only repeats its code.
  if (const absl::Status status = host.Finish(); !status.ok()) {
    return TrailerOf(status);
  }
  v1::Trailer trailer =
      host.stopped() &&
              (host.calls_after_stop() > 0 || code != COLLATE_CODE_CANCELLED)
          ? TrailerOf(base::Error(
                absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
                absl::StrCat(
                    "asked to stop, it called the host ",
                    host.calls_after_stop(), " times more and returned ", code,
                    "; expected no call and ", COLLATE_CODE_CANCELLED)))
          : AdapterTrailer(code, error);
  trailer.set_rows(host.row_count());
  return trailer;
}

}  // namespace collate::worker
