// What an answer is an answer of: the question, the releases that could answer
// it, how they were read, and the rules. Two answers of one name are the same,
// byte for byte; what is published beside it gives an answer no other name.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_QUERY_ANSWER_NAME_H_
#define COLLATE_SERVICE_QUERY_ANSWER_NAME_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "service/base/digest.h"
#include "service/query/plan.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"
#include "service/vocabulary/period.h"

namespace collate::query {

// Version of the rules by which questions are answered. Raised with every
// change after which a question may get another answer from the same releases,
// or the same answer in other bytes: a rule of the engine, a word or a field of
// an answer, the canonical form of questions. Names of before are then refused
// rather than repeated otherwise.
inline constexpr int64_t kSemanticsVersion = 2;

// Those that could answer.
struct AnswerReleases {
  std::vector<uint32_t> indexes;  // into Snapshot::releases(), sorted
  // Their names and states, sorted.
  std::vector<std::pair<std::string, store::ReleaseState>> states;
};

struct AnswerName {
  std::shared_ptr<const AnswerReleases> releases;
  // The day that decides what is due. Once all periods are over, that is the
  // day after the last one, whatever day it is: nothing more falls due.
  vocabulary::Day day = 0;
  std::string digest;  // 64 hexadecimal digits
};

// Releases that speak of, or have figures of, a measure that the plan looks at.
// A rule that looks at figures of further measures names them here.
std::vector<uint32_t> ReleasesOf(const Plan& plan, const Snapshot& snapshot);

// `question` is the canonical form of what `plan` was made from. Neither the
// order in which releases were loaded nor anything else of this process is in
// the digest; only of an undated release, and under as_of, when it was loaded,
// which then decides whether it answers.
AnswerName NameAnswer(const Plan& plan, const Snapshot& snapshot,
                      absl::string_view question);

// The same for many questions: what their names have in common, which is
// nearly all that a digest is of, is kept for those that follow.
class AnswerNames {
 public:
  AnswerName Of(const Plan& plan,
                const std::shared_ptr<const Snapshot>& snapshot,
                absl::string_view question);

 private:
  // Names of one snapshot, of the same measures and the same day, begin alike.
  struct Beginning {
    std::weak_ptr<const Snapshot> snapshot;
    std::shared_ptr<const AnswerReleases> releases;
    base::Sha256 digest;
  };

  std::mutex mutex_;  // guards the rest
  absl::flat_hash_map<std::string, std::shared_ptr<const Beginning>> kept_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ANSWER_NAME_H_
