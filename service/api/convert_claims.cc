#include "service/api/convert_claims.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "service/api/convert.h"
#include "service/api/convert_statistics.h"
#include "service/api/paging.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/period.h"

namespace collate::api {
namespace {

using query::InvalidClaim;
using query::StatedClaim;

static_assert(static_cast<int>(query::ClaimKind::kMembership) ==
              v1::ClaimKind_MAX);
static_assert(static_cast<int>(query::Comparator::kAtMost) ==
              v1::ClaimComparator_MAX);
static_assert(static_cast<int>(query::ClaimBasis::kVocabulary) ==
              v1::ClaimBasis_MAX);
static_assert(static_cast<int>(query::Extreme::kFirst) == v1::ClaimExtreme_MAX);
static_assert(static_cast<int>(query::Verdict::kNotCheckable) ==
              v1::ClaimVerdict_MAX);

constexpr int kMaxClaims = 200;
constexpr int kWholeDigits = 12;
constexpr int kDecimals = 5;  // one less than query::kStatedScale, to be halved
constexpr absl::string_view kReporter = "reporter";
constexpr absl::string_view kPerCent = "per cent";

// "7062", "-0.5" as mantissas of 10^-query::kStatedScale.
std::optional<int64_t> ParseNumber(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  const size_t point = std::min(text.find('.'), text.size());
  const absl::string_view whole = text.substr(0, point);
  const absl::string_view part =
      point < text.size() ? text.substr(point + 1) : absl::string_view();
  if (whole.empty() || whole.size() > kWholeDigits || part.size() > kDecimals ||
      (point < text.size() && part.empty())) {
    return std::nullopt;
  }
  std::string digits = absl::StrCat(whole, part);
  if (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) {
    return std::nullopt;
  }
  digits.append(query::kStatedScale - part.size(), '0');
  int64_t mantissa = 0;
  if (!absl::SimpleAtoi(digits, &mantissa)) return std::nullopt;
  return negative ? -mantissa : mantissa;
}

// One in the place of the last digit of a number: 0.1 of "89.4", 1 of "89".
std::optional<int64_t> LastPlace(absl::string_view number) {
  const size_t point = number.find('.');
  if (point == number.npos) return ParseNumber("1");
  const size_t decimals = number.size() - point - 1;
  return ParseNumber(absl::StrCat("0.", std::string(decimals - 1, '0'), "1"));
}

// The names of an enum's values but the unspecified one.
std::vector<std::string> NamesOf(
    const google::protobuf::EnumDescriptor& values) {
  std::vector<std::string> names;
  for (int i = 1; i < values.value_count(); ++i) {
    names.emplace_back(values.value(i)->name());
  }
  return names;
}

class ClaimReader {
 public:
  ClaimReader(const v1::ClaimSet& set, const v1::Claim& claim, int index,
              const vocabulary::Vocabulary& vocabulary)
      : set_(set), claim_(claim), vocabulary_(vocabulary) {
    read_.claim.id = claim.id();
    read_.claim.path = absl::StrCat("claims.claims[", index, "]");
  }

