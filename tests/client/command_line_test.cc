#include "client/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

using Words = std::vector<std::string>;
using Parsed = std::variant<CommandLine, Stop>;

Parsed Parse(const Words& words) { return ParseCommandLine(words, "a:1"); }

// The parsed line; fails the test when there is none.
CommandLine Line(const Words& words) {
  Parsed parsed = Parse(words);
  if (const auto* stop = std::get_if<Stop>(&parsed)) {
    ADD_FAILURE() << stop->err << stop->out;
    return {};
  }
  return std::get<CommandLine>(std::move(parsed));
}

Stop Stopped(const Words& words) {
  Parsed parsed = Parse(words);
  if (const auto* stop = std::get_if<Stop>(&parsed)) return *stop;
  ADD_FAILURE() << "was understood";
  return {};
}

template <typename Command>
Command As(const CommandLine& line) {
  if (const auto* command = std::get_if<Command>(&line.command)) {
    return *command;
  }
  ADD_FAILURE() << "another command: " << line.command.index();
  return {};
}

TEST(CommandLine, QueryCarriesEveryPartOfTheQuestion) {
  const CommandLine line = Line({"query",      "offences",
                                 "--where",    "offence=88A",
                                 "--where",    "reporter!=btp",
                                 "--by",       "reporter,sex",
                                 "--period",   "2017/18",
                                 "--period",   "2017/18 Q1",
                                 "--panel",    "p",
                                 "--universe", "u",
                                 "--prefer",   "a,b",
                                 "--view",     "cited",
                                 "--format",   "csv"});
  EXPECT_THAT(line.format, Eq(Format::kCsv));
  const auto command = As<QueryCommand>(line);
  const v1::StatisticsQuery& query = command.query;
  EXPECT_THAT(query.measures(), ElementsAre("offences"));
  ASSERT_THAT(query.filters_size(), Eq(2));
  EXPECT_THAT(query.filters(0).members(), ElementsAre("88A"));
  EXPECT_TRUE(query.filters(1).exclude());
  EXPECT_THAT(query.group_by(), ElementsAre("reporter", "sex"));
  EXPECT_THAT(query.periods(), ElementsAre("2017/18", "2017/18 Q1"));
  EXPECT_THAT(query.panel(), Eq("p"));
  EXPECT_THAT(query.universe(), Eq("u"));
  EXPECT_THAT(query.preferred_sources(), ElementsAre("a", "b"));
  EXPECT_THAT(command.view, Eq(v1::VIEW_CITED));
}

TEST(CommandLine, AsOfADayTakesTheWholeDay) {
  const auto command = As<QueryCommand>(Line(
      {"query", "offences", "--period", "2017/18", "--as-of", "2024-02-29"}));
  EXPECT_THAT(command.query.as_of().seconds(), Eq(1709251199));
  EXPECT_THAT(command.query.as_of().nanos(), Eq(999'999'999));
  for (const char* text : {"2023-02-29", "29/02/2024", "2024", "unknown"}) {
    const Stop stop =
        Stopped({"query", "offences", "--period", "2017/18", "--as-of", text});
    EXPECT_THAT(stop.err, HasSubstr(text));
    EXPECT_THAT(stop.err, HasSubstr("YYYY-MM-DD"));
  }
}

TEST(CommandLine, PinsAndALoadTimeNarrowTheQuestion) {
  const auto ask = [](const std::string& time) {
    return As<QueryCommand>(
               Line({"query", "offences", "--period", "2017/18", "--loaded-by",
                     time, "--release", "a", "--release", "b"}))
        .query;
  };
  EXPECT_THAT(ask("2024-02-29").releases(), ElementsAre("a", "b"));
  EXPECT_THAT(ask("2024-02-29").loaded_by().seconds(), Eq(1709251199));
  EXPECT_THAT(ask("2024-02-29").loaded_by().nanos(), Eq(999'999'999));
  const v1::StatisticsQuery exact = ask("2024-02-29T01:00:00.25+01:00");
  EXPECT_THAT(exact.loaded_by().seconds(), Eq(1709164800));
  EXPECT_THAT(exact.loaded_by().nanos(), Eq(250'000'000));
  for (const char* text :
       {"2023-02-29", "2024-02-29T01:00:00", "2024", "infinite-past"}) {
    EXPECT_THAT(Stopped({"query", "offences", "--period", "2017/18",
                         "--loaded-by", text})
                    .err,
                HasSubstr(text));
  }
}

