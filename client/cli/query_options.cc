#include "client/cli/query_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/cli/arguments.h"
#include "client/cli/options.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr char kQueryFooter[] = R"(Filters, all of which must hold:
  --where offence=88A           that member
  --where offence=71,88A        either member
  --where offence=sexual-offences+   the member and what lies below it
  --where 'reporter!=btp'       everything else
  A backslash keeps a comma or plus sign in a code.

Rates, over exactly the reporters that have both figures:
  --rate population@2016-06-30             per 1,000 people
  --rate population@2016-06-30 --per 10000 --numerator-only btp

Changes, over a matched panel and as published:
  --change-on 2017/18                      every period on that one
  --change-on 2017/18 --match pairwise     each on the one before it
A matched panel has the reporters whose every figure is printed by one source:
  all-periods   in the base and in every period asked for (the default)
  fixed-base    in the base and in the row's period
  pairwise      in the row's period and the one before it

Shares of one member of a dimension, or of each with --by; the base has no
default:
  --share-of platform --base known-offences   of those whose platform is known
  --share-of platform --base all-offences
  --share-of platform --base mentions         one offence may have several

Figures that are left out, each with the reason; nobody answers instead unless
one source alone is left out. The day of the decision is a part of it:
  --exclude 'hampshire@2020/21=18 after 291' --exclude-date 2024-11-05
  --exclude 'nspcc-foi:kent=counts victims' --exclude-date 2024-11-05
  --exclude 'platform_uses/kent=counts accounts' --exclude-date 2024-11-05
                                the figures of one measure

Periods: 2017/18, '2017/18 Q1', 2017, '2017 Q1', 2017-04, 'year ending June
2019', 2017-04-01/2018-01-01 (the second day no longer belongs to it).)";

constexpr std::pair<const char*, v1::MatchMethod> kMatches[] = {
    {"all-periods", v1::MATCH_METHOD_ALL_PERIODS},
    {"fixed-base", v1::MATCH_METHOD_FIXED_BASE},
    {"pairwise", v1::MATCH_METHOD_PAIRWISE}};

constexpr std::pair<const char*, v1::ShareBase> kBases[] = {
    {"known-offences", v1::SHARE_BASE_KNOWN_OFFENCES},
    {"all-offences", v1::SHARE_BASE_ALL_OFFENCES},
    {"mentions", v1::SHARE_BASE_MENTIONS}};

constexpr std::pair<const char*, v1::MissingPolicy> kMissing[] = {
    {"report", v1::MISSING_POLICY_REPORT_AND_BOUND},
    {"require-complete", v1::MISSING_POLICY_REQUIRE_COMPLETE},
    {"fail", v1::MISSING_POLICY_FAIL}};

constexpr std::pair<const char*, v1::ConflictPolicy> kConflicts[] = {
    {"report", v1::CONFLICT_POLICY_REPORT},
    {"hull", v1::CONFLICT_POLICY_HULL},
    {"fail", v1::CONFLICT_POLICY_FAIL}};

template <typename Choices>
std::vector<std::string> WordsOf(const Choices& choices) {
  std::vector<std::string> words;
  for (const auto& [word, unused] : choices) words.push_back(word);
  return words;
}

void AddPolicyOptions(CLI::App& app, QueryWords& words) {
  AddChoice(app, "--missing", words.missing,
            "Where somebody is missing: report and bound (the default), "
            "give no sum, or fail",
            WordsOf(kMissing));
  AddChoice(app, "--on-conflict", words.on_conflict,
            "Where figures do not fit each other: report (the default), "
            "bound by the hull of all, or fail",
            WordsOf(kConflicts));
  auto* exclude = AddRepeated(app, "--exclude", words.exclude,
                              "Leave figures out, and say why",
                              "[SOURCE:][MEASURE/]REPORTER[@PERIOD[,PERIOD]]="
                              "REASON");
  AddRepeated(app, "--exclude-date", words.exclude_dates,
              "Day on which that was decided: once for all, or once for each "
              "--exclude, in their order",
              "YYYY-MM-DD")
      ->needs(exclude);
  AddRepeated(app, "--exclude-by", words.exclude_by,
              "Who decided it, as a role or initials: once, or for each alike",
              "ROLE")
      ->needs(exclude);
  app.add_flag("--allow-partial", words.allow_partial,
               "Answer without releases that cannot be read");
}