  absl::StatusOr<ReadClaim> Run() {
    StatedClaim& claim = read_.claim;
    if (!vocabulary::IsSourceId(View(claim_.id()))) {
      return Invalid("id",
                     "expected 2 to 63 lower-case letters, digits and hyphens");
    }
    if (claim_.kind() <= v1::CLAIM_KIND_UNSPECIFIED ||
        claim_.kind() > v1::ClaimKind_MAX) {
      return Invalid("kind", "expected a kind of claim",
                     NamesOf(*v1::ClaimKind_descriptor()));
    }
    claim.kind = static_cast<query::ClaimKind>(claim_.kind());
    if (claim_.comparator() < 0 ||
        claim_.comparator() > v1::ClaimComparator_MAX) {
      return Invalid("comparator", "no comparator has this number",
                     NamesOf(*v1::ClaimComparator_descriptor()));
    }
    claim.comparator =
        claim_.comparator() == v1::CLAIM_COMPARATOR_UNSPECIFIED
            ? query::Comparator::kEqual
            : static_cast<query::Comparator>(claim_.comparator());
    if (claim_.basis() < 0 || claim_.basis() > v1::ClaimBasis_MAX) {
      return Invalid("basis", "no basis has this number",
                     NamesOf(*v1::ClaimBasis_descriptor()));
    }
    claim.basis = static_cast<query::ClaimBasis>(claim_.basis());
    claim.unit = claim_.unit();
    COLLATE_RETURN_IF_ERROR(ReadOrder());
    COLLATE_RETURN_IF_ERROR(ReadNumber());
    if (claim.kind == query::ClaimKind::kMembership) {
      COLLATE_RETURN_IF_ERROR(ReadMembership());
      return std::move(read_);
    }
    if (claim_.has_membership()) {
      return Invalid("membership", "belongs to claims of kind MEMBERSHIP");
    }
    COLLATE_RETURN_IF_ERROR(ReadQuestions());
    return std::move(read_);
  }

 private:
  absl::Status Invalid(absl::string_view field, absl::string_view what,
                       const std::vector<std::string>& near = {}) const {
    return InvalidClaim(View(claim_.id()),
                        absl::StrCat(read_.claim.path, ".", field), what, near);
  }

  bool Is(query::ClaimKind kind) const { return read_.claim.kind == kind; }

  absl::Status ReadOrder() {
    StatedClaim& claim = read_.claim;
    const bool extreme = Is(query::ClaimKind::kExtreme);
    const bool rank = Is(query::ClaimKind::kRank);
    if (extreme) {
      if (claim_.extreme() <= v1::CLAIM_EXTREME_UNSPECIFIED ||
          claim_.extreme() > v1::ClaimExtreme_MAX) {
        return Invalid("extreme", "expected what it is said to be",
                       NamesOf(*v1::ClaimExtreme_descriptor()));
      }
      claim.extreme = static_cast<query::Extreme>(claim_.extreme());
    } else if (claim_.extreme() != v1::CLAIM_EXTREME_UNSPECIFIED) {
      return Invalid("extreme", "belongs to claims of kind EXTREME");
    }
    if ((extreme || rank) == claim_.subject().empty()) {
      return Invalid("subject",
                     extreme || rank
                         ? "expected the period or member it is said of"
                         : "belongs to claims of kind EXTREME and RANK");
    }
    claim.subject = claim_.subject();
    if (rank ? claim_.rank() < 1 : claim_.rank() != 0) {
      return Invalid("rank", rank ? "expected a place, 1 is the greatest"
                                  : "belongs to claims of kind RANK");
    }
    claim.rank = claim_.rank();
    if (!claim_.base_without().empty() && !Is(query::ClaimKind::kChange)) {
      return Invalid("base_without", "belongs to claims of kind CHANGE");
    }
    claim.base_without = Strings(claim_.base_without());
    for (size_t i = 0; i < claim.base_without.size(); ++i) {
      const std::string& code = claim.base_without[i];
      if (vocabulary_.reporters().Find(code).has_value()) continue;
      return Invalid(absl::StrCat("base_without[", i, "]"),
                     absl::StrCat("no reporter '", code, "'"),
                     vocabulary_.reporters().NearMatches(code));
    }
    return absl::OkStatus();
  }

