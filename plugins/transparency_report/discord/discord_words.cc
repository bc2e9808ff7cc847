#include "plugins/transparency_report/discord/discord_words.h"

#include <algorithm>

#include "plugins/tabular/header.h"

namespace collate::transparency_report {
namespace {

constexpr auto kSum = sdk::Aggregation::kSum;
constexpr auto kNone = sdk::Aggregation::kNone;
// One account or server may be warned or disabled more than once.
constexpr auto kUnique = sdk::Aggregation::kUnique;

constexpr char kWorld[] = "World";
constexpr char kUnitedStates[] = "United States";
constexpr char kInternational[] = "International";

std::vector<DiscordTable> MakeTables() {
  const DiscordColumn requests = {{"requests"},
                                  "Government information requests to Discord",
                                  "requests",
                                  kSum};
  const DiscordColumn produced = {
      {"information produced"},
      "Government information requests that Discord produced information for",
      "requests",
      kSum};
  const std::vector<DiscordColumn> preservation = {
      {{"requests"}, "Preservation requests to Discord", "requests", kSum},
      {{"complied"},
       "Preservation requests that Discord complied with",
       "requests",
       kSum}};
  return {
      {"month",
       DiscordRows::kMonths,
       {"", "ncmec", "q2 ncmec reports"},
       kWorld,
       kWorld,
       {{{"media reports"},
         "Discord reports to NCMEC",
         "reports",
         kSum,
         false,
         "harm"},
        {{"escalations", "grooming or endangerment escalations"},
         "Discord reports to NCMEC",
         "reports",
         kSum,
         false,
         "harm"},
        {{"month total"},
         "Discord reports to NCMEC",
         "reports",
         kSum,
         false,
         "harm",
         true}}},
      {"warns",
       DiscordRows::kHarms,
       {"warns"},
       kWorld,
       kWorld,
       {{{"individual accounts warned"},
         "Discord accounts warned",
         "accounts",
         kUnique},
        {{"servers warned"}, "Discord servers warned", "servers", kUnique},
        {{"server member warnings"},
         "Discord server member warnings",
         "warnings",
         kSum}}},
      {"accounts disabled category",
       DiscordRows::kHarms,
       {"accounts disabled"},
       kWorld,
       kWorld,
       {{{"accounts disabled"},
         "Discord accounts disabled",
         "accounts",
         kUnique}}},
      {"servers removed category",
       DiscordRows::kHarms,
       {"servers removed"},
       kWorld,
       kWorld,
       {{{"servers removed proactive"},
         "Discord servers removed",
         "servers",
         kSum,
         false,
         "discord_detection"},
        {{"servers removed reactive"},
         "Discord servers removed",
         "servers",
         kSum,
         false,
         "discord_detection"},
        {{"total servers removed"},
         "Discord servers removed",
         "servers",
         kSum,
         false,
         "discord_detection",
         true}}},
      {"appeal category",
       DiscordRows::kHarms,
       {"appeals"},
       kWorld,
       kWorld,
       {{{"accounts disabled"},
         "Discord accounts disabled",
         "accounts",
         kUnique},
        {{"appeals"}, "Appeals to Discord", "appeals", kSum},
        {{"% accounts who submitted an appeal"},
         "Share of disabled Discord accounts that appealed",
         "per cent",
         kNone,
         true},
        {{"appeals granted"}, "Appeals that Discord granted", "appeals", kSum},
        {{"% account appeals granted"},
         "Share of appeals that Discord granted",
         "per cent",
         kNone,
         true},
        {{"% accounts unbanned"},
         "Share of disabled Discord accounts that were unbanned",
         "per cent",
         kNone,
         true}}},
      {"report category",
       DiscordRows::kHarms,
       {"reports"},
       kWorld,
       kWorld,
       {{{"reports received"},
         "Reports that Discord received",
         "reports",
         kSum},
        {{"reports actioned"},
         "Reports that Discord acted on",
         "reports",
         kSum},
        {{"% of reports actioned"},
         "Share of reports that Discord acted on",
         "per cent",
         kNone,
         true}}},
      // Another count than the one above: of every report made in the app.
      {"report category",
       DiscordRows::kHarms,
       {"in-app reports"},
       kWorld,
       kWorld,
       {{{"reports received"},
         "In-app reports that Discord received",
         "reports",
         kSum}}},
      {"request type",
       DiscordRows::kRequests,
       {"legal"},
       kWorld,
       kWorld,
       {requests, produced}},
      {"request type",
       DiscordRows::kRequests,
       {"united states government information requests"},
       kUnitedStates,
       kUnitedStates,
       {requests, produced}},
      {"request type",
       DiscordRows::kOne,
       {""},
       kWorld,
       kWorld,
       preservation,
       "preservation requests"},
      {"country",
       DiscordRows::kCountries,
       {"international government information requests"},
       nullptr,
       kInternational,
       {requests, produced}},
      {"country",
       DiscordRows::kCountries,
       {"preservation requests"},
       nullptr,
       kWorld,
       preservation},
      {"country",
       DiscordRows::kCountries,
       {"emergency requests"},
       nullptr,
       kWorld,
       {{{"requests"}, "Emergency requests to Discord", "requests", kSum},
        {{"information produced"},
         "Emergency requests that Discord produced information for",
         "requests",
         kSum}}},
  };
}

}  // namespace

const std::vector<DiscordTable>& DiscordTables() {
  static const auto* const tables = new std::vector<DiscordTable>(MakeTables());
  return *tables;
}

bool BeginsDiscordTable(std::string_view normalised) {
  return std::any_of(
      DiscordTables().begin(), DiscordTables().end(),
      [&](const DiscordTable& table) { return normalised == table.first; });
}

bool IsDiscordTotal(std::string_view label) {
  const std::string name = tabular::NormaliseName(label);
  return name == "total" || name == "total:" || name == "sum" || name == "sum:";
}

const DiscordColumn* FindColumn(const DiscordTable& table,
                                std::string_view normalised) {
  for (const DiscordColumn& column : table.columns) {
    for (const char* name : column.names) {
      if (normalised == name) return &column;
    }
  }
  return nullptr;
}

}  // namespace collate::transparency_report
