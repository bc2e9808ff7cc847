#include "client/render_derived.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/said_once.h"
#include "client/words.h"

namespace collate::client {
namespace {

using MissingReporters =
    google::protobuf::RepeatedPtrField<v1::MissingReporter>;

// Millionths; nullopt for what is no number of at most 6 decimals.
std::optional<int64_t> Millionths(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  const size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string fraction;
  if (point != absl::string_view::npos) {
    fraction = std::string(text.substr(point + 1));
  }
  if (fraction.size() > 6) return std::nullopt;
  fraction.resize(6, '0');
  int64_t value;
  if (!absl::SimpleAtoi(digits + fraction, &value)) return std::nullopt;
  return negative ? -value : value;
}

enum class Rounding { kDown, kUp, kNearest };

int64_t Tenths(int64_t millionths, Rounding rounding) {
  constexpr int64_t kTenth = 100'000;
  int64_t tenths = millionths / kTenth;
  const int64_t rest = millionths - tenths * kTenth;
  switch (rounding) {
    case Rounding::kDown:
      return rest < 0 ? tenths - 1 : tenths;
    case Rounding::kUp:
      return rest > 0 ? tenths + 1 : tenths;
    case Rounding::kNearest:
      if (rest >= kTenth / 2) return tenths + 1;
      return rest <= -kTenth / 2 ? tenths - 1 : tenths;
  }
  return tenths;
}

std::string TenthsWords(int64_t tenths, bool is_signed) {
  const int64_t size = tenths < 0 ? -tenths : tenths;
  const char* sign = tenths < 0 ? "-" : is_signed && tenths > 0 ? "+" : "";
  return absl::StrCat(sign, GroupedInteger(size / 10), ".", size % 10, "%");
}

std::string EndWords(const std::string& end, Rounding rounding,
                     bool is_signed) {
  const auto millionths = Millionths(end);
  return millionths.has_value()
             ? TenthsWords(Tenths(*millionths, rounding), is_signed)
             : absl::StrCat(end, "%");
}

std::string OperandWords(const v1::Operand& operand) {
  return IntervalWords(operand.bounds());
}

std::string OutcomeWords(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_GIVEN:
      return "given";
    case v1::OUTCOME_NOT_DEFINED:
      return "not defined";
    case v1::OUTCOME_NOT_DETERMINABLE:
      return "not determinable";
    case v1::OUTCOME_IS_BASE:
      return "the base";
    default:
      return "unknown";
  }
}

std::string CodeOf(const google::protobuf::EnumDescriptor& type, int number,
                   absl::string_view prefix) {
  const auto* value = type.FindValueByNumber(number);
  // A newer server may send values that this client does not know.
  if (value == nullptr) return absl::StrCat("UNKNOWN_", number);
  return std::string(absl::StripPrefix(value->name(), prefix));
}

std::string OutcomeCode(v1::Outcome outcome) {
  return CodeOf(*v1::Outcome_descriptor(), outcome, "OUTCOME_");
}
std::string ChangeFlagCode(int flag) {
  return CodeOf(*v1::ChangeFlag_descriptor(), flag, "CHANGE_FLAG_");
}
std::string ShareBaseCode(v1::ShareBase base) {
  return CodeOf(*v1::ShareBase_descriptor(), base, "SHARE_BASE_");
}
std::string MatchCode(v1::MatchMethod match) {
  return CodeOf(*v1::MatchMethod_descriptor(), match, "MATCH_METHOD_");
}

// "KNOWN_OFFENCES" as "known offences".
std::string CodeWords(std::string code) {
  absl::AsciiStrToLower(&code);
  return absl::StrReplaceAll(code, {{"_", " "}});
}

// The same with the one warning that no table may be read without.
std::string TableWords(const v1::Comparison& comparison) {
  const auto& flags = comparison.flags();
  const bool small = std::find(flags.begin(), flags.end(),
                               v1::CHANGE_FLAG_SMALL_BASE) != flags.end();
  return absl::StrCat(ComparisonWords(comparison), small ? ", small base" : "");
}

std::string RateHeading(const v1::Rate& rate) {
  return absl::StrCat("per ", GroupedInteger(rate.per()), " ",
                      rate.denominator_measure(), " (",
                      rate.denominator_period().text(), ")");
}

std::string ChangeHeading(const v1::Change& change) {
  return change.match() == v1::MATCH_METHOD_PAIRWISE
             ? "change on the period before"
             : absl::StrCat("change on ", change.base_period().text());
}

std::string ShareHeading(const v1::Share& share) {
  return absl::StrCat("share of ", CodeWords(ShareBaseCode(share.base_kind())));
}

// "97.395 to 97.411", or the words that say why there is none.
std::string RateWords(const v1::Rate& rate) {
  return rate.has_bounds() ? IntervalWords(rate.bounds())
                           : StateWords(rate.state());
}

// "Hampshire (not shown; in 2021/22)".
std::string LeftOutWords(const v1::MissingReporter& one) {
  return absl::StrCat(one.title(), " (", StateWords(one.state()),
                      one.reason().empty() ? "" : "; ", one.reason(), ")");
}

std::string ReportersWords(int count) {
  return absl::StrCat(GroupedInteger(count),
                      count == 1 ? " reporter" : " reporters");
}

// "; without A (...), B (...)", or nothing.
std::string WithoutWords(const MissingReporters& left_out) {
  constexpr int kNamed = 10;
  if (left_out.empty()) return "";
  std::vector<std::string> names;
  for (const v1::MissingReporter& one : left_out) {
    if (static_cast<int>(names.size()) == kNamed) {
      names.push_back(absl::StrCat("and ",
                                   GroupedInteger(left_out.size() - kNamed),
                                   " more, which --format json lists"));
      break;
    }
    names.push_back(LeftOutWords(one));
  }
  return absl::StrCat("; without ", absl::StrJoin(names, ", "));
}

std::string FlagsWords(const v1::Comparison& comparison) {
  std::string words;
  for (const int flag : comparison.flags()) {
    absl::StrAppend(&words, "; ", CodeWords(ChangeFlagCode(flag)));
  }
  return words;
}

std::string ChangeSentence(const v1::Change& change) {
  const v1::Comparison& matched = change.matched_panel();
  const v1::Comparison& published = change.as_published();
  return absl::StrCat(
      "change on ", change.base_period().text(),
      ", matched panel: ", ReportersWords(matched.current_reporter_count()),
      WithoutWords(matched.left_out()), FlagsWords(matched),
      ". As published: ", ReportersWords(published.base_reporter_count()),
      " then and ", GroupedInteger(published.current_reporter_count()), " now",
      FlagsWords(published));
}

std::string ShareSentence(const v1::Share& share) {
  return absl::StrCat(
      ShareHeading(share), ": ", ReportersWords(share.reporter_count()),
      WithoutWords(share.left_out()),
      share.multi_response()
          ? "; one case may name several, so that shares may come to more "
            "than 100% together"
          : "");
}

std::string Codes(const MissingReporters& left_out) {
  std::vector<std::string> codes;
  for (const v1::MissingReporter& one : left_out) {
    codes.push_back(one.reporter());
  }
  return absl::StrJoin(codes, ";");
}

void AddEnds(const Bounds& bounds, std::vector<Value>& row) {
  row.push_back(bounds.lower);
  row.push_back(bounds.upper);
}

void AddPercent(bool present, const v1::DecimalInterval& percent,
                std::vector<Value>& row) {
  AddEnds(present ? BoundsOf(percent) : Bounds(), row);
}

void AddOperand(bool present, const v1::Operand& operand,
                std::vector<Value>& row) {
  row.push_back(present && operand.has_reported() ? Value(operand.reported())
                                                  : Value());
  AddEnds(present ? BoundsOf(operand.bounds()) : Bounds(), row);
}

constexpr const char* kComparisonNames[] = {"outcome",
                                            "lower",
                                            "upper",
                                            "base",
                                            "base_lower",
                                            "base_upper",
                                            "current",
                                            "current_lower",
                                            "current_upper",
                                            "base_reporters",
                                            "current_reporters",
                                            "flags"};

void AddComparison(const v1::Comparison& comparison, std::vector<Value>& row) {
  row.push_back(OutcomeCode(comparison.outcome()));
  AddPercent(comparison.has_percent(), comparison.percent(), row);
  AddOperand(comparison.has_base(), comparison.base(), row);
  AddOperand(comparison.has_current(), comparison.current(), row);
  row.push_back(int64_t{comparison.base_reporter_count()});
  row.push_back(int64_t{comparison.current_reporter_count()});
  std::vector<std::string> flags;
  for (const int flag : comparison.flags()) {
    flags.push_back(ChangeFlagCode(flag));
  }
  row.push_back(absl::StrJoin(flags, ";"));
}

void AddChange(const v1::Change& change, std::vector<Value>& row) {
  row.push_back(MatchCode(change.match()));
  row.push_back(change.base_period().text());
  AddComparison(change.matched_panel(), row);
  row.push_back(Codes(change.matched_panel().left_out()));
  AddComparison(change.as_published(), row);
}

void AddShare(const v1::Share& share, std::vector<Value>& row) {
  row.push_back(share.dimension());
  row.push_back(ShareBaseCode(share.base_kind()));
  row.push_back(OutcomeCode(share.outcome()));
  AddPercent(share.has_percent(), share.percent(), row);
  AddOperand(share.has_numerator(), share.numerator(), row);
  AddOperand(share.has_base(), share.base(), row);
  row.push_back(int64_t{share.reporter_count()});
  row.push_back(Codes(share.left_out()));
}

// "rate" of the only one of its kind, else "rate1", "rate2".
class Prefixes {
 public:
  explicit Prefixes(const v1::Cell& first) {
    for (const v1::Derived& one : first.derived()) ++count_[one.kind_case()];
  }
  std::string Next(v1::Derived::KindCase kind, absl::string_view word) {
    return count_[kind] == 1 ? std::string(word)
                             : absl::StrCat(word, ++used_[kind]);
  }

