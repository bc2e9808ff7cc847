// Takes the parts of an ingestion in their order and keeps the documents in
// anonymous files that nobody can change afterwards.
//
//   Intake intake;
//   intake.Begin(manifest);
//   intake.BeginDocument("a.csv", "text/csv", 5, sha256, {}, limit);
//   intake.Append("a,b\n1");
//   StatusOr<Submission> submission = intake.End();
//
// Belongs to one thread at a time. After an error every further call is
// refused; dropping the Intake leaves nothing behind.

#ifndef COLLATE_SERVICE_INGEST_INTAKE_H_
#define COLLATE_SERVICE_INGEST_INTAKE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/digest.h"
#include "service/ingest/ingestor.h"

namespace collate::ingest {

class Intake {
 public:
  struct Options {
    // Larger documents go to an unlinked file below `temporary_directory`
    // instead of memory.
    int64_t memory_limit = int64_t{256} << 20;
    std::string temporary_directory;  // empty = the system's
  };

  Intake();
  explicit Intake(Options options);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // INVALID_ARGUMENT: INVALID_SOURCE, REPEATED_OPTION.
  absl::Status Begin(ReleaseManifest manifest);

  // Opens a document of exactly `byte_count` bytes. INVALID_ARGUMENT:
  // INVALID_NAME (empty, a folder, control characters), INVALID_DIGEST (not
  // 64 hex digits), SIZE_MISMATCH (negative, or the document before is not
  // complete), DIGEST_MISMATCH (of the document before), DUPLICATE_DOCUMENT
  // (same name; same bytes with the same manifest). RESOURCE_EXHAUSTED:
  // DOCUMENT_TOO_LARGE (over `limit`), INTAKE_STORAGE.
  absl::Status BeginDocument(absl::string_view name,
                             absl::string_view media_type, int64_t byte_count,
                             absl::string_view sha256, Pairs manifest,
                             int64_t limit);

  // Bytes of the open document, in any sizes.
  absl::Status Append(absl::string_view bytes);

  // Checks the last document and hands everything over.
  absl::StatusOr<Submission> End();

 private:
  enum class State { kNew, kReceiving, kDone, kFailed };
  struct OpenDocument;

  absl::Status DoBegin(ReleaseManifest manifest);
  absl::Status DoBeginDocument(absl::string_view name,
                               absl::string_view media_type, int64_t byte_count,
                               absl::string_view sha256, Pairs manifest,
                               int64_t limit);
  absl::Status DoAppend(absl::string_view bytes);
  absl::Status CloseDocument();
  absl::Status Keep(absl::Status status);

  const Options options_;
  State state_ = State::kNew;
  Submission submission_;
  std::unique_ptr<OpenDocument> open_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_INTAKE_H_
