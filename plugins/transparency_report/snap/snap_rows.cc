#include "plugins/transparency_report/snap/snap_rows.h"

#include <algorithm>
#include <iterator>

#include "plugins/tabular/header.h"

namespace collate::transparency_report {
namespace {

using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Status;

// ---- Measures --------------------------------------------------------------

constexpr SnapMeasure kEnforcements = {"enforcements", "Snap: enforcements",
                                       "enforcements", SnapUnit::kCount,
                                       nullptr,        true};
constexpr SnapMeasure kUniqueAccounts = {"unique_accounts_enforced",
                                         "Snap: unique accounts enforced",
                                         "unique accounts",
                                         SnapUnit::kAccounts,
                                         nullptr,
                                         false};
constexpr SnapMeasure kReports = {"content_and_account_reports",
                                  "Snap: content and account reports",
                                  "reports of content and accounts",
                                  SnapUnit::kCount,
                                  nullptr,
                                  true};
constexpr SnapMeasure kTurnaround = {"median_turnaround_minutes",
                                     "Snap: median turnaround time",
                                     "minutes",
                                     SnapUnit::kMedian,
                                     nullptr,
                                     false};
constexpr SnapMeasure kViolativeViews = {"violative_view_rate",
                                         "Snap: violative view rate",
                                         "per cent",
                                         SnapUnit::kPercentage,
                                         nullptr,
                                         false};
constexpr SnapMeasure kDisabled = {"exploitation_accounts_disabled",
                                   "Snap: accounts disabled for child sexual "
                                   "exploitation",
                                   "accounts",
                                   SnapUnit::kAccounts,
                                   nullptr,
                                   false};
constexpr SnapMeasure kExploitationContent = {
    "exploitation_content_enforced",
    "Snap: content enforced for child sexual exploitation",
    "content items",
    SnapUnit::kCount,
    nullptr,
    false};
constexpr SnapMeasure kSubmissions = {"submissions_to_ncmec",
                                      "Snap: submissions to NCMEC",
                                      "submissions",
                                      SnapUnit::kCount,
                                      nullptr,
                                      false};
constexpr SnapMeasure kAppeals = {"appeals",        "Snap: appeals", "appeals",
                                  SnapUnit::kCount, nullptr,         false};
constexpr SnapMeasure kReinstatements = {
    "reinstatements", "Snap: reinstatements",
    "reinstatements", SnapUnit::kCount,
    nullptr,          false};
constexpr SnapMeasure kUpheld = {"decisions_upheld",
                                 "Snap: decisions upheld",
                                 "decisions",
                                 SnapUnit::kCount,
                                 nullptr,
                                 false};
constexpr SnapMeasure kAppealDays = {"median_appeal_days",
                                     "Snap: median days to process appeals",
                                     "days",
                                     SnapUnit::kMedian,
                                     nullptr,
                                     false};
constexpr SnapMeasure kInformationRequests = {"information_requests",
                                              "Snap: information requests",
                                              "requests",
                                              SnapUnit::kCount,
                                              nullptr,
                                              false};
constexpr SnapMeasure kAccountsSpecified = {
    "account_identifiers_specified",
    "Snap: account identifiers in information requests",
    "account identifiers",
    SnapUnit::kAccounts,
    nullptr,
    false};
constexpr SnapMeasure kDataProducedFraction = {
    "information_produced_fraction",
    "Snap: information requests with some data produced, fraction",
    "fraction as printed",
    SnapUnit::kPercentage,
    nullptr,
    false};
constexpr SnapMeasure kDataProduced = {
    "information_produced_percent",
    "Snap: information requests with some data produced, per cent",
    "per cent",
    SnapUnit::kPercentage,
    &kDataProducedFraction,
    false};
constexpr SnapMeasure kRemovalRequests = {
    "removal_requests",
    "Snap: requests and notices to remove content",
    "requests and notices",
    SnapUnit::kCount,
    nullptr,
    false};
constexpr SnapMeasure kRemovedFraction = {
    "removals_made_fraction",
    "Snap: requests and notices with some content removed, fraction",
    "fraction as printed",
    SnapUnit::kPercentage,
    nullptr,
    false};
constexpr SnapMeasure kRemoved = {
    "removals_made_percent",
    "Snap: requests and notices with some content removed, per cent",
    "per cent",
    SnapUnit::kPercentage,
    &kRemovedFraction,
    false};
constexpr SnapMeasure kSuicideResources = {"suicide_resources_shared",
                                           "Snap: suicide resources shared",
                                           "times shared",
                                           SnapUnit::kCount,
                                           nullptr,
                                           false};
constexpr SnapMeasure kAdsReported = {"ads_reported", "Snap: ads reported",
                                      "ads",          SnapUnit::kCount,
                                      nullptr,        false};
constexpr SnapMeasure kAdsRemoved = {"ads_removed", "Snap: ads removed",
                                     "ads",         SnapUnit::kCount,
                                     nullptr,       false};

// ---- Metrics ---------------------------------------------------------------

// Sections that name their metrics alike.
enum class Group {
  kSafety,
  kExploitation,
  kAppeals,
  kInternational,
  kUnitedStates,
  kAgreements,
  kRemovals,
  kSuicide,
  kAds,
};

struct Metric {
  Group group;
  const char* name;  // normalised
  const SnapMeasure* measure;
  const char* request = nullptr;  // the kind of request, where its name says so
  bool by_violation = true;       // where the group is
};

constexpr char kEmergency[] = "Emergency Disclosure Requests";
constexpr char kOther[] = "Other Information Requests";

constexpr Metric kMetrics[] = {
    {Group::kSafety, "total enforcements", &kEnforcements},
    {Group::kSafety, "total unique accounts enforced", &kUniqueAccounts},
    {Group::kSafety, "median turnaround time minutes", &kTurnaround},
    {Group::kSafety, "content and account reports", &kReports},
    {Group::kSafety, "total content and account reports", &kReports},
    {Group::kSafety, "violative view rate", &kViolativeViews, nullptr, false},
    {Group::kExploitation, "accounts disabled", &kDisabled},
    {Group::kExploitation, "total accounts disabled", &kDisabled},
    {Group::kExploitation, "total content enforced", &kExploitationContent},
    {Group::kExploitation, "total submissions to ncmec", &kSubmissions},
    {Group::kAppeals, "total appeals", &kAppeals},
    {Group::kAppeals, "total reinstatements", &kReinstatements},
    {Group::kAppeals, "total decisions upheld", &kUpheld},
    {Group::kAppeals, "median turnaround time days to process appeals",
     &kAppealDays},
    {Group::kInternational, "emergency disclosure requests edrs",
     &kInformationRequests, kEmergency},
    {Group::kInternational, "accounts specified for edrs", &kAccountsSpecified,
     kEmergency},
    {Group::kInternational, "percentage of edrs where some data was produced",
     &kDataProduced, kEmergency},
    {Group::kInternational, "other information requests", &kInformationRequests,
     kOther},
    {Group::kInternational, "accounts specified for other information requests",
     &kAccountsSpecified, kOther},
    {Group::kInternational,
     "percentage of other information requests where some data was produced",
     &kDataProduced, kOther},
    {Group::kUnitedStates, "requests", &kInformationRequests},
    {Group::kUnitedStates, "accounts specified", &kAccountsSpecified},
    {Group::kUnitedStates,
     "percentage of requests where some data was produced", &kDataProduced},
    {Group::kAgreements, "requests", &kInformationRequests},
    {Group::kAgreements, "account identifiers", &kAccountsSpecified},
    {Group::kRemovals, "removal requests", &kRemovalRequests},
    {Group::kRemovals, "trademark notices", &kRemovalRequests},
    {Group::kRemovals, "notices", &kRemovalRequests},
    {Group::kRemovals, "counter notices", &kRemovalRequests},
    {Group::kRemovals, "percentage of requests where some content was removed",
     &kRemoved},
    {Group::kSuicide, "total suicide resources shared", &kSuicideResources},
    {Group::kAds, "total ads reported", &kAdsReported},
    {Group::kAds, "total ads removed", &kAdsRemoved},
};

// ---- Places ----------------------------------------------------------------

// How Snap came to know of what it acted on.
enum class Origin { kNone, kBoth, kReactive, kProactive };

const char* LabelOf(Origin origin) {
  return origin == Origin::kReactive    ? "Reactive"
         : origin == Origin::kProactive ? "Proactive"
                                        : nullptr;
}

Origin OriginOf(std::string_view text) {
  const std::string name = NormaliseName(text);
  if (name == "reactive") return Origin::kReactive;
  if (name == "proactive") return Origin::kProactive;
  for (const char* both : {"reactive and proactive", "proactive and reactive",
                           "reactive & proactive", "proactive & reactive"}) {
    if (name == both) return Origin::kBoth;
  }
  return Origin::kNone;
}

// What a cell of labels holds.
enum class Slot {
  kNothing,
  kGeography,
  kViolation,  // or the origin, which then is the total of all violations
  kOrigin,     // or nothing: the section says it
  kAnyOrigin,  // the cell alone says it
  kRequest,    // the kind of request
  kFixed,      // the category, when it only names its place
};

struct Place {
  const char* section;   // normalised
  const char* category;  // normalised; null = any, which `slot` says
  Slot slot;             // of the category
  Slot first;            // of sub_category_1
  Slot second;
  Group group;
  const char* geography = nullptr;  // where no slot says it
  Origin origin = Origin::kNone;
  bool request_is_section = false;
};

constexpr char kWorld[] = "Global";
constexpr char kUnitedStates[] = "United States";
constexpr char kOverview[] = "overview of our t&s enforcements";
constexpr char kDetection[] = "proactive detection & enforcement";
constexpr char kViolations[] = "community guidelines violations reported";
constexpr char kChildren[] = "combating child sexual exploitation and abuse";

constexpr Place kPlaces[] = {
    {kOverview, "country", Slot::kFixed, Slot::kGeography, Slot::kViolation,
     Group::kSafety, nullptr, Origin::kBoth},
    {kOverview, "global", Slot::kFixed, Slot::kViolation, Slot::kOrigin,
     Group::kSafety, kWorld, Origin::kBoth},
    {kOverview, "region", Slot::kFixed, Slot::kGeography, Slot::kOrigin,
     Group::kSafety, nullptr, Origin::kBoth},
    {kDetection, "country", Slot::kFixed, Slot::kGeography, Slot::kViolation,
     Group::kSafety, nullptr, Origin::kProactive},
    {kDetection, "global", Slot::kFixed, Slot::kViolation, Slot::kOrigin,
     Group::kSafety, kWorld, Origin::kProactive},
    {kDetection, "region", Slot::kFixed, Slot::kGeography, Slot::kOrigin,
     Group::kSafety, nullptr, Origin::kProactive},
    {kViolations, "country", Slot::kFixed, Slot::kGeography, Slot::kViolation,
     Group::kSafety, nullptr, Origin::kReactive},
    {kViolations, "global", Slot::kFixed, Slot::kViolation, Slot::kOrigin,
     Group::kSafety, kWorld, Origin::kReactive},
    {kViolations, "region", Slot::kFixed, Slot::kGeography, Slot::kOrigin,
     Group::kSafety, nullptr, Origin::kReactive},
    {"regional & country overview", "total", Slot::kFixed, Slot::kAnyOrigin,
     Slot::kNothing, Group::kSafety, kWorld},
    // The violative view rate stands without a section.
    {"", "global", Slot::kFixed, Slot::kNothing, Slot::kNothing, Group::kSafety,
     kWorld},
    {kChildren, "country / region", Slot::kFixed, Slot::kGeography,
     Slot::kNothing, Group::kExploitation},
    {kChildren, "global", Slot::kFixed, Slot::kNothing, Slot::kNothing,
     Group::kExploitation, kWorld},
    {"appeals", "global", Slot::kFixed, Slot::kViolation, Slot::kNothing,
     Group::kAppeals, kWorld},
    {"international government information requests", "country / region",
     Slot::kFixed, Slot::kGeography, Slot::kNothing, Group::kInternational},
    {"united states government information requests", nullptr, Slot::kRequest,
     Slot::kNothing, Slot::kNothing, Group::kUnitedStates, kUnitedStates},
    {"requests pursuant to bilateral data access agreements", nullptr,
     Slot::kGeography, Slot::kNothing, Slot::kNothing, Group::kAgreements,
     nullptr, Origin::kNone, true},
    {"united states national security requests", nullptr, Slot::kRequest,
     Slot::kNothing, Slot::kNothing, Group::kAgreements, kUnitedStates},
    {"governmental content & account removal requests", "", Slot::kFixed,
     Slot::kNothing, Slot::kNothing, Group::kRemovals, kWorld, Origin::kNone,
     true},
    {"copyrighted content takedown notices (dmca)", nullptr, Slot::kRequest,
     Slot::kNothing, Slot::kNothing, Group::kRemovals, kWorld},
    {"trademark notices", "", Slot::kFixed, Slot::kNothing, Slot::kNothing,
     Group::kRemovals, kWorld, Origin::kNone, true},
    {"suicide resources shared", "global", Slot::kFixed, Slot::kNothing,
     Slot::kNothing, Group::kSuicide, kWorld},
    {"ads moderation", "global", Slot::kFixed, Slot::kNothing, Slot::kNothing,
     Group::kAds, kWorld},
};

const Place* FindPlace(const SnapLabels& labels) {
  const std::string section = NormaliseName(labels.section);
  const std::string category = NormaliseName(labels.category);
  const auto* const found =
      std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Place& p) {
        return section == p.section &&
               (p.category == nullptr || category == p.category);
      });
  return found == std::end(kPlaces) ? nullptr : found;
}