TEST(CommandLine, AnAnswerIsNamedInFullOrByItsDigest) {
  const auto full =
      As<AnswerCommand>(Line({"answer", "answers/12ab", "--view", "cited"}));
  EXPECT_THAT(full.name, Eq("answers/12ab"));
  EXPECT_THAT(full.view, Eq(v1::VIEW_CITED));
  EXPECT_THAT(As<AnswerCommand>(Line({"answer", "12ab"})).name,
              Eq("answers/12ab"));
  EXPECT_THAT(Stopped({"answer"}).exit_code, Eq(kExitUsage));
}

TEST(CommandLine, RevisionsCarryTheirConditions) {
  const auto command =
      As<RevisionsCommand>(Line({"revisions", "b", "--base", "a", "--measure",
                                 "m", "--reporter", "kent", "--silent"}));
  EXPECT_THAT(command.request.release(), Eq("b"));
  EXPECT_THAT(command.request.base_release(), Eq("a"));
  EXPECT_THAT(command.request.measure(), Eq("m"));
  EXPECT_THAT(command.request.reporter(), Eq("kent"));
  EXPECT_TRUE(command.request.silent_only());
}

TEST(CommandLine, ARateNamesItsDenominator) {
  const auto command =
      As<QueryCommand>(Line({"query", "offences", "--period", "2017/18",
                             "--rate", "population@2016-06-30", "--per",
                             "10000", "--numerator-only", "btp,cifas"}));
  ASSERT_THAT(command.query.derivations_size(), Eq(1));
  const v1::RateDerivation& rate = command.query.derivations(0).rate();
  EXPECT_THAT(rate.denominator(), Eq("population"));
  EXPECT_THAT(rate.denominator_period(), Eq("2016-06-30"));
  EXPECT_THAT(rate.per(), Eq(10000));
  EXPECT_THAT(rate.numerator_only(), ElementsAre("btp", "cifas"));
}

TEST(CommandLine, ARateNeedsBothItsHalvesAndPerNeedsARate) {
  for (const char* bad : {"population", "@2016-06-30", "population@"}) {
    EXPECT_THAT(
        Stopped({"query", "offences", "--period", "2017/18", "--rate", bad})
            .exit_code,
        Eq(kExitUsage))
        << bad;
  }
  EXPECT_THAT(
      Stopped({"query", "offences", "--period", "2017/18", "--per", "10"})
          .exit_code,
      Eq(kExitUsage));
}

TEST(CommandLine, AChangeNamesItsBaseAndHowReportersAreMatched) {
  const auto plain =
      As<QueryCommand>(Line({"query", "offences", "--periods",
                             "2018/19..2021/22", "--change-on", "2017/18"}));
  ASSERT_THAT(plain.query.derivations_size(), Eq(1));
  const v1::ChangeDerivation& change = plain.query.derivations(0).change();
  EXPECT_THAT(change.base_period(), Eq("2017/18"));
  EXPECT_THAT(change.match(), Eq(v1::MATCH_METHOD_UNSPECIFIED));
  EXPECT_FALSE(change.allow_unequal_periods());
  EXPECT_FALSE(change.allow_overlapping_periods());

  const std::pair<const char*, v1::MatchMethod> ways[] = {
      {"all-periods", v1::MATCH_METHOD_ALL_PERIODS},
      {"fixed-base", v1::MATCH_METHOD_FIXED_BASE},
      {"pairwise", v1::MATCH_METHOD_PAIRWISE}};
  for (const auto& [word, match] : ways) {
    const auto matched = As<QueryCommand>(Line(
        {"query", "offences", "--period", "2018/19", "--change-on", "2017/18",
         "--match", word, "--unequal-periods", "--overlapping-periods"}));
    const v1::ChangeDerivation& one = matched.query.derivations(0).change();
    EXPECT_THAT(one.match(), Eq(match)) << word;
    EXPECT_TRUE(one.allow_unequal_periods());
    EXPECT_TRUE(one.allow_overlapping_periods());
  }
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"--match", "pairwise"},
        {"--unequal-periods"},
        {"--change-on", "2017/18", "--match", "somehow"}}) {
    std::vector<std::string> line = {"query", "offences", "--period",
                                     "2018/19"};
    line.insert(line.end(), bad.begin(), bad.end());
    EXPECT_THAT(Stopped(line).exit_code, Eq(kExitUsage)) << bad[0];
  }
}

