#include "service/access/roles.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"

namespace collate::access {
namespace {

constexpr RoleSet kAsk = {Role::kReader, Role::kAnalyst};
constexpr RoleSet kLookUp = {Role::kReader, Role::kAnalyst, Role::kIngester,
                             Role::kAdmin};
// Rows, reports and what somebody thought of them.
constexpr RoleSet kExamine = {Role::kAnalyst};
constexpr RoleSet kExamineOrIngest = {Role::kAnalyst, Role::kIngester};
constexpr RoleSet kIngest = {Role::kIngester};
constexpr RoleSet kWatch = {Role::kAnalyst, Role::kIngester, Role::kAdmin};
constexpr RoleSet kLookAfter = {Role::kAdmin};
constexpr RoleSet kOpen = {Role::kOriginals};

constexpr bool kSensitive = true;
constexpr bool kPlain = false;

constexpr MethodRule kRules[] = {
    {"/collate.v1.CatalogueService/GetAdapter", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetDimension", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetMeasure", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetMember", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetPanel", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetRelease", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/GetReleaseReport", kExamineOrIngest, kPlain},
    {"/collate.v1.CatalogueService/GetSource", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListAdapters", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListDimensions", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListFindings", kExamine, kPlain},
    {"/collate.v1.CatalogueService/ListMeasures", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListMembers", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListPanels", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListReleases", kLookUp, kPlain},
    {"/collate.v1.CatalogueService/ListSources", kLookUp, kPlain},
    {"/collate.v1.IngestionService/IngestDocument", kIngest, kSensitive},
    {"/collate.v1.IngestionService/IngestRelease", kIngest, kSensitive},
    {"/collate.v1.IngestionService/PreviewRelease", kExamineOrIngest, kPlain},
    {"/collate.v1.IngestionService/WithdrawRelease", kIngest, kSensitive},
    {"/collate.v1.OperationsService/AuditDisclosure", kLookAfter, kSensitive},
    {"/collate.v1.OperationsService/BackUpStore", kLookAfter, kSensitive},
    {"/collate.v1.OperationsService/CheckStore", kLookAfter, kPlain},
    {"/collate.v1.OperationsService/GetServiceStatus", kWatch, kPlain},
    {"/collate.v1.OperationsService/ReloadAdapters", kLookAfter, kSensitive},
    {"/collate.v1.StatisticsService/CheckClaims", kAsk, kPlain},
    {"/collate.v1.StatisticsService/CheckQuery", kAsk, kPlain},
    {"/collate.v1.StatisticsService/CompareMeasures", kAsk, kPlain},
    {"/collate.v1.StatisticsService/ExplainCell", kAsk, kPlain},
    {"/collate.v1.StatisticsService/ExportObservations", kExamine, kSensitive},
    {"/collate.v1.StatisticsService/GetAnswer", kAsk, kPlain},
    {"/collate.v1.StatisticsService/ListConflicts", kAsk, kPlain},
    {"/collate.v1.StatisticsService/ListObservations", kExamine, kPlain},
    {"/collate.v1.StatisticsService/ListRevisions", kAsk, kPlain},
    {"/collate.v1.StatisticsService/QueryStatistics", kAsk, kPlain},
    {"/collate.v1.StatisticsService/ReadDocument", kOpen, kSensitive},
    {"/collate.v1.StatisticsService/ReadDocumentCells", kOpen, kSensitive},
};

static_assert(std::is_sorted(std::begin(kRules), std::end(kRules),
                             [](const MethodRule& a, const MethodRule& b) {
                               return std::string_view(a.method) <
                                      std::string_view(b.method);
                             }));

}  // namespace

absl::string_view NameOf(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kAnalyst:
      return "analyst";
    case Role::kOriginals:
      return "originals";
    case Role::kIngester:
      return "ingester";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

std::optional<Role> RoleNamed(absl::string_view name) {
  for (const Role role : kRoles) {
    if (NameOf(role) == name) return role;
  }
  return std::nullopt;
}

std::string NamesOf(RoleSet roles) {
  std::vector<absl::string_view> names;
  for (const Role role : kRoles) {
    if (roles.Has(role)) names.push_back(NameOf(role));
  }
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

absl::Span<const MethodRule> MethodRules() { return kRules; }

bool SeesRestricted(absl::string_view method, RoleSet roles) {
  if (roles.Has(Role::kAnalyst)) return true;
  // Documents are shown whole or not at all.
  const MethodRule* const rule = RuleOf(method);
  return rule != nullptr && rule->roles == kOpen && roles.Has(Role::kOriginals);
}

const MethodRule* RuleOf(absl::string_view method) {
  const auto* const found =
      std::lower_bound(std::begin(kRules), std::end(kRules), method,
                       [](const MethodRule& rule, absl::string_view wanted) {
                         return absl::string_view(rule.method) < wanted;
                       });
  return found != std::end(kRules) && found->method == method ? found : nullptr;
}

}  // namespace collate::access