const Metric* FindMetric(Group group, std::string_view text) {
  const std::string name = NormaliseName(text);
  const auto* const found = std::find_if(
      std::begin(kMetrics), std::end(kMetrics),
      [&](const Metric& m) { return group == m.group && name == m.name; });
  return found == std::end(kMetrics) ? nullptr : found;
}

Status Refuse(const char* reason, const char* message, std::string expected,
              std::string_view found) {
  return Status(
      tabular::Error{.reason = reason,
                     .message = message,
                     .expected = std::move(expected),
                     .found = tabular::Printable(std::string(found))});
}

// Reads the cells of labels of one row in turn.
class Labels {
 public:
  Labels(const Place& place, const Metric& metric, SnapMeaning* meaning)
      : place_(place), metric_(metric), meaning_(*meaning) {}

  Status Take(Slot slot, std::string_view text) {
    switch (slot) {
      case Slot::kFixed:
        return OkStatus();
      case Slot::kNothing:
        return TakeNothing(text);
      case Slot::kGeography:
        return Put("geography", text);
      case Slot::kRequest:
        return Put("snap_request", text);
      case Slot::kViolation:
        if (!metric_.by_violation) return TakeNothing(text);
        if (OriginOf(text) == Origin::kNone) return Put("harm", text);
        meaning_.total = true;
        return TakeOrigin(text);
      case Slot::kOrigin:
        return text.empty() ? OkStatus() : TakeOrigin(text);
      case Slot::kAnyOrigin:
        if (OriginOf(text) == Origin::kNone) {
          return Refuse("UNKNOWN_ORIGIN", "no origin is called that",
                        "Reactive, Proactive, or both", text);
        }
        origin_ = OriginOf(text);
        return OkStatus();
    }
    return OkStatus();
  }