TEST(CommandLine, AShareNamesItsBaseAndThereIsNoDefault) {
  const std::vector<std::string> asked = {
      "query",    "platform_uses", "--by",       "platform",
      "--period", "2023/24",       "--share-of", "platform"};
  const std::pair<const char*, v1::ShareBase> bases[] = {
      {"known-offences", v1::SHARE_BASE_KNOWN_OFFENCES},
      {"all-offences", v1::SHARE_BASE_ALL_OFFENCES},
      {"mentions", v1::SHARE_BASE_MENTIONS}};
  for (const auto& [word, base] : bases) {
    std::vector<std::string> line = asked;
    line.insert(line.end(), {"--base", word});
    const auto command = As<QueryCommand>(Line(line));
    ASSERT_THAT(command.query.derivations_size(), Eq(1));
    const v1::ShareDerivation& share = command.query.derivations(0).share();
    EXPECT_THAT(share.dimension(), Eq("platform"));
    EXPECT_THAT(share.base(), Eq(base)) << word;
  }
  const Stop none = Stopped(asked);
  EXPECT_THAT(none.exit_code, Eq(kExitUsage));
  EXPECT_THAT(none.err, HasSubstr("there is no default"));
  EXPECT_THAT(Stopped({"query", "offences", "--period", "2023/24", "--base",
                       "mentions"})
                  .exit_code,
              Eq(kExitUsage));
}

TEST(CommandLine, PoliciesAreWordsAndExclusionsHaveADate) {
  const CommandLine line =
      Line({"query", "offences", "--period", "2017/18", "--missing",
            "require-complete", "--on-conflict", "hull", "--exclude",
            "kent=counts victims", "--exclude",
            "first:essex@2017/18=a typing error", "--exclude-date",
            "2024-11-05", "--exclude-by", "AB", "--allow-partial"});
  const v1::StatisticsQuery query = As<QueryCommand>(line).query;
  EXPECT_EQ(query.missing_policy(), v1::MISSING_POLICY_REQUIRE_COMPLETE);
  EXPECT_EQ(query.conflict_policy(), v1::CONFLICT_POLICY_HULL);
  EXPECT_TRUE(query.allow_partial());
  ASSERT_EQ(query.exclusions_size(), 2);
  EXPECT_EQ(query.exclusions(1).source(), "first");
  for (const v1::Exclusion& one : query.exclusions()) {
    EXPECT_EQ(one.date(), "2024-11-05");
    EXPECT_EQ(one.decided_by(), "AB");
  }
  const CommandLine plain = Line({"query", "offences", "--period", "2017/18"});
  EXPECT_EQ(As<QueryCommand>(plain).query.missing_policy(),
            v1::MISSING_POLICY_UNSPECIFIED);
}

TEST(CommandLine, EachExclusionMayHaveADateAndADeciderOfItsOwn) {
  const v1::StatisticsQuery query =
      As<QueryCommand>(
          Line({"query", "offences", "--period", "2017/18", "--exclude",
                "offences/kent=counts victims", "--exclude-date", "2024-11-05",
                "--exclude-by", "AB", "--exclude", "essex=a typing error",
                "--exclude-date", "2024-12-01", "--exclude-by", "editor"}))
          .query;
  ASSERT_EQ(query.exclusions_size(), 2);
  EXPECT_EQ(query.exclusions(0).measure(), "offences");
  EXPECT_EQ(query.exclusions(0).date(), "2024-11-05");
  EXPECT_EQ(query.exclusions(0).decided_by(), "AB");
  EXPECT_EQ(query.exclusions(1).measure(), "");
  EXPECT_EQ(query.exclusions(1).date(), "2024-12-01");
  EXPECT_EQ(query.exclusions(1).decided_by(), "editor");
}

TEST(CommandLine, AnExclusionIsDatedAndADateExcludesSomething) {
  for (const std::vector<std::string>& rest :
       {std::vector<std::string>{"--exclude", "kent=why"},
        {"--exclude-date", "2024-11-05"},
        {"--exclude-by", "AB"},
        {"--exclude", "kent", "--exclude-date", "2024-11-05"},
        {"--exclude", "kent=why", "--exclude-date", "2024-11-05",
         "--exclude-date", "2024-11-06"},
        {"--exclude", "kent=why", "--exclude-date", "2024-11-05",
         "--exclude-by", "AB", "--exclude-by", "CD"},
        {"--missing", "zero"},
        {"--on-conflict", "average"}}) {
    std::vector<std::string> arguments = {"query", "offences", "--period",
                                          "2017/18"};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    EXPECT_EQ(Stopped(arguments).exit_code, kExitUsage) << rest[0];
  }
}

