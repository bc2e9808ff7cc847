// What each name of an answer is the name of: the question, the releases that
// could answer it and the rules, so that the answer can be given again.
//
// Figures are not kept here; they are those of the releases. Losing the book
// loses names, never data. All methods may be called from any thread. Errors
// are those of store.h.
//
// A name that was handed out is found for as long as the program lives. One
// that waits to be written when the program dies is then unknown, as one is
// that a power cut takes; the next answer of that name makes it known again.

#ifndef COLLATE_SERVICE_STORE_ANSWER_BOOK_H_
#define COLLATE_SERVICE_STORE_ANSWER_BOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/store/store.h"
#include "service/vocabulary/period.h"

namespace collate::store {

// Those that could answer, with their states of then, sorted by name. Many
// answers are of the same ones, and share the list.
using KeptReleases =
    std::shared_ptr<const std::vector<std::pair<std::string, ReleaseState>>>;

struct KeptAnswer {
  std::string digest;     // of the name: 64 hexadecimal digits
  std::string question;   // in canonical form; bytes
  KeptReleases releases;  // null for none; never of an answer that is found
  std::string vocabulary_sha256;
  int64_t semantics = 0;  // version of the rules
  vocabulary::Day day = 0;
  absl::Time first_given;  // to the microsecond
};

class AnswerBook {
 public:
  virtual ~AnswerBook() = default;

  // Keeps an answer unless one of its digest is kept, which then stays as it
  // is. Beyond the greatest number the oldest answers are forgotten. What
  // cannot be written is an error, of this answer or, where answers wait to be
  // written, of the next one.
  virtual absl::Status Keep(const KeptAnswer& answer) = 0;

  // Whether an answer is known to be kept, without looking into the file:
  // false may be of one that is there.
  virtual bool Remembers(absl::string_view digest) const = 0;

  // NOT_FOUND (reason UNKNOWN_ANSWER).
  virtual absl::StatusOr<KeptAnswer> Find(absl::string_view digest) const = 0;

  // As Store::Check.
  virtual absl::Status Check(const CheckProgress& progress,
                             CheckReport& report) const = 0;

  // As Store::BackUp, of every name that was handed out before the call.
  virtual absl::Status BackUp(const std::string& directory,
                              const CopyProgress& progress) = 0;
};

struct AnswerBookOptions {
  int64_t max_answers = 1'000'000;
  // Answers that are remembered as kept, so that repeating them writes nothing.
  size_t max_remembered = 100'000;
  // How long an answer waits for another program that holds the file.
  absl::Duration busy_timeout = absl::Milliseconds(500);
  // The file grows no further; 0 = as far as the disk.
  int64_t max_bytes = 0;
  // Answers that may wait for a thread that writes many at once, so that no
  // question waits for the disk; 0 = each is written before Keep returns. Full,
  // or after a write that failed, Keep writes all that wait, and its own.
  size_t max_waiting = 0;
  // As that of SqliteStoreOptions.
  std::string vfs;
};

// DIR/answers.db, made when absent; FORMAT.md is normative. The directory is
// one that OpenDataDirectory holds. FAILED_PRECONDITION: STORE_FOREIGN,
// STORE_NEWER.
absl::StatusOr<std::unique_ptr<AnswerBook>> OpenAnswerBook(
    const std::string& directory, const AnswerBookOptions& options = {});

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_ANSWER_BOOK_H_