  // What the place itself says.
  void Finish(std::string_view section) {
    if (origin_ == Origin::kNone && metric_.by_violation) {
      origin_ = place_.origin;
    }
    if (LabelOf(origin_) != nullptr) {
      meaning_.dimensions.emplace_back("snap_origin", LabelOf(origin_));
    }
    if (place_.geography != nullptr) {
      meaning_.dimensions.emplace_back("geography", place_.geography);
    }
    if (metric_.request != nullptr) {
      meaning_.dimensions.emplace_back("snap_request", metric_.request);
    } else if (place_.request_is_section) {
      meaning_.dimensions.emplace_back("snap_request", section);
    }
  }

 private:
  Status TakeNothing(std::string_view text) {
    if (text.empty()) return OkStatus();
    return Refuse("UNEXPECTED_LABEL",
                  "a label where this section and metric have none", "nothing",
                  text);
  }

  Status Put(const char* axis, std::string_view text) {
    if (text.empty()) {
      return Refuse("EMPTY_LABEL", "a figure of nothing that is named",
                    std::string("a label of ") + axis, text);
    }
    meaning_.dimensions.emplace_back(axis, text);
    return OkStatus();
  }

  Status TakeOrigin(std::string_view text) {
    const Origin origin = OriginOf(text);
    const bool all = origin == Origin::kBoth && place_.origin == Origin::kNone;
    if (all || origin == place_.origin) return OkStatus();
    return Refuse("ORIGIN_CONFLICT",
                  "a label that the section contradicts: it says how Snap came "
                  "to know",
                  LabelOf(place_.origin) != nullptr ? LabelOf(place_.origin)
                                                    : "Reactive and Proactive",
                  text);
  }