TEST(CommandLine, MeasureMayFollowAFilter) {
  const auto command =
      As<QueryCommand>(Line({"query", "--where", "offence=88A", "offences",
                             "--periods", "2015/16..2017/18"}));
  EXPECT_THAT(command.query.measures(), ElementsAre("offences"));
  EXPECT_THAT(command.query.period_range().last(), Eq("2017/18"));
}

TEST(CommandLine, AQueryNeedsAPeriodAndOnlyOneKindOfIt) {
  EXPECT_THAT(Stopped({"query", "offences"}).exit_code, Eq(kExitUsage));
  EXPECT_THAT(Stopped({"query", "offences"}).err, HasSubstr("--period"));
  EXPECT_THAT(Stopped({"query", "offences", "--period", "2017/18", "--periods",
                       "2015/16..2016/17"})
                  .exit_code,
              Eq(kExitUsage));
}

TEST(CommandLine, GlobalOptionsStandOnEitherSide) {
  EXPECT_THAT(Line({"--server", "b:2", "status"}).client.server, Eq("b:2"));
  EXPECT_THAT(Line({"status", "--server", "b:2"}).client.server, Eq("b:2"));
  EXPECT_THAT(Line({"status"}).client.server, Eq("a:1"));
}

TEST(CommandLine, ARecipeIsTriedInADryRun) {
  const auto command = As<RecipeTestCommand>(
      Line({"recipe", "test", "r.textproto", "x.csv", "--manifest",
            "reporter=Kent", "--option", "encoding=utf-8", "--synthetic"}));
  EXPECT_THAT(command.recipe, Eq("r.textproto"));
  EXPECT_THAT(command.submission.paths, ElementsAre("x.csv"));
  EXPECT_TRUE(command.submission.dry_run);
  EXPECT_TRUE(command.submission.release.synthetic());
  EXPECT_THAT(command.submission.release.adapter(), Eq("foi_spreadsheet"));
  EXPECT_THAT(command.submission.manifest[0].value(), Eq("Kent"));
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{
           {"recipe"},
           {"recipe", "test", "r.textproto"},
           {"recipe", "test", "r.textproto", "x.csv", "--format", "json"}}) {
    const auto parsed = ParseCommandLine(wrong, "h:1");
    ASSERT_TRUE(std::holds_alternative<Stop>(parsed));
    EXPECT_THAT(std::get<Stop>(parsed).exit_code, Eq(kExitUsage));
  }
}

TEST(CommandLine, ASuggestionIsAskedOfOneDocument) {
  const auto command = As<RecipeSuggestCommand>(
      Line({"recipe", "suggest", "x.csv", "--sheet", "Table 1", "--option",
            "encoding=utf-8", "--write", "r.textproto"}));
  EXPECT_THAT(command.write, Eq("r.textproto"));
  const Submission& submission = command.submission;
  EXPECT_THAT(submission.paths, ElementsAre("x.csv"));
  EXPECT_TRUE(submission.dry_run);
  EXPECT_TRUE(submission.suggest);
  EXPECT_THAT(submission.release.adapter(), Eq("foi_spreadsheet"));
  ASSERT_THAT(submission.release.options_size(), Eq(2));
  EXPECT_THAT(submission.release.options(0).key(), Eq("encoding"));
  EXPECT_THAT(submission.release.options(1).value(), Eq("Table 1"));
  EXPECT_FALSE(As<RecipeTestCommand>(Line({"recipe", "test", "r", "x.csv"}))
                   .submission.suggest);
  EXPECT_THAT(Stopped({"recipe", "suggest"}).exit_code, Eq(kExitUsage));
  EXPECT_THAT(
      Stopped({"recipe", "suggest", "x.csv", "--format", "csv"}).exit_code,
      Eq(kExitUsage));
}