  absl::Status ReadNumber() {
    StatedClaim& claim = read_.claim;
    const bool wanted = !Is(query::ClaimKind::kRank) &&
                        !Is(query::ClaimKind::kMembership) &&
                        (!Is(query::ClaimKind::kExtreme) ||
                         claim.extreme == query::Extreme::kFirst);
    if (!wanted) {
      if (!claim_.value().empty() || !claim_.stated_to().empty() ||
          claim_.comparator() != v1::CLAIM_COMPARATOR_UNSPECIFIED) {
        return Invalid("value", "a claim of this kind compares no number");
      }
      return absl::OkStatus();
    }
    const auto value = ParseNumber(View(claim_.value()));
    if (!value.has_value()) {
      return Invalid("value",
                     absl::StrCat("expected a decimal number of at most ",
                                  kWholeDigits, " digits and ", kDecimals,
                                  " decimals, without grouping, not '",
                                  claim_.value(), "'"));
    }
    const bool rounded = claim.comparator == query::Comparator::kEqual ||
                         claim.comparator == query::Comparator::kAbout;
    if (!rounded && !claim_.stated_to().empty()) {
      return Invalid("stated_to", "a threshold is exact");
    }
    const auto step = claim_.stated_to().empty()
                          ? LastPlace(View(claim_.value()))
                          : ParseNumber(View(claim_.stated_to()));
    if (!step.has_value() || *step <= 0) {
      return Invalid("stated_to",
                     absl::StrCat("expected a positive number such as 1, 100 "
                                  "or 0.1, not '",
                                  claim_.stated_to(), "'"));
    }
    claim.number = {*value, *step};
    return absl::OkStatus();
  }

  absl::Status ReadMembership() {
    if (claim_.has_query()) {
      return Invalid("query", "a claim of kind MEMBERSHIP asks none");
    }
    const v1::ClaimMembership& asked = claim_.membership();
    if (asked.members().empty() || asked.whole().empty()) {
      return Invalid("membership",
                     "expected members and the whole that they belong to");
    }
    const bool own = !asked.date().empty();
    const auto day =
        vocabulary::ParseDay(View(own ? asked.date() : set_.date()));
    if (!day.ok()) {
      return Invalid("membership.date",
                     absl::StrCat("expected a day, YYYY-MM-DD, here or as the "
                                  "set's date: ",
                                  day.status().message()));
    }
    read_.claim.membership = {asked.dimension(), Strings(asked.members()),
                              asked.whole(), *day};
    return absl::OkStatus();
  }

  // The one area that the query names in its filter on `reporter`.
  bool NamesArea(const v1::StatisticsQuery& query) const {
    const vocabulary::Dimension& reporters = vocabulary_.reporters();
    for (const v1::Filter& filter : query.filters()) {
      if (filter.dimension() != kReporter || filter.exclude() ||
          filter.include_descendants() || filter.members_size() != 1) {
        continue;
      }
      const auto id = reporters.Find(View(filter.members(0)));
      return id.has_value() &&
             reporters.levels()[reporters.member(*id).level].aggregate;
    }
    return false;
  }

  absl::Status CheckDerivations(const v1::StatisticsQuery& query) const {
    const auto& derivations = query.derivations();
    switch (read_.claim.kind) {
      case query::ClaimKind::kChange:
        if (derivations.size() != 1 || !derivations[0].has_change()) {
          return Invalid("query.derivations",
                         "expected one change, with its base period");
        }
        return absl::OkStatus();
      case query::ClaimKind::kShare:
        if (derivations.size() > 1 ||
            (derivations.size() == 1 && !derivations[0].has_share())) {
          return Invalid("query.derivations",
                         "expected one share, with its base");
        }
        return absl::OkStatus();
      default:
        if (!derivations.empty()) {
          return Invalid("query.derivations",
                         "a claim of this kind derives nothing");
        }
        return absl::OkStatus();
    }
  }

  absl::Status AddQuestion(v1::StatisticsQuery question) {
    auto converted = FromProto(question);
    if (!converted.ok()) {
      return Invalid("query", converted.status().message());
    }
    read_.claim.questions.push_back(*std::move(converted));
    read_.questions.push_back(std::move(question));
    return absl::OkStatus();
  }