  const Place& place_;
  const Metric& metric_;
  SnapMeaning& meaning_;
  Origin origin_ = Origin::kNone;
};

}  // namespace

const std::vector<const SnapMeasure*>& SnapMeasures() {
  static const auto* const measures =
      new std::vector<const SnapMeasure*>{&kEnforcements,
                                          &kUniqueAccounts,
                                          &kReports,
                                          &kTurnaround,
                                          &kViolativeViews,
                                          &kDisabled,
                                          &kExploitationContent,
                                          &kSubmissions,
                                          &kAppeals,
                                          &kReinstatements,
                                          &kUpheld,
                                          &kAppealDays,
                                          &kInformationRequests,
                                          &kAccountsSpecified,
                                          &kDataProduced,
                                          &kDataProducedFraction,
                                          &kRemovalRequests,
                                          &kRemoved,
                                          &kRemovedFraction,
                                          &kSuicideResources,
                                          &kAdsReported,
                                          &kAdsRemoved};
  return *measures;
}

Status MeaningOf(const SnapLabels& labels, SnapMeaning* meaning,
                 SnapColumn* at) {
  *meaning = {};
  const Place* place = FindPlace(labels);
  if (place == nullptr) {
    meaning->known = SnapMeaning::Known::kUnknownSection;
    return OkStatus();
  }
  const Metric* metric = FindMetric(place->group, labels.metric);
  if (metric == nullptr) {
    meaning->known = SnapMeaning::Known::kUnknownMetric;
    return OkStatus();
  }
  meaning->measure = metric->measure;
  Labels reader(*place, *metric, meaning);
  const std::pair<SnapColumn, std::pair<Slot, std::string_view>> cells[] = {
      {SnapColumn::kCategory, {place->slot, labels.category}},
      {SnapColumn::kSubCategory1, {place->first, labels.sub_category_1}},
      {SnapColumn::kSubCategory2, {place->second, labels.sub_category_2}}};
  for (const auto& [column, cell] : cells) {
    *at = column;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader.Take(cell.first, cell.second));
  }
  reader.Finish(labels.section);
  const bool world = place->geography != nullptr &&
                     std::string_view(place->geography) == kWorld;
  meaning->is_exploitation_content =
      world && metric->measure == &kExploitationContent;
  meaning->is_exploitation_reports =
      world && metric->measure == &kReports &&
      place->origin == Origin::kReactive &&
      NormaliseName(labels.sub_category_1) == "child sexual exploitation";
  return OkStatus();
}

}  // namespace collate::transparency_report