TEST(CommandLine, IngestCarriesHeaderAndManifestSortedByKey) {
  const auto command = As<IngestCommand>(Line(
      {"ingest",      "x.csv",    "y.csv",      "--source", "home-office-prc",
       "--published", "unknown",  "--edition",  "of 2019",  "--adapter",
       "a",           "--option", "z=1",        "--option", "b=2",
       "--manifest",  "k=2",      "--manifest", "k=1",      "--synthetic",
       "--dry-run",   "--strict"}));
  const Submission& submission = command.submission;
  EXPECT_THAT(submission.paths, ElementsAre("x.csv", "y.csv"));
  EXPECT_THAT(submission.release.source(), Eq("home-office-prc"));
  EXPECT_TRUE(submission.release.has_publish_time_unknown());
  EXPECT_THAT(submission.release.edition(), Eq("of 2019"));
  EXPECT_THAT(submission.release.adapter(), Eq("a"));
  ASSERT_THAT(submission.release.options_size(), Eq(2));
  EXPECT_THAT(submission.release.options(0).key(), Eq("b"));
  // A key may repeat, and then its order carries meaning.
  ASSERT_THAT(submission.manifest.size(), Eq(2));
  EXPECT_THAT(submission.manifest[0].value(), Eq("2"));
  EXPECT_TRUE(submission.release.synthetic());
  EXPECT_TRUE(submission.dry_run);
  EXPECT_TRUE(command.strict);
}

TEST(CommandLine, ARecipeIsAnOptionOfTheAdapter) {
  const auto command = As<IngestCommand>(
      Line({"ingest", "x.csv", "--source", "ab", "--published", "unknown",
            "--option", "zeal=1", "--recipe", "s15a_answer_q1/2"}));
  const v1::ReleaseHeader& release = command.submission.release;
  EXPECT_THAT(release.adapter(), Eq(""));
  ASSERT_THAT(release.options_size(), Eq(2));
  EXPECT_THAT(release.options(0).key(), Eq("recipe"));
  EXPECT_THAT(release.options(0).value(), Eq("s15a_answer_q1/2"));
}

TEST(CommandLine, PublicationDateIsNeverGuessed) {
  const Stop stop = Stopped({"ingest", "x.csv", "--source", "ab"});
  EXPECT_THAT(stop.exit_code, Eq(kExitUsage));
  EXPECT_THAT(stop.err, HasSubstr("--published unknown"));
}

TEST(CommandLine, ExplainTakesAQueryOrAHandle) {
  EXPECT_THAT(As<ExplainCommand>(Line({"explain", "--handle", "h"})).handle,
              Eq("h"));
  EXPECT_THAT(
      As<ExplainCommand>(Line({"explain", "offences", "--period", "2017/18"}))
          .query.measures(),
      ElementsAre("offences"));
  EXPECT_THAT(
      Stopped({"explain", "offences", "--period", "2017", "--handle", "h"})
          .exit_code,
      Eq(kExitUsage));
  EXPECT_THAT(Stopped({"explain"}).exit_code, Eq(kExitUsage));
}

TEST(CommandLine, ExplainOpensIntoAFolder) {
  EXPECT_THAT(As<ExplainCommand>(
                  Line({"explain", "--handle", "h", "--open", "originals"}))
                  .open,
              Eq("originals"));
  EXPECT_THAT(As<ExplainCommand>(Line({"explain", "offences", "--period",
                                       "2017", "--open", "originals"}))
                  .open,
              Eq("originals"));
}

TEST(CommandLine, ACheckNeedsNoPeriod) {
  const auto command = As<QueryCommand>(Line({"query", "offences", "--check"}));
  EXPECT_TRUE(command.check);
  EXPECT_EQ(command.query.periods_size(), 0);
  EXPECT_FALSE(
      As<QueryCommand>(Line({"query", "offences", "--period", "2017"})).check);
  EXPECT_THAT(Stopped({"query", "offences"}).exit_code, Eq(kExitUsage));
}

TEST(CommandLine, CompareTakesAFile) {
  EXPECT_THAT(As<CompareCommand>(Line({"compare", "a.textproto"})).path,
              Eq("a.textproto"));
  EXPECT_THAT(Stopped({"compare"}).exit_code, Eq(kExitUsage));
}

TEST(CommandLine, HandleGoesWithGlobalOptions) {
  EXPECT_THAT(As<ExplainCommand>(Line({"explain", "--handle", "h", "--format",
                                       "json", "--server", "b:2"}))
                  .handle,
              Eq("h"));
}