  absl::Status ReadQuestions() {
    const v1::StatisticsQuery whole =
        WithDefaults(set_.defaults(), claim_.query());
    read_.claim.panel = whole.panel();
    const bool share = Is(query::ClaimKind::kShare);
    if (whole.measures().empty() || whole.measures_size() > (share ? 2 : 1)) {
      return Invalid("query.measures",
                     share ? "expected one or two measures: of counts, and of "
                             "a published percentage"
                           : "expected one measure");
    }
    COLLATE_RETURN_IF_ERROR(CheckDerivations(whole));
    if (Is(query::ClaimKind::kRank) &&
        (whole.group_by_size() != 1 ||
         std::none_of(whole.filters().begin(), whole.filters().end(),
                      [&whole](const v1::Filter& filter) {
                        return filter.dimension() == whole.group_by(0) &&
                               !filter.exclude();
                      }))) {
      return Invalid("query.group_by",
                     "expected one dimension, with a filter that names the "
                     "members it ranks among");
    }
    const bool area = NamesArea(whole);
    for (const std::string& code : whole.measures()) {
      const vocabulary::Measure* measure = vocabulary_.FindMeasure(View(code));
      const bool per_cent = measure != nullptr && measure->unit == kPerCent;
      v1::StatisticsQuery question = whole;
      question.clear_measures();
      question.add_measures(code);
      if (share && per_cent) {
        question.clear_derivations();
      } else if (share && question.derivations().empty()) {
        return Invalid("query.derivations",
                       absl::StrCat("'", code,
                                    "' is not in per cent: expected a share, "
                                    "with its base"));
      }
      if (!area || whole.panel().empty()) {
        COLLATE_RETURN_IF_ERROR(AddQuestion(std::move(question)));
        continue;
      }
      v1::StatisticsQuery of_panel = question;
      auto& filters = *of_panel.mutable_filters();
      filters.erase(std::remove_if(filters.begin(), filters.end(),
                                   [](const v1::Filter& filter) {
                                     return filter.dimension() == kReporter;
                                   }),
                    filters.end());
      question.clear_panel();
      // Percentages of several reporters are no percentage of a panel.
      if (per_cent) {
        COLLATE_RETURN_IF_ERROR(AddQuestion(std::move(question)));
        continue;
      }
      // The preferred basis first; of how many and of which order it is,
      // whoever prints a total says.
      const bool total_first = Is(query::ClaimKind::kCoverage) ||
                               Is(query::ClaimKind::kExtreme) ||
                               Is(query::ClaimKind::kRank);
      if (total_first) std::swap(of_panel, question);
      COLLATE_RETURN_IF_ERROR(AddQuestion(std::move(of_panel)));
      COLLATE_RETURN_IF_ERROR(AddQuestion(std::move(question)));
    }
    return absl::OkStatus();
  }

