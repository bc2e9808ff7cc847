// The form of the audit log: each line is a JSON object that ends with the hash
// of the line before and its own, so that no line can be changed, taken out or
// put in without changing all that follow.
//
//   {"seq":7,"time":"2026-01-02T03:04:05.000006Z","kind":"call",...,
//    "prev":"9f...","hash":"3b..."}
//
// `hash` is the SHA-256 of the line's bytes before `,"hash"`. The log is the
// files audit-000001.jsonl, audit-000002.jsonl ... of one directory, and the
// file `head`, which says how far it went: without it the end could be cut off.
// Whoever can rewrite both can rewrite the log; an anchor, noted elsewhere,
// shows that.

#ifndef COLLATE_SERVICE_AUDIT_CHAIN_H_
#define COLLATE_SERVICE_AUDIT_CHAIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/audit/record.h"

namespace collate::audit {

// A place in the chain: a record's number, from 1, and its hash. Before the
// first: 0 and 64 zeros.
struct Anchor {
  int64_t sequence = 0;
  std::string hash = std::string(64, '0');

  friend bool operator==(const Anchor&, const Anchor&) = default;
};

// "7:3b..." and back; nullopt when it is no anchor.
std::string ToText(const Anchor& anchor);
std::optional<Anchor> AnchorFrom(absl::string_view text);

// `record` as the line after `*at`, with its line feed; `*at` becomes its own.
std::string ToLine(const Record& record, Anchor* at);

// Moves `*at` over `line` (without line feed), or says what does not hold.
absl::Status FollowLine(absl::string_view line, Anchor* at);

// The place that a line says it has; nullopt when it is no line of a log. Its
// hash is not verified.
std::optional<Anchor> PlaceOf(absl::string_view line);

// Of the log's `number`th file, from 1, and back; 0 for any other name.
std::string FileName(int number);
int NumberOfFile(absl::string_view path);
// Paths of the log's files in a directory, in order.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& directory);

// Text of the file `head`, of constant length.
inline constexpr char kHeadName[] = "head";
std::string HeadText(const Anchor& anchor);
absl::StatusOr<Anchor> ReadHead(const std::string& directory);

struct Verification {
  Anchor first;  // before the first record that is here
  Anchor last;
  int64_t unsealed = 0;  // records after what `head` says
};

// Reads every record of `directory`. DATA_LOSS (reason AUDIT_BROKEN, with
// `path`, `line` and `record`) names the first thing that does not hold: a
// line that was changed, taken out, put in or moved, files that are missing, an
// end before that of `head`, a record that is not what an anchor says. Of a log
// whose first files were moved away, one of the anchors has to be the last
// record of these.
absl::StatusOr<Verification> Verify(const std::string& directory,
                                    const std::vector<Anchor>& anchors);

}  // namespace collate::audit

#endif  // COLLATE_SERVICE_AUDIT_CHAIN_H_
