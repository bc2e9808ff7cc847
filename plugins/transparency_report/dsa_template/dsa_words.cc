#include "plugins/transparency_report/dsa_template/dsa_words.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"

namespace collate::transparency_report {
namespace {

constexpr auto kSum = sdk::Aggregation::kSum;
constexpr auto kNone = sdk::Aggregation::kNone;
constexpr auto kUnique = sdk::Aggregation::kUnique;

// The template states no unit for times and shares: they are kept as printed.
constexpr char kTime[] = "time, unit not stated";
constexpr char kShare[] = "share, unit not stated";
constexpr char kSource[] = "dsa_source_type";
constexpr char kTrusted[] = "Trusted flaggers";

std::vector<DsaColumn> OrderColumns() {
  return {
      {{"number of orders to act against illegal content received"},
       {"DSA orders to act against illegal content", "orders", kSum}},
      {{"number of specific items of information included in the total number "
        "of orders to act against illegal content"},
       {"Items in DSA orders to act against illegal content", "items", kSum}},
      {{"median time to inform the authority of the receipt of the order to "
        "act against illegal content"},
       {"Median time to acknowledge DSA orders to act", kTime, kNone}},
      {{"median time to give effect to the order to act against illegal "
        "content"},
       {"Median time to give effect to DSA orders to act", kTime, kNone}},
      {{"number of orders to provide information"},
       {"DSA orders to provide information", "orders", kSum}},
      {{"median time to inform the authority of the receipt of the order to "
        "provide information"},
       {"Median time to acknowledge DSA orders to inform", kTime, kNone}},
      {{"median time to give effect to the order to provide information"},
       {"Median time to give effect to DSA orders to inform", kTime, kNone}},
  };
}

std::vector<DsaColumn> NoticeColumns() {
  const DsaMeasure notices = {"DSA notices", "notices", kSum};
  const DsaMeasure items = {"Items in DSA notices", "items", kSum};
  const DsaMeasure time = {"Median time to act on DSA notices", kTime, kNone};
  const DsaMeasure law = {"Actions on DSA notices by law", "actions", kSum};
  const DsaMeasure terms = {"Actions on DSA notices by terms and conditions",
                            "actions", kSum};
  const char* const kItems =
      "number of specific items of information included in the total number of "
      "notices";
  return {
      {{"number of notices received"}, notices},
      {{"number of notices received from trusted flaggers"},
       notices,
       kSource,
       kTrusted},
      {{kItems}, items},
      {{"number of specific items of information included in the total number "
        "of notices by trusted flaggers (trusted flagger notices)",
        "number of specific items of information included in the total number "
        "of notices by trusted flaggers"},
       items,
       kSource,
       kTrusted},
      {{"median time to take action"}, time},
      {{"median time to take action (trusted flagger notices)"},
       time,
       kSource,
       kTrusted},
      {{"number of actions taken on the basis of the law"}, law},
      {{"number of actions taken on the basis of the law (trusted flagger "
        "notices)"},
       law,
       kSource,
       kTrusted},
      {{"number of actions taken on the basis of the terms and conditions of "
        "the service"},
       terms},
      {{"number of actions taken on the basis of the terms and conditions of "
        "the service (trusted flagger notices)"},
       terms,
       kSource,
       kTrusted},
  };
}

std::vector<DsaColumn> OwnInitiativeColumns(const char* measure) {
  const DsaMeasure measures = {measure, "measures", kSum};
  std::vector<DsaColumn> columns = {
      {{"number of measures taken at the provider's own initiative"}, measures},
      {{"number of measures taken after detection with solely automated means"},
       measures,
       "automated_detection"}};
  for (const char* name :
       {"visibility restriction removal", "visibility restriction disable",
        "visibility restriction demoted",
        "visibility restriction age restricted",
        "visibility restriction interaction restricted",
        "visibility restriction labelled", "visibility restriction other",
        "monetary restriction suspension", "monetary restriction termination",
        "monetary restriction other", "provision of the service suspension",
        "provision of the service termination",
        "account restriction suspension", "account restriction termination"}) {
    columns.push_back({{name}, measures, "restriction"});
  }
  return columns;
}

// Scopes of complaints and disputes that are outcomes of them.
bool IsOutcome(const std::string& scope) {
  return scope == "decisions upheld" ||
         scope == "decisions partially reversed" ||
         scope == "decisions reversed" || scope == "decision omitted";
}

std::optional<DsaIndicator> Decided(const std::string& scope,
                                    std::string_view printed, DsaMeasure count,
                                    DsaMeasure time) {
  if (scope == "total number") {
    return DsaIndicator{.measure = count, .total_of = "dsa_outcome"};
  }
  if (IsOutcome(scope)) {
    return DsaIndicator{.measure = count,
                        .axes = {{"dsa_outcome", std::string(printed)}}};
  }
  if (scope == "median time") return DsaIndicator{.measure = time};
  return std::nullopt;
}

std::optional<DsaIndicator> Complaint(const std::string& indicator,
                                      std::string_view printed,
                                      const std::string& scope,
                                      std::string_view printed_scope) {
  if (indicator ==
      "number of restrictions newly imposed as a result of an internal "
      "complaint") {
    if (scope != "total number") return std::nullopt;
    return DsaIndicator{
        .measure = {"Restrictions newly imposed after DSA complaints",
                    "restrictions", kSum}};
  }
  std::optional<DsaIndicator> found =
      Decided(scope, printed_scope, {"DSA complaints", "complaints", kSum},
              {"Median time to decide DSA complaints", kTime, kNone});
  if (!found.has_value()) return found;
  if (indicator ==
      "number of complaints submitted to the internal-complaints mechanism") {
    if (found->total_of.empty()) found->total_of = "dsa_complaint";
    return found;
  }
  if (indicator.rfind("complaint regarding a decision ", 0) != 0) {
    return std::nullopt;
  }
  found->axes.emplace_back("dsa_complaint", std::string(printed));
  return found;
}

std::optional<DsaIndicator> Dispute(const std::string& indicator,
                                    const std::string& scope,
                                    std::string_view printed_scope) {
  if (indicator !=
      "number of disputes submitted to out-of-court dispute settlement "
      "bodies") {
    return std::nullopt;
  }
  if (scope == "percentage of outcomes implemented") {
    return DsaIndicator{
        .measure = {"Share of outcomes of DSA disputes that were implemented",
                    kShare, kNone}};
  }
  return Decided(scope, printed_scope,
                 {"DSA out-of-court disputes", "disputes", kSum},
                 {"Median time of DSA out-of-court disputes", kTime, kNone});
}

std::optional<DsaIndicator> Automated(const std::string& indicator,
                                      std::string_view printed,
                                      const std::string& scope,
                                      std::string_view printed_scope) {
  DsaIndicator found;
  if (scope == "total number") {
    found.total_of = "dsa_scope";
  } else {
    found.axes.emplace_back("dsa_scope", std::string(printed_scope));
  }
  if (indicator == "number of measures solely taken by automated means" ||
      indicator == "number of measures not taken by automated means") {
    found.measure = {"DSA measures by use of automated means", "measures",
                     kSum};
    found.axes.emplace_back("automated_decision", std::string(printed));
    return found;
  }
  if (indicator == "number of notices solely processed by automated means" ||
      indicator == "number of notices not processed by automated means") {
    found.measure = {"DSA notices by use of automated means", "notices", kSum};
    found.axes.emplace_back("automated_decision", std::string(printed));
    return found;
  }
  if (indicator == "accuracy of the automated means - accuracy") {
    found.measure = {"Accuracy of automated means", kShare, kNone};
    return found;
  }
  if (indicator == "accuracy of the automated means - precision") {
    found.measure = {"Precision of automated means", kShare, kNone};
    return found;
  }
  if (indicator == "accuracy of the automated means - recall") {
    found.measure = {"Recall of automated means", kShare, kNone};
    return found;
  }
  return std::nullopt;
}

std::optional<DsaIndicator> Moderators(const std::string& indicator,
                                       std::string_view printed,
                                       const std::string& scope,
                                       std::string_view printed_scope) {
  if (indicator == "number of internal moderators employed by the provider" ||
      indicator == "number of external moderators contracted by the provider") {
    if (scope != "total number") return std::nullopt;
    return DsaIndicator{
        .measure = {"DSA content moderators", "moderators", kSum},
        .axes = {{"dsa_moderator", std::string(printed)}}};
  }
  if (indicator !=
      "number of total moderators with sufficient linguistic expertise") {
    return std::nullopt;
  }
  // One person may speak several languages.
  DsaIndicator found{
      .measure = {"DSA content moderators by language", "moderators", kUnique}};
  if (scope == "total number") {
    found.total_of = "dsa_scope";
  } else {
    found.axes.emplace_back("dsa_scope", std::string(printed_scope));
  }
  return found;
}

std::optional<DsaIndicator> Suspension(const std::string& indicator,
                                       std::string_view printed,
                                       const std::string& scope) {
  if (indicator.rfind("number of suspensions enacted for the provision of "
                      "manifestly ",
                      0) != 0 ||
      scope != "total number") {
    return std::nullopt;
  }
  return DsaIndicator{
      .measure = {"DSA suspensions of repeat offenders", "suspensions", kSum},
      .axes = {{"dsa_suspension", std::string(printed)}}};
}

}  // namespace

std::string DsaName(std::string_view text) {
  std::string straight;
  for (size_t i = 0; i < text.size();) {
    const std::string_view three = text.substr(i, 3);
    if (three == "\xE2\x80\x98" || three == "\xE2\x80\x99") {
      straight += '\'';
      i += 3;
    } else if (three == "\xE2\x80\x9C" || three == "\xE2\x80\x9D") {
      straight += '"';
      i += 3;
    } else if (three == "\xE2\x80\x93") {
      straight += '-';
      i += 3;
    } else if (text.substr(i, 2) == "\xC2\xA0") {
      straight += ' ';
      i += 2;
    } else {
      straight += text[i++];
    }
  }
  return tabular::NormaliseName(straight);
}

DsaSection SectionOf(const Names& row) {
  const auto has = [&](std::initializer_list<const char*> names) {
    return std::all_of(names.begin(), names.end(),
                       [&](const char* name) { return row.contains(name); });
  };
  if (has({"category label", "category description"})) {
    return DsaSection::kCategoryNames;
  }
  if (!has({"applicability", "service"})) return DsaSection::kNone;
  if (!has({"reporting period"})) {
    return has({"indicator", "value"}) ? DsaSection::kIdentification
                                       : DsaSection::kNone;
  }
  if (has({"section", "indicator", "scope", "value"})) {
    return DsaSection::kIndicators;
  }
  if (has({"indicator", "value"})) return DsaSection::kText;
  if (has({"category of incompatibility with the provider's terms and "
           "conditions"})) {
    return DsaSection::kOwnInitiativeTerms;
  }
  if (!has({"category of illegal content"})) return DsaSection::kNone;
  if (has({"number of orders to act against illegal content received"})) {
    return DsaSection::kOrders;
  }
  if (has({"number of notices received"})) return DsaSection::kNotices;
  return has({"number of measures taken at the provider's own initiative"})
             ? DsaSection::kOwnInitiativeIllegal
             : DsaSection::kNone;
}

int SectionNumberIn(std::string_view name) {
  static constexpr std::string_view kWords[] = {
      "report", "categories", "member", "notices", "own", "own",
      "appeal", "automated",  "human",  "amar",    "qual"};
  const std::string lower = tabular::NormaliseName(name);
  for (int number = 11; number >= 1; --number) {
    const std::string sought =
        std::to_string(number) + " " + std::string(kWords[number - 1]);
    const size_t at = lower.find(sought);
    if (at == std::string::npos) continue;
    if (at == 0 || lower[at - 1] < '0' || lower[at - 1] > '9') return number;
  }
  return 0;
}

const std::vector<DsaColumn>& DsaColumns(DsaSection section) {
  static const auto* const orders = new std::vector<DsaColumn>(OrderColumns());
  static const auto* const notices =
      new std::vector<DsaColumn>(NoticeColumns());
  static const auto* const illegal = new std::vector<DsaColumn>(
      OwnInitiativeColumns("DSA own-initiative measures, illegal content"));
  static const auto* const terms =
      new std::vector<DsaColumn>(OwnInitiativeColumns(
          "DSA own-initiative measures, terms and conditions"));
  switch (section) {
    case DsaSection::kOrders:
      return *orders;
    case DsaSection::kNotices:
      return *notices;
    case DsaSection::kOwnInitiativeIllegal:
      return *illegal;
    default:
      return *terms;
  }
}

std::optional<DsaIndicator> FindIndicator(std::string_view section,
                                          std::string_view indicator,
                                          std::string_view scope) {
  const std::string in = DsaName(section);
  const std::string name = DsaName(indicator);
  const std::string of = DsaName(scope);
  if (in == "internal complaints mechanism") {
    return Complaint(name, indicator, of, scope);
  }
  if (in == "out-of-court dispute settlement bodies") {
    return Dispute(name, of, scope);
  }
  if (in == "suspensions imposed on repeated offenders") {
    return Suspension(name, indicator, of);
  }
  if (in == "use of automated means for content moderation") {
    return Automated(name, indicator, of, scope);
  }
  if (in == "human resources dedicated to content moderation") {
    return Moderators(name, indicator, of, scope);
  }
  if (in == "amar" &&
      name ==
          "number of average monthly active recipients during the reporting "
          "period") {
    return DsaIndicator{.measure = {"DSA average monthly active recipients",
                                    "recipients", kUnique},
                        .by_state = true};
  }
  return std::nullopt;
}

std::optional<int32_t> ParseDsaDate(std::string_view text) {
  text = tabular::Trim(text);
  if (text.size() != 10 || text[4] != text[7] ||
      (text[4] != '-' && text[4] != '/')) {
    return std::nullopt;
  }
  int number[3] = {};
  const std::pair<size_t, size_t> kParts[] = {{0, 4}, {5, 2}, {8, 2}};
  for (size_t part = 0; part < 3; ++part) {
    for (const char c : text.substr(kParts[part].first, kParts[part].second)) {
      if (c < '0' || c > '9') return std::nullopt;
      number[part] = number[part] * 10 + (c - '0');
    }
  }
  return sdk::DayNumber(number[0], number[1], number[2]);
}

std::optional<sdk::Period> ParseDsaPeriod(std::string_view text) {
  text = tabular::Trim(text);
  if (text.size() < 21) return std::nullopt;
  const auto first = ParseDsaDate(text.substr(0, 10));
  const auto last = ParseDsaDate(text.substr(text.size() - 10));
  const std::string_view between =
      tabular::Trim(text.substr(10, text.size() - 20));
  if (!first.has_value() || !last.has_value() || *last < *first ||
      (between != "/" && between != "-" && between != "to")) {
    return std::nullopt;
  }
  return sdk::Period{.begin = *first,
                     .end = *last + 1,
                     .kind = sdk::PeriodKind::kInterval,
                     .text = std::string(text)};
}

}  // namespace collate::transparency_report