TEST(CommandLine, CataloguesListByDefaultAndShowByName) {
  struct Case {
    const char* words;
    const char* show;
    const char* parent;
  };
  for (const Case& c : {
           Case{"sources", "", ""},
           Case{"sources list", "", ""},
           Case{"sources show home-office-prc", "sources/home-office-prc", ""},
           Case{"panels show panels/p", "panels/p", ""},
           Case{"releases", "", "sources/-"},
           Case{"releases --source s", "", "sources/s"},
           Case{"releases show sources/s/releases/r", "sources/s/releases/r",
                "sources/-"},
           Case{"members offence", "", "dimensions/offence"},
           Case{"members list offence", "", "dimensions/offence"},
           Case{"members show offence 4.1/4.2",
                "dimensions/offence/members/4.1%2F4.2", "dimensions/offence"},
       }) {
    const Words words = absl::StrSplit(c.words, ' ');
    const auto command = As<CatalogueCommand>(Line(words));
    EXPECT_THAT(command.show, Eq(c.show)) << c.words;
    EXPECT_THAT(command.parent, Eq(c.parent)) << c.words;
  }
}

TEST(CommandLine, AdaptersCanBeReloaded) {
  As<ReloadAdaptersCommand>(Line({"adapters", "reload"}));
  EXPECT_THAT(Stopped({"adapters", "reload", "x"}).exit_code, Eq(kExitUsage));
  EXPECT_THAT(Stopped({"panels", "reload"}).exit_code, Eq(kExitUsage));
  EXPECT_THAT(Stopped({"adapters", "x"}).err, HasSubstr("adapters reload"));
}

TEST(CommandLine, ValidateTakesFiltersAndKinds) {
  const auto command = As<ValidateCommand>(
      Line({"validate", "--source", "s", "--measure", "offences", "--reporter",
            "kent", "--kind", "level-shift", "--kind", "PARTS_V_TOTAL",
            "--strict"}));
  EXPECT_THAT(command.request.source(), Eq("sources/s"));
  EXPECT_THAT(command.request.measure(), Eq("offences"));
  EXPECT_THAT(command.request.reporter(), Eq("kent"));
  ASSERT_THAT(command.request.kinds_size(), Eq(2));
  EXPECT_THAT(command.request.kinds(0), Eq(v1::FINDING_KIND_LEVEL_SHIFT));
  EXPECT_THAT(command.request.kinds(1), Eq(v1::FINDING_KIND_PARTS_V_TOTAL));
  EXPECT_TRUE(command.strict);
  EXPECT_FALSE(As<ValidateCommand>(Line({"validate"})).strict);
  const Stop stop = Stopped({"validate", "--kind", "unspecified"});
  EXPECT_THAT(stop.exit_code, Eq(kExitUsage));
  EXPECT_THAT(stop.err, HasSubstr("no kind of finding: level-shift, "));
}

TEST(CommandLine, ConflictsTakesFiltersAndKinds) {
  const auto command = As<ConflictsCommand>(
      Line({"conflicts", "--source", "s", "--measure", "offences", "--reporter",
            "kent", "--kind", "part-exceeds-whole", "--kind", "SAME_CELL",
            "--strict"}));
  EXPECT_THAT(command.request.source(), Eq("sources/s"));
  EXPECT_THAT(command.request.measure(), Eq("offences"));
  EXPECT_THAT(command.request.reporter(), Eq("kent"));
  ASSERT_THAT(command.request.kinds_size(), Eq(2));
  EXPECT_THAT(command.request.kinds(0),
              Eq(v1::CONFLICT_KIND_PART_EXCEEDS_WHOLE));
  EXPECT_THAT(command.request.kinds(1), Eq(v1::CONFLICT_KIND_SAME_CELL));
  EXPECT_TRUE(command.strict);
  EXPECT_FALSE(As<ConflictsCommand>(Line({"conflicts"})).strict);
  const Stop stop = Stopped({"conflicts", "--kind", "unspecified"});
  EXPECT_THAT(stop.exit_code, Eq(kExitUsage));
  EXPECT_THAT(stop.err, HasSubstr("share-v-count, silent-revision"));
}

TEST(CommandLine, WhatIsNotUnderstoodExitsWithTwo) {
  for (const Words& words :
       {Words{}, Words{"nonsense"}, Words{"query"}, Words{"members"},
        Words{"panels", "show"}, Words{"sources", "a"},
        Words{"withdraw", "sources/a/releases/b"},
        Words{"status", "--format", "xml"}, Words{"status", "--nonsense"},
        Words{"query", "o", "--period", "2017", "--where", "offence"},
        Words{"ingest", "--source", "ab", "--published", "unknown"},
        Words{"status", "--timeout", "-1"}}) {
    EXPECT_THAT(Stopped(words).exit_code, Eq(kExitUsage))
        << ::testing::PrintToString(words);
    EXPECT_THAT(Stopped(words).out, Eq(""));
  }
  EXPECT_THAT(Stopped({"nonsense"}).err, HasSubstr("'nonsense'"));
}

