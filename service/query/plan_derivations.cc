#include "service/query/plan_derivations.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/plan_checks.h"
#include "service/query/selection.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::kReporterDimension;
using vocabulary::Measure;
using vocabulary::Period;
using vocabulary::Vocabulary;

// The measure of which shares are taken, by its code in every vocabulary.
constexpr absl::string_view kOffences = "offences";

// Months from first to last day, where they begin on one day of the month.
std::optional<int64_t> MonthsOf(const DayInterval& days) {
  const absl::CivilDay epoch(1970, 1, 1);
  const absl::CivilDay begin = epoch + days.begin;
  const absl::CivilDay end = epoch + days.end;
  if (begin.day() != end.day()) return std::nullopt;
  return absl::CivilMonth(end) - absl::CivilMonth(begin);
}

// Months and years differ in days without being unequal.
bool AreEqualLong(const DayInterval& a, const DayInterval& b) {
  if (int64_t{a.end} - a.begin == int64_t{b.end} - b.begin) return true;
  const auto months = MonthsOf(a);
  return months.has_value() && months == MonthsOf(b);
}

absl::Status Mismatch(absl::string_view reason, absl::string_view what,
                      const Period& period, const Period& base,
                      absl::string_view allow, const std::string& path) {
  const std::string message = absl::StrCat(
      "'", vocabulary::FormatPeriod(period), "' and '",
      vocabulary::FormatPeriod(base), "' ", what, "; ask for it with ", allow);
  return base::Error(absl::StatusCode::kFailedPrecondition, reason, message)
      .With("period", vocabulary::FormatPeriod(period))
      .With("base_period", vocabulary::FormatPeriod(base))
      .Field(path, message);
}

}  // namespace

absl::StatusOr<PlannedRate> PlanRate(const RateQuery& asked,
                                     const Vocabulary& vocabulary,
                                     const Plan& plan,
                                     const std::string& path) {
  const vocabulary::Dimension& reporters = vocabulary.reporters();
  PlannedRate rate;
  if (asked.denominator.empty()) {
    return InvalidQuery("name the measure to divide by, e.g. population",
                        path + ".denominator");
  }
  COLLATE_ASSIGN_OR_RETURN(
      rate.denominator,
      FindMeasureAt(vocabulary, asked.denominator, path + ".denominator"));
  if (std::count(plan.measures.begin(), plan.measures.end(), rate.denominator) >
      0) {
    return InvalidQuery("a rate of a measure over itself says nothing",
                        path + ".denominator");
  }
  if (!plan.grouped_by_reporter && plan.reporters.size() > 1) {
    COLLATE_RETURN_IF_ERROR(
        CheckAdditive(*rate.denominator, kReporterDimension));
  }
  COLLATE_ASSIGN_OR_RETURN(
      rate.period, ParsePeriodAt(asked.period, path + ".denominator_period"));
  if (asked.per < 1 || asked.per > vocabulary::kMaxPer) {
    return InvalidQuery(absl::StrCat("per must be 1 to ", vocabulary::kMaxPer),
                        path + ".per");
  }
  rate.per = asked.per;
  for (size_t r = 0; r < asked.numerator_only.size(); ++r) {
    const std::string& code = asked.numerator_only[r];
    const std::string its_path = absl::StrCat(path, ".numerator_only[", r, "]");
    const auto id = reporters.Find(code);
    if (!id.has_value()) {
      return UnknownWord("UNKNOWN_MEMBER", "reporter", code, its_path,
                         reporters.NearMatches(code));
    }
    if (!std::count(plan.reporters.begin(), plan.reporters.end(), *id)) {
      return InvalidQuery(
          absl::StrCat("reporter '", code,
                       "' is none of those that the query asks about, so "
                       "that it cannot count in its rate"),
          its_path);
    }
    rate.numerator_only.push_back(*id);
  }
  std::sort(rate.numerator_only.begin(), rate.numerator_only.end());
  return rate;
}