  const v1::ClaimSet& set_;
  const v1::Claim& claim_;
  const vocabulary::Vocabulary& vocabulary_;
  ReadClaim read_;
};

absl::StatusOr<v1::ClaimEvidence> EvidenceOf(const query::Evidence& one,
                                             const ReadClaim& read,
                                             const query::Snapshot& snapshot) {
  v1::ClaimEvidence evidence;
  evidence.set_basis(static_cast<v1::ClaimBasis>(one.basis));
  evidence.mutable_sources()->Assign(one.sources.begin(), one.sources.end());
  evidence.set_verdict(static_cast<v1::ClaimVerdict>(one.verdict));
  evidence.set_period(one.period);
  for (const query::Caveat& caveat : one.caveats) {
    *evidence.add_caveats() = ToProto(caveat);
  }
  if (!one.cell.has_value()) return evidence;
  *evidence.mutable_bounds() = ToDecimalProto(one.bounds, one.scale);
  if (one.value.has_value()) {
    const query::Interval value = query::Interval::Exactly(*one.value);
    evidence.set_value(ToDecimalProto(value, one.scale).lower());
  }
  const std::string question =
      Serialise(Canonical(read.questions[one.question]));
  COLLATE_ASSIGN_OR_RETURN(
      v1::Cell cell,
      CellConverter(*one.plan, snapshot, question,
                    query::NameAnswer(*one.plan, snapshot, View(question)))
          .Convert(*one.cell, /*cited=*/false));
  *evidence.mutable_coverage() = std::move(*cell.mutable_coverage());
  evidence.set_handle(cell.handle());
  std::vector<query::RowRef> rows = one.cell->rows;
  rows.insert(rows.end(), one.other_rows.begin(), one.other_rows.end());
  evidence.set_citation_count(static_cast<int32_t>(rows.size()));
  if (!rows.empty()) {
    COLLATE_ASSIGN_OR_RETURN(query::Citation citation, snapshot.Cite(rows[0]));
    *evidence.mutable_citation() = ToProto(std::move(citation));
  }
  return evidence;
}

}  // namespace

v1::StatisticsQuery WithDefaults(const v1::StatisticsQuery& defaults,
                                 const v1::StatisticsQuery& query) {
  v1::StatisticsQuery result = defaults;
  if (!query.periods().empty() || query.has_period_range()) {
    result.clear_periods();
    result.clear_period_range();
  }
  auto& filters = *result.mutable_filters();
  filters.erase(
      std::remove_if(filters.begin(), filters.end(),
                     [&query](const v1::Filter& old) {
                       return std::any_of(
                           query.filters().begin(), query.filters().end(),
                           [&old](const v1::Filter& filter) {
                             return filter.dimension() == old.dimension();
                           });
                     }),
      filters.end());
  // Filters add up; whatever else the query sets replaces.
  const google::protobuf::Reflection& reflection = *query.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(query, &fields);
  for (const auto* field : fields) {
    if (field->number() != v1::StatisticsQuery::kFiltersFieldNumber) {
      reflection.ClearField(&result, field);
    }
  }
  result.MergeFrom(query);
  return result;
}

absl::StatusOr<std::vector<ReadClaim>> FromProto(
    const v1::ClaimSet& set, const vocabulary::Vocabulary& vocabulary) {
  if (!vocabulary::IsSourceId(View(set.id()))) {
    return InvalidClaim(
        "", "claims.id",
        "the set's id: expected 2 to 63 lower-case letters, digits and "
        "hyphens");
  }
  if (!set.date().empty() && !vocabulary::ParseDay(View(set.date())).ok()) {
    return InvalidClaim("", "claims.date",
                        absl::StrCat("the set's date: expected YYYY-MM-DD, "
                                     "not '",
                                     set.date(), "'"));
  }
  if (set.claims().empty() || set.claims_size() > kMaxClaims) {
    return InvalidClaim(
        "", "claims.claims",
        absl::StrCat("expected 1 to ", kMaxClaims, " claims and there are ",
                     set.claims_size()));
  }
  std::vector<ReadClaim> claims;
  std::set<std::string> ids;
  for (int i = 0; i < set.claims_size(); ++i) {
    const v1::Claim& claim = set.claims(i);
    if (!ids.insert(claim.id()).second) {
      return InvalidClaim(View(claim.id()),
                          absl::StrCat("claims.claims[", i, "].id"),
                          "another claim of the set has this id");
    }
    COLLATE_ASSIGN_OR_RETURN(claims.emplace_back(),
                             ClaimReader(set, claim, i, vocabulary).Run());
  }
  return claims;
}

absl::StatusOr<v1::ClaimResult> ToProto(const query::CheckedClaim& checked,
                                        const ReadClaim& read,
                                        const query::Snapshot& snapshot) {
  v1::ClaimResult result;
  result.set_claim_id(read.claim.id);
  result.set_verdict(static_cast<v1::ClaimVerdict>(checked.verdict));
  result.set_reason(checked.reason);
  result.set_synthetic(checked.synthetic);
  for (const query::Evidence& one : checked.evidence) {
    COLLATE_ASSIGN_OR_RETURN(*result.add_evidence(),
                             EvidenceOf(one, read, snapshot));
  }
  return result;
}

}  // namespace collate::api