absl::Status SetPolicies(const QueryWords& words, v1::StatisticsQuery& query) {
  for (const auto& [word, policy] : kMissing) {
    if (word == words.missing) query.set_missing_policy(policy);
  }
  for (const auto& [word, policy] : kConflicts) {
    if (word == words.on_conflict) query.set_conflict_policy(policy);
  }
  const size_t count = words.exclude.size();
  const auto& dates = words.exclude_dates;
  const auto& deciders = words.exclude_by;
  if (count > 0 && dates.empty()) {
    return Usage("say when it was decided: --exclude-date YYYY-MM-DD");
  }
  if ((dates.size() > 1 && dates.size() != count) ||
      (deciders.size() > 1 && deciders.size() != count)) {
    return Usage(
        "give --exclude-date and --exclude-by once for all, or once for each "
        "--exclude");
  }
  for (size_t i = 0; i < count; ++i) {
    COLLATE_ASSIGN_OR_RETURN(v1::Exclusion exclusion,
                             ParseExclusion(words.exclude[i]));
    exclusion.set_date(dates.size() == 1 ? dates[0] : dates[i]);
    if (!deciders.empty()) {
      exclusion.set_decided_by(deciders.size() == 1 ? deciders[0]
                                                    : deciders[i]);
    }
    *query.add_exclusions() = std::move(exclusion);
  }
  query.set_allow_partial(words.allow_partial);
  return absl::OkStatus();
}

}  // namespace