 private:
  std::map<v1::Derived::KindCase, int> count_;
  std::map<v1::Derived::KindCase, int> used_;
};

}  // namespace

std::string ComparisonWords(const v1::Comparison& comparison) {
  std::string words = comparison.has_percent()
                          ? PercentWords(comparison.percent(), true)
                          : OutcomeWords(comparison.outcome());
  if (comparison.has_base() && comparison.has_current()) {
    absl::StrAppend(&words, " (", OperandWords(comparison.base()), " -> ",
                    OperandWords(comparison.current()), ")");
  }
  return words;
}

std::string ShareWords(const v1::Share& share) {
  std::string words = share.has_percent() ? PercentWords(share.percent(), false)
                                          : OutcomeWords(share.outcome());
  if (share.has_numerator() && share.has_base()) {
    absl::StrAppend(&words, " (", OperandWords(share.numerator()), " of ",
                    OperandWords(share.base()), ")");
  }
  return words;
}

std::string PercentWords(const v1::DecimalInterval& percent, bool is_signed) {
  const std::string& lower = percent.lower();
  const std::string& upper = percent.upper();
  if (lower.empty() && upper.empty()) return "unknown";
  if (lower.empty()) {
    return absl::StrCat("at most ", EndWords(upper, Rounding::kUp, is_signed));
  }
  if (upper.empty()) {
    return absl::StrCat("at least ",
                        EndWords(lower, Rounding::kDown, is_signed));
  }
  std::string nearest = EndWords(lower, Rounding::kNearest, is_signed);
  if (nearest == EndWords(upper, Rounding::kNearest, is_signed)) {
    return nearest;
  }
  return absl::StrCat(EndWords(lower, Rounding::kDown, is_signed), " to ",
                      EndWords(upper, Rounding::kUp, is_signed));
}