TEST(CommandLine, HelpAndVersionAreDone) {
  EXPECT_THAT(Stopped({"--help"}).exit_code, Eq(kExitDone));
  EXPECT_THAT(Stopped({"--help"}).out, HasSubstr("Examples:"));
  EXPECT_THAT(Stopped({"query", "--help"}).out, HasSubstr("offence=88A"));
  EXPECT_THAT(Stopped({"--version"}).out, HasSubstr("collate 0."));
}

// The commands among a help's lines, each as its words.
std::vector<Words> CommandsIn(const std::string& help) {
  std::vector<Words> commands;
  bool goes_on = false;
  for (absl::string_view line : absl::StrSplit(help, '\n')) {
    if (!goes_on) {
      if (!absl::ConsumePrefix(&line, "  collate ")) continue;
      commands.emplace_back();
    }
    goes_on = absl::ConsumeSuffix(&line, "\\");
    // As a shell would: what stands in apostrophes is one word.
    bool quoted = false;
    for (absl::string_view part : absl::StrSplit(line, '\'')) {
      if (quoted) {
        commands.back().emplace_back(part);
      } else {
        for (absl::string_view word :
             absl::StrSplit(part, ' ', absl::SkipWhitespace())) {
          commands.back().emplace_back(word);
        }
      }
      quoted = !quoted;
    }
  }
  return commands;
}

TEST(CommandLine, EveryExampleOfAHelpIsUnderstoodAndOneIsOfItsCommand) {
  const ::collate::testing::TempDir answers;
  for (const char* name :
       {"", "query", "explain", "compare", "answer", "revisions", "validate",
        "conflicts", "claim", "claim check", "export", "observations",
        "withdraw", "admin", "admin check", "disclosure", "disclosure audit"}) {
    Words asked = absl::StrSplit(name, ' ', absl::SkipEmpty());
    const size_t depth = asked.size();
    asked.push_back("--help");
    const Stop help = Stopped(asked);
    EXPECT_THAT(help.exit_code, Eq(kExitDone)) << name;
    EXPECT_THAT(help.out, HasSubstr("\nExit status: 0 done")) << name;
    const std::vector<Words> examples = CommandsIn(help.out);
    int of_command = 0;
    for (Words example : examples) {
      // What is a folder of answers is seen from its being there.
      std::replace(example.begin(), example.end(), std::string("answers/"),
                   answers.path());
      Line(example);
      asked.resize(depth);
      if (std::equal(asked.begin(), asked.end(), example.begin())) ++of_command;
    }
    EXPECT_GE(of_command, 1) << name;
  }
  EXPECT_THAT(
      Stopped({"status", "--help"}).out,
      AllOf(HasSubstr("\nExit status: 0 done"), Not(HasSubstr("Examples:"))));
}