void AddQueryOptions(CLI::App& app, QueryWords& words, bool measure_required) {
  auto* measure =
      app.add_option("measure", words.measures, "Measure, or several")
          ->type_name("MEASURE[,MEASURE]");
  if (measure_required) measure->required();
  AddRepeated(app, "--where", words.where, "Filter on a dimension",
              "DIM=MEMBER[,MEMBER]");
  AddRepeated(app, "--by", words.by, "Break down by dimensions", "DIM[,DIM]");
  AddRepeated(app, "--period", words.periods, "Period; may be repeated",
              "PERIOD");
  app.add_option("--periods", words.range, "Every period of a range")
      ->type_name("FIRST..LAST");
  app.add_option("--panel", words.panel,
                 "Reporters that ought to be there, for coverage")
      ->type_name("PANEL");
  app.add_option("--universe", words.universe, "Universe of the cases")
      ->type_name("NAME");
  AddRepeated(app, "--prefer", words.prefer, "Sources that answer first",
              "SOURCE[,SOURCE]");
  app.add_option("--as-of", words.as_of,
                 "Answer with what was published by the end of a day")
      ->type_name("YYYY-MM-DD");
  app.add_option("--loaded-by", words.loaded_by,
                 "Answer with what was loaded by then; a day counts to its end")
      ->type_name("YYYY-MM-DD|TIME");
  AddRepeated(app, "--release", words.releases,
              "Answer from this release alone; may be repeated", kReleaseType);
  auto* rate =
      app.add_option("--rate", words.rate,
                     "Also give the figure per so many of another measure, "
                     "e.g. population@2016-06-30")
          ->type_name("MEASURE@PERIOD");
  app.add_option("--per", words.per, "Per how many of it; default 1000")
      ->check(CLI::Validator(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
                  .description(""))
      ->needs(rate)
      ->type_name("N");
  AddRepeated(app, "--numerator-only", words.numerator_only,
              "Reporters of the rate that have no denominator",
              "REPORTER[,REPORTER]")
      ->needs(rate);
  auto* change = app.add_option("--change-on", words.change_on,
                                "Also give the change on a base period")
                     ->type_name("PERIOD");
  AddChoice(app, "--match", words.match,
            "Periods in which the matched panel's reporters must all have "
            "printed; default all-periods",
            WordsOf(kMatches))
      ->needs(change);
  app.add_flag("--unequal-periods", words.unequal_periods,
               "Compare periods of different lengths, too")
      ->needs(change);
  app.add_flag("--overlapping-periods", words.overlapping_periods,
               "Compare periods that have days in common, too")
      ->needs(change);
  auto* share = app.add_option("--share-of", words.share_of,
                               "Also give the share of the named member, or of "
                               "each, of a dimension")
                    ->type_name("DIM");
  AddChoice(app, "--base", words.share_base, "What the share is of",
            WordsOf(kBases))
      ->needs(share);
  AddPolicyOptions(app, words);
  app.footer(kQueryFooter);
}

absl::StatusOr<v1::StatisticsQuery> MakeQuery(const QueryWords& words,
                                              bool periods_required) {
  v1::StatisticsQuery query;
  COLLATE_ASSIGN_OR_RETURN(const auto measures, ParseList(words.measures));
  for (const std::string& measure : measures) query.add_measures(measure);
  for (const std::string& where : words.where) {
    COLLATE_ASSIGN_OR_RETURN(*query.add_filters(), ParseFilter(where));
  }
  for (const std::string& by : words.by) {
    COLLATE_ASSIGN_OR_RETURN(const auto dimensions, ParseList(by));
    for (const std::string& dimension : dimensions) {
      query.add_group_by(dimension);
    }
  }
  for (const std::string& source : words.prefer) {
    COLLATE_ASSIGN_OR_RETURN(const auto sources, ParseList(source));
    for (const std::string& id : sources) query.add_preferred_sources(id);
  }
  if (!words.periods.empty() && !words.range.empty()) {
    return Usage("give --period or --periods, not both");
  }
  if (periods_required && words.periods.empty() && words.range.empty()) {
    return Usage(
        "say which period: --period '2017/18', or a range with --periods "
        "'2015/16..2017/18'");
  }
  for (const std::string& period : words.periods) query.add_periods(period);
  if (!words.range.empty()) {
    COLLATE_ASSIGN_OR_RETURN(*query.mutable_period_range(),
                             ParsePeriodRange(words.range));
  }
  if (!words.as_of.empty()) {
    COLLATE_RETURN_IF_ERROR(SetAsOf(words.as_of, query));
  }
  if (!words.loaded_by.empty()) {
    COLLATE_RETURN_IF_ERROR(SetLoadedBy(words.loaded_by, query));
  }
  for (const std::string& release : words.releases) query.add_releases(release);
  if (!words.rate.empty()) {
    v1::RateDerivation* rate = query.add_derivations()->mutable_rate();
    COLLATE_ASSIGN_OR_RETURN(*rate, ParseRate(words.rate));
    rate->set_per(words.per);
    for (const std::string& list : words.numerator_only) {
      COLLATE_ASSIGN_OR_RETURN(const auto reporters, ParseList(list));
      for (const std::string& code : reporters) rate->add_numerator_only(code);
    }
  }
  if (!words.change_on.empty()) {
    v1::ChangeDerivation* change = query.add_derivations()->mutable_change();
    change->set_base_period(words.change_on);
    for (const auto& [word, match] : kMatches) {
      if (word == words.match) change->set_match(match);
    }
    change->set_allow_unequal_periods(words.unequal_periods);
    change->set_allow_overlapping_periods(words.overlapping_periods);
  }
  if (!words.share_of.empty()) {
    if (words.share_base.empty()) {
      return Usage(
          "say what the share is of: --base known-offences, all-offences or "
          "mentions; there is no default");
    }
    v1::ShareDerivation* share = query.add_derivations()->mutable_share();
    share->set_dimension(words.share_of);
    for (const auto& [word, base] : kBases) {
      if (word == words.share_base) share->set_base(base);
    }
  }
  COLLATE_RETURN_IF_ERROR(SetPolicies(words, query));
  query.set_panel(words.panel);
  query.set_universe(words.universe);
  return query;
}

}  // namespace collate::client