void AddDerivedColumns(const v1::Cell& first, std::vector<Column>& columns) {
  for (const v1::Derived& one : first.derived()) {
    if (one.has_change()) {
      const std::string heading = ChangeHeading(one.change());
      columns.push_back({"change", absl::StrCat(heading, ", matched panel")});
      columns.push_back({"published", "as published"});
    } else if (one.has_share()) {
      columns.push_back({"share", ShareHeading(one.share())});
    } else {
      columns.push_back({"rate", RateHeading(one.rate())});
    }
  }
}

void AddDerivedValues(const v1::Cell& cell, std::vector<Value>& row) {
  for (const v1::Derived& one : cell.derived()) {
    if (one.has_change()) {
      row.push_back(TableWords(one.change().matched_panel()));
      row.push_back(TableWords(one.change().as_published()));
    } else if (one.has_share()) {
      row.push_back(ShareWords(one.share()));
    } else {
      row.push_back(RateWords(one.rate()));
    }
  }
}

void AddRateNames(const v1::Cell& first, std::vector<std::string>& names) {
  Prefixes prefixes(first);
  for (const v1::Derived& one : first.derived()) {
    if (!one.has_rate()) continue;
    const std::string prefix = prefixes.Next(one.kind_case(), "rate");
    for (const char* name :
         {"state", "lower", "upper", "per", "denominator", "reporters"}) {
      names.push_back(absl::StrCat(prefix, "_", name));
    }
  }
}