TEST(CommandLine, AFolderIsAFolderOfAnswers) {
  const ::collate::testing::TempDir dir;
  const auto command = As<IngestFolderCommand>(
      Line({"ingest", dir.path(), "--source", "ab", "--strict", "--dry-run",
            "--adapter", "x", "--option", "k=v", "--synthetic"}));
  EXPECT_THAT(command.folder, Eq(dir.path()));
  EXPECT_TRUE(command.strict);
  EXPECT_TRUE(command.submission.dry_run);
  EXPECT_TRUE(command.submission.release.synthetic());
  EXPECT_THAT(command.submission.release.adapter(), Eq("x"));
  // Each manifest says when.
  EXPECT_TRUE(command.submission.release.has_publish_time_unknown());
  for (const Words& more :
       {Words{"--published", "2024-01-01"}, Words{"--edition", "e"},
        Words{"--answer", "reporters=x"}, Words{"--letter", "x"}}) {
    Words words = {"ingest", dir.path(), "--source", "ab"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_THAT(Stopped(words).err, HasSubstr("a folder of answers takes no"));
  }
}

TEST(CommandLine, AnAnswerNeedsNoDateOfPublication) {
  const auto in_file = As<IngestCommand>(
      Line({"ingest", "a.csv", "a.csv.answer.textproto", "--source", "ab"}));
  EXPECT_TRUE(in_file.submission.release.has_publish_time_unknown());
  const auto made = As<IngestCommand>(
      Line({"ingest", "--source", "ab", "--answer", "reporters=Kent",
            "--answer", "periods=text: \"2023/24\"", "--answer",
            "questions=id: \"Q1\" measure: \"offences\"", "--answer",
            "responses=status: STATUS_NOT_ASKED"}));
  EXPECT_TRUE(made.submission.release.has_publish_time_unknown());
  EXPECT_THAT(made.submission.answer, HasSubstr("reporters: \"Kent\"\n"));
  EXPECT_THAT(made.submission.paths, ::testing::IsEmpty());

  EXPECT_THAT(Stopped({"ingest", "--source", "ab"}).err,
              HasSubstr("name the documents of the release"));
  EXPECT_THAT(Stopped({"ingest", "a.csv", "--source", "ab"}).err,
              HasSubstr("--published"));
  EXPECT_THAT(
      Stopped({"ingest", "a.csv", "--source", "ab", "--letter", "l"}).err,
      HasSubstr("--letter goes with --answer"));
  EXPECT_THAT(Stopped({"ingest", "a.answer.textproto", "--source", "ab",
                       "--answer", "reporters=x"})
                  .err,
              HasSubstr("not both"));
  const Stop wrong =
      Stopped({"ingest", "--source", "ab", "--answer", "reporters=Kent"});
  EXPECT_THAT(wrong.exit_code, Eq(kExitUsage));
  EXPECT_THAT(wrong.err, HasSubstr("periods is missing"));
}

TEST(CommandLine, FoiInitTakesAFolder) {
  EXPECT_THAT(As<FoiInitCommand>(Line({"foi", "init", "answers"})).folder,
              Eq("answers"));
  EXPECT_THAT(Stopped({"foi"}).exit_code, Eq(kExitUsage));
  EXPECT_THAT(Stopped({"foi", "init"}).exit_code, Eq(kExitUsage));
}

TEST(CommandLine, ExportCarriesEveryPartOfTheRequest) {
  const auto command = As<ExportCommand>(
      Line({"export", "offences,uses", "--where", "reporter=kent,essex",
            "--release", "sources/s/releases/r", "--period", "2017/18",
            "--as-of", "2020-02-29", "--format", "sdmx-csv", "--output", "f"}));
  EXPECT_THAT(command.request.measures(), ElementsAre("offences", "uses"));
  ASSERT_THAT(command.request.filters_size(), Eq(1));
  EXPECT_THAT(command.request.filters(0).members(),
              ElementsAre("kent", "essex"));
  EXPECT_THAT(command.request.releases(), ElementsAre("sources/s/releases/r"));
  EXPECT_THAT(command.request.period(), Eq("2017/18"));
  EXPECT_TRUE(command.request.has_as_of());
  EXPECT_THAT(command.form, Eq(ExportForm::kSdmxCsv));
  EXPECT_THAT(command.output, Eq("f"));
  const auto all = As<ExportCommand>(Line({"export"}));
  EXPECT_THAT(all.request.ByteSizeLong(), Eq(0));
  EXPECT_THAT(all.form, Eq(ExportForm::kGssCsv));
}

TEST(CommandLine, EachCommandHasTheFormatsThatItCanWrite) {
  for (const char* format : {"table", "json", "gss-csv"}) {
    EXPECT_THAT(Stopped({"export", "--format", format}).err,
                HasSubstr("take csv, ndjson, sdmx-csv or json-stat"));
  }
  for (const char* format : {"gss-csv", "sdmx-csv", "json-stat"}) {
    const auto query = As<QueryCommand>(
        Line({"query", "offences", "--period", "2017", "--format", format}));
    EXPECT_TRUE(query.form.has_value()) << format;
    EXPECT_THAT(query.view, Eq(v1::VIEW_CITED));
    EXPECT_THAT(Stopped({"query", "offences", "--period", "2017", "--change-on",
                         "2016", "--format", format})
                    .err,
                HasSubstr("has no place for rates, changes and shares"));
    EXPECT_THAT(Stopped({"sources", "--format", format}).err,
                HasSubstr("is for query and export"));
    EXPECT_THAT(
        Stopped({"query", "offences", "--check", "--format", format}).err,
        HasSubstr("--check gives none; take table, csv, json or ndjson"));
  }
  const auto plain = As<QueryCommand>(
      Line({"query", "offences", "--period", "2017", "--format", "csv"}));
  EXPECT_FALSE(plain.form.has_value());
  EXPECT_THAT(plain.view, Eq(v1::VIEW_BASIC));
}

}  // namespace
}  // namespace collate::client