absl::StatusOr<PlannedChange> PlanChange(const ChangeQuery& asked,
                                         const std::vector<Period>& periods,
                                         const std::string& path) {
  const std::string base_path = path + ".base_period";
  if (asked.base_period.empty()) {
    return InvalidQuery("name the period to compare with, e.g. 2017/18",
                        base_path);
  }
  COLLATE_ASSIGN_OR_RETURN(const Period base,
                           ParsePeriodAt(asked.base_period, base_path));
  if (asked.match < MatchMethod::kAllPeriods ||
      asked.match > MatchMethod::kPairwise) {
    return InvalidQuery("no way to match reporters has this number",
                        path + ".match");
  }
  PlannedChange change;
  change.match = asked.match;
  change.periods = periods;
  const auto found = std::find(periods.begin(), periods.end(), base);
  const int base_index = static_cast<int>(found - periods.begin());
  if (found == periods.end()) change.periods.push_back(base);

  for (size_t p = 0; p < periods.size(); ++p) {
    const Period& period = periods[p];
    PlannedChange::Pair& pair = change.pairs.emplace_back();
    pair.base = base_index;
    if (static_cast<int>(p) == base_index) continue;
    if (asked.match == MatchMethod::kPairwise) {
      if (period.days < base.days) {
        return InvalidQuery(
            absl::StrCat("'", vocabulary::FormatPeriod(period),
                         "' is before the base; period by period, the base "
                         "is the first"),
            base_path);
      }
      for (size_t other = 0; other < periods.size(); ++other) {
        if (periods[other].days < period.days &&
            change.periods[pair.base].days < periods[other].days) {
          pair.base = static_cast<int>(other);
        }
      }
    }
    const Period& compared = change.periods[pair.base];
    pair.unequal = !AreEqualLong(period.days, compared.days);
    if (pair.unequal && !asked.allow_unequal_periods) {
      return Mismatch("PERIODS_UNEQUAL", "are not of one length", period,
                      compared, "allow_unequal_periods", base_path);
    }
    pair.overlapping = period.days.Overlaps(compared.days);
    if (pair.overlapping && !asked.allow_overlapping_periods) {
      return Mismatch("PERIODS_OVERLAP", "overlap", period, compared,
                      "allow_overlapping_periods", base_path);
    }
  }
  return change;
}

absl::StatusOr<PlannedShare> PlanShare(const ShareQuery& asked,
                                       const Vocabulary& vocabulary,
                                       const Plan& plan,
                                       const std::string& path) {
  const std::string dimension_path = path + ".dimension";
  if (asked.dimension.empty()) {
    return InvalidQuery(
        "name the dimension whose members have shares, e.g. platform",
        dimension_path);
  }
  COLLATE_ASSIGN_OR_RETURN(
      const vocabulary::Dimension* dimension,
      Selection::FindDimension(vocabulary, asked.dimension, dimension_path));
  const auto found =
      std::find_if(plan.dimensions.begin(), plan.dimensions.end(),
                   [dimension](const AskedDimension& one) {
                     return one.dimension == dimension;
                   });
  if (found == plan.dimensions.end()) {
    // A reporter's figure and its base are the same reporter's.
    return InvalidQuery(
        dimension == &vocabulary.reporters()
            ? "a share is of what each reporter printed; reporters have none"
            : absl::StrCat("the query does not ask about '", asked.dimension,
                           "'; group by it, or name one member of it"),
        dimension_path);
  }
  PlannedShare share;
  share.dimension = static_cast<size_t>(found - plan.dimensions.begin());
  share.dimension_code = dimension->code();
  share.base = asked.base;
  if (asked.base < ShareBase::kKnownOffences ||
      asked.base > ShareBase::kMentions) {
    return InvalidQuery(
        "name what the share is of: known offences, all offences or mentions; "
        "there is no default",
        path + ".base");
  }
  if (asked.base == ShareBase::kKnownOffences) {
    share.base_universe = absl::StrCat(dimension->code(), "_known");
  } else if (asked.base == ShareBase::kMentions) {
    share.base_universe = plan.universe;
  }
  for (const Measure* measure : plan.measures) {
    const std::string& counted =
        measure->mentions_of.empty() ? measure->code : measure->mentions_of;
    if (counted != kOffences) {
      return base::Error(
                 absl::StatusCode::kFailedPrecondition, "UNIT_MISMATCH",
                 absl::StrCat("'", measure->code, "' counts ", measure->unit,
                              ", of which no share of offences can be taken"))
          .With("measure", measure->code)
          .With("unit", measure->unit);
    }
    if (asked.base == ShareBase::kMentions) {
      share.base_measures.push_back(measure);
      continue;
    }
    if (!found->grouped && found->members.size() > 1 &&
        !measure->mentions_of.empty()) {
      return base::Error(
                 absl::StatusCode::kFailedPrecondition,
                 "NON_ADDITIVE_DIMENSION",
                 absl::StrCat("one offence may name several members of ",
                              dimension->code(),
                              ", so that their mentions together are no share "
                              "of offences; group by it, name one member, or "
                              "ask for the share of mentions"))
          .With("measure", measure->code)
          .With("dimension", dimension->code());
    }
    COLLATE_ASSIGN_OR_RETURN(
        share.base_measures.emplace_back(),
        FindMeasureAt(vocabulary, counted, "query.measures"));
  }
  return share;
}

}  // namespace collate::query