void AddRateFields(const v1::Cell& cell, std::vector<Value>& row) {
  for (const v1::Derived& one : cell.derived()) {
    if (!one.has_rate()) continue;
    const v1::Rate& rate = one.rate();
    row.push_back(StateCode(rate.state()));
    AddEnds(BoundsOf(rate.bounds()), row);
    row.push_back(int64_t{rate.per()});
    row.push_back(absl::StrCat(rate.denominator_measure(), "@",
                               rate.denominator_period().text()));
    row.push_back(int64_t{rate.reporter_count()});
  }
}

void AddChangeAndShareNames(const v1::Cell& first,
                            std::vector<std::string>& names) {
  Prefixes prefixes(first);
  for (const v1::Derived& one : first.derived()) {
    if (one.has_change()) {
      const std::string prefix = prefixes.Next(one.kind_case(), "change");
      names.push_back(prefix + "_match");
      names.push_back(prefix + "_base_period");
      for (const char* name : kComparisonNames) {
        names.push_back(absl::StrCat(prefix, "_matched_", name));
      }
      names.push_back(prefix + "_matched_left_out");
      for (const char* name : kComparisonNames) {
        names.push_back(absl::StrCat(prefix, "_published_", name));
      }
    } else if (one.has_share()) {
      const std::string prefix = prefixes.Next(one.kind_case(), "share");
      for (const char* name :
           {"dimension", "base_kind", "outcome", "lower", "upper", "numerator",
            "numerator_lower", "numerator_upper", "base", "base_lower",
            "base_upper", "reporters", "left_out"}) {
        names.push_back(absl::StrCat(prefix, "_", name));
      }
    }
  }
}

void AddChangeAndShareFields(const v1::Cell& cell, std::vector<Value>& row) {
  for (const v1::Derived& one : cell.derived()) {
    if (one.has_change()) AddChange(one.change(), row);
    if (one.has_share()) AddShare(one.share(), row);
  }
}

std::vector<std::string> DerivedNotes(
    const std::vector<std::pair<std::string, const v1::Cell*>>& cells) {
  SaidOnce said;
  for (const auto& [name, cell] : cells) {
    for (const v1::Derived& one : cell->derived()) {
      if (one.has_share()) {
        said.Add(ShareSentence(one.share()), name);
      } else if (one.has_change() &&
                 one.change().as_published().outcome() != v1::OUTCOME_IS_BASE) {
        said.Add(ChangeSentence(one.change()), name);
      }
    }
  }
  return said.Notes(
      "$ more notes on changes and shares are not listed here; --format json "
      "has them all");
}

std::string ExplainDerived(const v1::Cell& cell) {
  std::string out;
  const auto without = [&out](const MissingReporters& left_out) {
    for (const v1::MissingReporter& one : left_out) {
      absl::StrAppend(&out, "  without ", Printable(one.title()), ": ",
                      StateWords(one.state()), one.reason().empty() ? "" : "; ",
                      Printable(one.reason()), "\n");
    }
  };
  for (const v1::Derived& derived : cell.derived()) {
    if (derived.has_change()) {
      const v1::Change& change = derived.change();
      const std::string heading =
          absl::StrCat("Change on ", change.base_period().text());
      absl::StrAppend(
          &out, heading, ", matched panel of ",
          ReportersWords(change.matched_panel().current_reporter_count()), ": ",
          ComparisonWords(change.matched_panel()),
          FlagsWords(change.matched_panel()), "\n");
      without(change.matched_panel().left_out());
      absl::StrAppend(&out, heading, ", as published: ",
                      ComparisonWords(change.as_published()),
                      FlagsWords(change.as_published()), "\n");
      if (change.has_base_coverage()) {
        absl::StrAppend(&out, "  coverage of the base: ",
                        Printable(CoverageSentence(change.base_coverage())),
                        "\n");
      }
    } else if (derived.has_share()) {
      const v1::Share& share = derived.share();
      absl::StrAppend(&out, "Share of ",
                      CodeWords(ShareBaseCode(share.base_kind())), ", ",
                      ReportersWords(share.reporter_count()), ": ",
                      ShareWords(share), "\n");
      without(share.left_out());
    } else {
      const v1::Rate& rate = derived.rate();
      absl::StrAppend(&out, "Per ", GroupedInteger(rate.per()), " ",
                      rate.denominator_measure(), " (",
                      rate.denominator_period().text(), "): ", RateWords(rate));
      if (rate.has_bounds()) {
        absl::StrAppend(&out, " = ", IntervalWords(rate.numerator()), " over ",
                        IntervalWords(rate.denominator()));
      }
      out += "\n";
      without(rate.left_out());
    }
  }
  return out;
}

}  // namespace collate::client
