// The proof that what a profile shows gives nothing away: the attack, over the
// rows of every release as they are shown. It takes nothing from how they were
// decided: figures and sums are collected anew.
//
// Every answer is computed from such rows and from nothing else, so that
// whatever follows from answers follows from the rows together. What is not
// taken into account is said in service/README.md.

#ifndef COLLATE_SERVICE_DISCLOSURE_AUDIT_H_
#define COLLATE_SERVICE_DISCLOSURE_AUDIT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/disclosure/protected_store.h"
#include "service/query/bounds.h"

namespace collate::disclosure {

struct AuditedSource {
  std::string source;  // id
  int64_t releases = 0;
  int64_t hidden_releases = 0;  // that could not be protected, not shown at all
  int64_t figures = 0;          // rows
  // Withheld for their own sake, lest others could be computed, and as
  // percentages, rates, means and contested figures.
  int64_t withheld = 0;
  int64_t complementary = 0;
  int64_t no_counts = 0;
};

enum class FindingKind {
  kExact = 1,   // can be computed
  kNarrow = 2,  // is known better than the profile allows
  kUntrue = 3,  // is not what is shown of it; nothing is proven then
};

struct AuditFinding {
  FindingKind kind = FindingKind::kExact;
  std::string source;
  std::string release;    // the first that shows the figure
  std::string figure;     // whose, of what and of when
  query::Interval known;  // to the attacker; of kUntrue what is shown
};

struct AuditReport {
  std::vector<AuditedSource> sources;  // by id
  std::vector<AuditFinding> findings;  // by release, in its order
};

// Errors of the store and of FindExposed; those of `progress`, which may be
// empty and is asked often.
absl::StatusOr<AuditReport> Audit(const ProtectedStore& store,
                                  const AttackProgress& progress);

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_AUDIT_H_
