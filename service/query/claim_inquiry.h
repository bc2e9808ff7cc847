// What the checks of one claim share: its questions run over a snapshot, and
// the bases that were compared with it.
//
// Used by one thread.

#ifndef COLLATE_SERVICE_QUERY_CLAIM_INQUIRY_H_
#define COLLATE_SERVICE_QUERY_CLAIM_INQUIRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/claims.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/query/verdicts.h"

namespace collate::query {

// Unit of percentages.
inline constexpr absl::string_view kPerCent = "per cent";

// What was computed for one question.
struct ClaimAnswer {
  size_t question = 0;
  std::shared_ptr<const Plan> plan;
  std::vector<Cell> cells;
  std::string refusal;  // why what is loaded has no answer; else empty

  const vocabulary::Measure& measure() const { return *plan->measures[0]; }
};

// What one basis says.
struct BasisFinding {
  ClaimBasis basis = ClaimBasis::kUnspecified;
  Verdict verdict = Verdict::kNotCheckable;
  bool not_loaded = false;  // see BasisVerdict
  std::string words;        // value, basis and coverage, or why there is none
  std::vector<Evidence> evidence;
};

// Whether it is what was printed of an area.
bool IsTotal(const Cell& cell);

// Which of a figure's bounds are in a sum.
enum class SumOf { kReported, kPanel };

// `bounds`, a sum of a cell, with every side of each figure that another source
// prints differently, so that no side decides. Those of `left_out` take no
// part.
Interval WithAllSides(SumOf sum, const Interval& bounds,
                      const std::vector<Conflict>& conflicts,
                      const std::vector<LeftOut>& left_out = {});

class ClaimInquiry {
 public:
  // All references must outlive it.
  ClaimInquiry(const StatedClaim& claim, const Snapshot& snapshot,
               const ClaimOptions& options);

  const StatedClaim& claim() const { return claim_; }
  const Snapshot& snapshot() const { return snapshot_; }
  const vocabulary::Vocabulary& vocabulary() const {
    return snapshot_.vocabulary();
  }
  // Of claims that state a number.
  const Allowed& allowed() const { return *allowed_; }
  // Whether a made-up figure took part so far.
  bool synthetic() const { return synthetic_; }
  const std::vector<BasisFinding>& findings() const { return findings_; }

  // INVALID_CLAIM at a field of the claim.
  absl::Status Invalid(absl::string_view field, absl::string_view what,
                       const std::vector<std::string>& near = {}) const;

  // Runs a question that comes to `wanted` cells; nullopt = any number. A
  // mistake in it is INVALID_CLAIM; what the figures do not allow is a refusal.
  absl::StatusOr<ClaimAnswer> Ask(const Query& query, size_t question,
                                  std::optional<int64_t> wanted);

  // Reporters of the cell of which nothing is loaded: that they are silent is
  // not known. A blank that is printed is known.
  std::set<vocabulary::MemberId> NotLoaded(const Cell& cell) const;

  // Without numbers yet.
  Evidence EvidenceOf(ClaimBasis basis, const ClaimAnswer& answer,
                      const Cell& cell) const;
  // Further printed cells behind it.
  void AddRows(absl::Span<const RowRef> rows, Evidence& evidence) const;

  // Judges one number and adds it as what its basis says.
  void Add(Evidence evidence, absl::string_view unit, absl::string_view who,
           bool not_loaded);
  // A basis that has no number.
  void AddNone(Evidence evidence, absl::string_view why);
  void Add(BasisFinding finding) { findings_.push_back(std::move(finding)); }

  // The verdict over everything that was added.
  CheckedClaim Finish() &&;

 private:
  std::vector<std::string> SourcesOf(const Cell& cell) const;
  bool IsOwn(const BasisFinding& finding) const;

  const StatedClaim& claim_;
  const Snapshot& snapshot_;
  const ClaimOptions& options_;
  std::optional<Allowed> allowed_;
  std::vector<BasisFinding> findings_;
  bool synthetic_ = false;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIM_INQUIRY_H_
