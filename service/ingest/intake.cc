#include "service/ingest/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {
namespace {

constexpr size_t kMaxNameBytes = 255;

base::Error InvalidPart(absl::string_view reason, absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status OutOfOrder(absl::string_view message) {
  return InvalidPart("INVALID_STREAM", message);
}

absl::Status StorageError(absl::string_view what, absl::string_view name) {
  const int error = errno;
  return base::Error(absl::StatusCode::kResourceExhausted, "INTAKE_STORAGE",
                     absl::StrCat("cannot ", what, " the file that receives '",
                                  name, "': ", std::strerror(error)))
      .With("document", name);
}

absl::Status CheckName(absl::string_view name) {
  absl::string_view fault;
  if (name.empty()) {
    fault = "is empty";
  } else if (name.size() > kMaxNameBytes) {
    fault = "is longer than 255 bytes";
  } else if (name == "." || name == "..") {
    fault = "is a folder";
  } else if (name.find('/') != name.npos || name.find('\\') != name.npos) {
    fault = "has a folder in it; give the name alone";
  } else if (std::any_of(name.begin(), name.end(), [](unsigned char c) {
               return c < 0x20 || c == 0x7f;
             })) {
    fault = "has a control character in it";
  } else {
    return absl::OkStatus();
  }
  const std::string message = absl::StrCat(
      "document name '", absl::CHexEscape(name.substr(0, 300)), "' ", fault);
  return InvalidPart("INVALID_NAME", message)
      .With("document", absl::CHexEscape(name.substr(0, 300)))
      .Field("document.name", message);
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

void SortByKey(Pairs* pairs) {
  std::stable_sort(
      pairs->begin(), pairs->end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
}

// A second, read-only way into an open file that has no name of its own.
int ReopenReadOnly(int fd) {
  return open(absl::StrCat("/proc/self/fd/", fd).c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

// The document that bytes are being appended to; owns its descriptor.
struct Intake::OpenDocument {
  OpenDocument() = default;
  OpenDocument(const OpenDocument&) = delete;
  OpenDocument& operator=(const OpenDocument&) = delete;
  ~OpenDocument() {
    if (fd >= 0) close(fd);
  }

  absl::Status Make(const Options& options) {
    in_memory = byte_count <= options.memory_limit;
    if (in_memory) {
      fd = memfd_create("collate-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    } else {
      std::error_code error;
      const std::string directory =
          options.temporary_directory.empty()
              ? std::filesystem::temp_directory_path(error).string()
              : options.temporary_directory;
      if (error) errno = error.value();
      if (!error) {
        fd = open(directory.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC,
                  0600);
      }
    }
    return fd < 0 ? StorageError("make", name) : absl::OkStatus();
  }

  absl::Status Write(absl::string_view bytes) {
    digest.Update(bytes);
    received += static_cast<int64_t>(bytes.size());
    while (!bytes.empty()) {
      const ssize_t written = write(fd, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return StorageError("fill", name);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  // From here on nobody can change the bytes.
  absl::Status Seal() {
    if (in_memory &&
        fcntl(fd, F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
      return StorageError("seal", name);
    }
    const int read_only = ReopenReadOnly(fd);
    if (read_only < 0) return StorageError("reopen", name);
    close(std::exchange(fd, read_only));
    return absl::OkStatus();
  }

  std::string name;
  std::string media_type;
  int64_t byte_count = 0;
  std::string sha256;
  Pairs manifest;
  int fd = -1;
  bool in_memory = true;
  int64_t received = 0;
  base::Sha256 digest;
};

Intake::Intake() : Intake(Options()) {}
Intake::Intake(Options options) : options_(std::move(options)) {}
Intake::~Intake() = default;

absl::Status Intake::Keep(absl::Status status) {
  if (!status.ok()) {
    state_ = State::kFailed;
    open_.reset();
    submission_.documents.clear();
  }
  return status;
}

absl::Status Intake::Begin(ReleaseManifest manifest) {
  return Keep(DoBegin(std::move(manifest)));
}

absl::Status Intake::DoBegin(ReleaseManifest manifest) {
  if (state_ == State::kFailed) {
    return OutOfOrder("the stream was refused before; open a new one");
  }
  if (state_ != State::kNew) {
    return OutOfOrder("a stream opens one release; this one is open already");
  }
  if (!vocabulary::IsSourceId(manifest.source)) {
    const std::string message =
        absl::StrCat("'", absl::CHexEscape(manifest.source),
                     "' is not a source id: 2 to 63 lower-case letters, digits "
                     "and '-'");
    return InvalidPart("INVALID_SOURCE", message)
        .With("source", absl::CHexEscape(manifest.source))
        .Field("release.source", message);
  }
  SortByKey(&manifest.options);
  for (size_t i = 1; i < manifest.options.size(); ++i) {
    const std::string& key = manifest.options[i].first;
    if (key == manifest.options[i - 1].first) {
      return InvalidPart("REPEATED_OPTION",
                         absl::StrCat("option '", key, "' is given twice"))
          .With("option", key);
    }
  }
  submission_.manifest = std::move(manifest);
  state_ = State::kReceiving;
  return absl::OkStatus();
}

absl::Status Intake::BeginDocument(absl::string_view name,
                                   absl::string_view media_type,
                                   int64_t byte_count, absl::string_view sha256,
                                   Pairs manifest, int64_t limit) {
  return Keep(DoBeginDocument(name, media_type, byte_count, sha256,
                              std::move(manifest), limit));
}

absl::Status Intake::DoBeginDocument(absl::string_view name,
                                     absl::string_view media_type,
                                     int64_t byte_count,
                                     absl::string_view sha256, Pairs manifest,
                                     int64_t limit) {
  if (state_ != State::kReceiving) {
    return OutOfOrder("a document comes after the release and before the end");
  }
  COLLATE_RETURN_IF_ERROR(CloseDocument());
  COLLATE_RETURN_IF_ERROR(CheckName(name));
  if (!IsSha256(sha256)) {
    const std::string message = absl::StrCat(
        "sha256 of document '", name, "' is '",
        absl::CHexEscape(sha256.substr(0, 80)), "', expected 64 hex digits");
    return InvalidPart("INVALID_DIGEST", message)
        .With("document", name)
        .Field("document.sha256", message);
  }
  if (byte_count < 0) {
    return InvalidPart(
               "SIZE_MISMATCH",
               absl::StrCat("document '", name, "' has ", byte_count, " bytes"))
        .With("document", name)
        .Field("document.byte_count", "must not be negative");
  }
  if (byte_count > limit) {
    return base::Error(
               absl::StatusCode::kResourceExhausted, "DOCUMENT_TOO_LARGE",
               absl::StrCat("document '", name, "' has ", byte_count,
                            " bytes and the limit is ", limit, " bytes"))
        .With("document", name)
        .With("byte_count", absl::StrCat(byte_count))
        .With("limit", absl::StrCat(limit));
  }
  auto document = std::make_unique<OpenDocument>();
  document->name = std::string(name);
  document->media_type = std::string(media_type);
  document->byte_count = byte_count;
  document->sha256 = absl::AsciiStrToLower(sha256);
  document->manifest = std::move(manifest);
  SortByKey(&document->manifest);
  for (const ReceivedDocument& other : submission_.documents) {
    if (other.name() == document->name) {
      return InvalidPart(
                 "DUPLICATE_DOCUMENT",
                 absl::StrCat("the release has two documents called '", name,
                              "'; names tell its documents apart"))
          .With("document", name);
    }
    if (other.sha256() == document->sha256 &&
        other.manifest() == document->manifest) {
      return InvalidPart(
                 "DUPLICATE_DOCUMENT",
                 absl::StrCat("documents '", other.name(), "' and '", name,
                              "' have the same bytes and manifest; send "
                              "one of them"))
          .With("document", name)
          .With("other", other.name());
    }
  }
  COLLATE_RETURN_IF_ERROR(document->Make(options_));
  open_ = std::move(document);
  return absl::OkStatus();
}

absl::Status Intake::Append(absl::string_view bytes) {
  return Keep(DoAppend(bytes));
}

absl::Status Intake::DoAppend(absl::string_view bytes) {
  if (state_ != State::kReceiving || open_ == nullptr) {
    return OutOfOrder("bytes came before the header of their document");
  }
  if (static_cast<int64_t>(bytes.size()) >
      open_->byte_count - open_->received) {
    return InvalidPart(
               "SIZE_MISMATCH",
               absl::StrCat("document '", open_->name, "' has more than ",
                            "the ", open_->byte_count,
                            " bytes that its header says"))
        .With("document", open_->name)
        .With("expected", absl::StrCat(open_->byte_count));
  }
  return open_->Write(bytes);
}

absl::Status Intake::CloseDocument() {
  if (open_ == nullptr) return absl::OkStatus();
  if (open_->received != open_->byte_count) {
    return InvalidPart("SIZE_MISMATCH",
                       absl::StrCat("document '", open_->name, "' ended after ",
                                    open_->received, " of ", open_->byte_count,
                                    " bytes"))
        .With("document", open_->name)
        .With("expected", absl::StrCat(open_->byte_count))
        .With("found", absl::StrCat(open_->received));
  }
  const std::string sha256 = open_->digest.FinishHex();
  if (sha256 != open_->sha256) {
    return InvalidPart("DIGEST_MISMATCH",
                       absl::StrCat("document '", open_->name, "' has sha256 ",
                                    sha256, ", its header says ", open_->sha256,
                                    "; it was changed on the way"))
        .With("document", open_->name)
        .With("expected", open_->sha256)
        .With("found", sha256);
  }
  COLLATE_RETURN_IF_ERROR(open_->Seal());
  submission_.documents.emplace_back(
      std::move(open_->name), std::move(open_->media_type),
      std::move(open_->manifest), std::move(open_->sha256), open_->byte_count,
      std::exchange(open_->fd, -1));
  open_.reset();
  return absl::OkStatus();
}

absl::StatusOr<Submission> Intake::End() {
  if (state_ != State::kReceiving) {
    return Keep(OutOfOrder("the end came without a release before it"));
  }
  COLLATE_RETURN_IF_ERROR(Keep(CloseDocument()));
  if (submission_.documents.empty()) {
    return Keep(OutOfOrder("the release has no document"));
  }
  state_ = State::kDone;
  return std::move(submission_);
}

}  // namespace collate::ingest
