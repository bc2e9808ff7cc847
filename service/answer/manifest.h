// The manifest of one answer to a request for information, read from its text
// (protos/collate/foi/v1/answer_manifest.proto says what may stand there).
//
// What is parsed here fits together: every name that is referred to exists,
// each reporter, question and period has exactly one response, and dates are in
// order. Whether the vocabulary knows the names is for whoever has one.
//
// Plain values and pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_ANSWER_MANIFEST_H_
#define COLLATE_SERVICE_ANSWER_MANIFEST_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/vocabulary/period.h"

namespace collate::answer {

// By which a document is known to be a manifest of an answer.
inline constexpr absl::string_view kManifestMediaType = "text/x-collate-answer";
// How the name of a manifest's file ends.
inline constexpr absl::string_view kManifestSuffix = ".answer.textproto";
inline constexpr size_t kMaxManifestBytes = size_t{1} << 20;
// Reporters times questions times periods.
inline constexpr size_t kMaxResponses = 10'000;

// In the text, 1-based.
struct Place {
  int line = 1;
  int column = 1;
};

enum class Contents { kFigures = 1, kLetter = 2 };

struct File {
  std::string name;
  std::string sha256;  // lower case
  Contents contents = Contents::kFigures;
  std::string recipe;  // "id", "id/version" or empty
  Place place;
};

struct Reporter {
  std::string name;  // as written
  Place place;
};

struct AskedPeriod {
  vocabulary::Period period;
  std::string name;  // `text`, or else `as_stated`
  std::string as_stated;
  Place place;
};

struct Breakdown {
  std::string dimension;
  std::string member;  // or
  std::string level;
  Place place;
};

struct Question {
  std::string id;
  std::string measure;
  std::vector<Breakdown> breakdowns;
  std::string universe;
  Place place;
};

// Numbers are those of collate.foi.v1.Status.
enum class Status {
  kFull = 1,
  kPartial = 2,
  kRefused = 3,
  kNoResponse = 4,
  kNotHeld = 5,
  kNotAsked = 6,
  kNotYetDue = 7,
};

// "STATUS_REFUSED", as the text has it.
absl::string_view StatusText(Status status);

// Whether the figures stand in a file.
constexpr bool HasFigures(Status status) {
  return status == Status::kFull || status == Status::kPartial;
}

// Of one reporter, question and period; indexes into the manifest's lists.
struct Response {
  size_t reporter = 0;
  size_t question = 0;
  size_t period = 0;
  Status status = Status::kFull;
  std::string reason;  // "s.12: over the cost limit"; may be empty
  Place place;
};

struct Superseded {
  std::string sha256;  // lower case
  Place place;
};

struct Manifest {
  std::vector<File> files;
  std::vector<Reporter> reporters;
  std::vector<AskedPeriod> periods;
  std::string request_reference;
  std::optional<vocabulary::Day> request;
  std::optional<vocabulary::Day> received;
  std::optional<vocabulary::Day> published;
  std::vector<Question> questions;
  std::vector<Response> responses;  // by reporter, question, period
  std::vector<Superseded> supersedes;
  std::string edition;
  bool synthetic = false;

  bool HasFigures() const;
};

// INVALID_ARGUMENT (reason INVALID_ANSWER) with every mistake as
// "NAME:LINE:COLUMN: what", of which the first is the message. `name` is that
// of the document.
absl::StatusOr<Manifest> ParseManifest(absl::string_view text,
                                       absl::string_view name);

// The names of the files that a text names, as far as it can be read at all:
// a file has a manifest even while that is not right.
std::vector<std::string> FilesNamedIn(absl::string_view text);

// The same error for a mistake that is found later.
absl::Status InvalidAnswer(absl::string_view name, const Place& place,
                           absl::string_view what);

}  // namespace collate::answer

#endif  // COLLATE_SERVICE_ANSWER_MANIFEST_H_
