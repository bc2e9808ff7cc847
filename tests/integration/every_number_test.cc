// No answer has a number that stands alone. Every response is walked by
// reflection: what holds a figure must say, itself or by the message that it
// stands in, what state it is in, who is behind it, and where it is printed.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Not;

// Fields that hold a figure of the world. Counts of things that the service
// itself holds (cells, releases, citations) are none.
bool IsFigure(const FieldDescriptor& field) {
  static const auto* const names =
      new std::set<std::string>{"reported", "other_reported",
                                "decimal_reported", "value", "decimal_value"};
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const std::string& type = field.message_type()->full_name();
    return type == "collate.v1.Interval" ||
           type == "collate.v1.DecimalInterval";
  }
  return names->contains(field.name());
}

struct Evidence {
  bool state = false;
  bool coverage = false;
  bool citation = false;
};

// Gathers what holds a figure without evidence, and every handle.
class Walk {
 public:
  void Visit(const Message& message, const std::string& path,
             Evidence evidence) {
    const auto& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    // A step of a derivation stands below its cell, and on what it was made of.
    if (const auto* step = dynamic_cast<const v1::Step*>(&message)) {
      evidence.coverage = true;
      evidence.citation = IsFounded(*step);
    }
    // Of what is not there, only the floor is known, and why it is not.
    if (const auto* leaf = dynamic_cast<const v1::Leaf*>(&message)) {
      evidence.citation |= !leaf->has_reported() &&
                           leaf->decimal_reported().empty() &&
                           !leaf->reason().empty();
    }
    for (const FieldDescriptor* field : fields) {
      const std::string& name = field->name();
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        // State, and the outcome or verdict of what is computed.
        evidence.state |= name == "state" || name == "outcome" ||
                          name == "verdict" || name == "kind";
      }
      if (name == "coverage" || name == "reporter_count" ||
          name == "current_reporter_count" || name == "reporter_text") {
        evidence.coverage = true;
      }
      if (name == "coordinates" && !field->is_repeated()) continue;
      if (name == "coordinates") evidence.coverage |= NamesReporter(message);
      if (name == "handle") {
        evidence.citation = true;
        handles_.insert(reflection.GetString(message, field));
      }
      evidence.citation |= name == "citation" || name == "citations" ||
                           absl::EndsWith(name, "_citation") ||
                           absl::EndsWith(name, "_citations");
    }
    for (const FieldDescriptor* field : fields) {
      const std::string at = absl::StrCat(path, ".", field->name());
      if (IsFigure(*field)) {
        ++figures_;
        if (!evidence.state) bare_.insert(absl::StrCat(at, ": no state"));
        if (!evidence.coverage) bare_.insert(absl::StrCat(at, ": of whom?"));
        if (!evidence.citation) bare_.insert(absl::StrCat(at, ": no source"));
      }
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        Visit(reflection.GetMessage(message, field), at, evidence);
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        Visit(reflection.GetRepeatedMessage(message, field, i), at, evidence);
      }
    }
  }

  void Visit(const Message& response) {
    Visit(response, response.GetDescriptor()->name(), {});
  }

  const std::set<std::string>& bare() const { return bare_; }
  const std::set<std::string>& handles() const { return handles_; }
  int figures() const { return figures_; }

 private:
  // Printed cells are below it; or it has no number and says why.
  static bool IsFounded(const v1::Step& step) {
    if (step.has_citation()) return true;
    if (!step.has_reported() && step.decimal_reported().empty() &&
        !step.reason().empty()) {
      return true;
    }
    return step.inputs_size() > 0 &&
           std::all_of(step.inputs().begin(), step.inputs().end(), IsFounded);
  }

  // A figure of one reporter needs no coverage: the coordinates say of whom.
  static bool NamesReporter(const Message& message) {
    const auto& reflection = *message.GetReflection();
    const auto* field = message.GetDescriptor()->FindFieldByName("coordinates");
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const auto& coordinate = static_cast<const v1::Coordinate&>(
          reflection.GetRepeatedMessage(message, field, i));
      if (coordinate.dimension() == "reporter") return true;
    }
    return false;
  }

  std::set<std::string> bare_;
  std::set<std::string> handles_;
  int figures_ = 0;
};

class EveryNumber : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/adapters")},
                       .site = SourcePath("tests/data/synthetic/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    const auto ingest = [this](const std::string& file,
                               std::vector<std::string> more) {
      std::vector<std::string> words = {"ingest", SourcePath(file)};
      words.insert(words.end(), more.begin(), more.end());
      const CliResult run = daemon_->RunCli(words);
      ASSERT_THAT(run.exit_code, Eq(0)) << run.err;
    };
    ingest("tests/data/foi/published/national.csv",
           {"--source", "nspcc-foi", "--published", "unknown", "--recipe",
            "published_figures"});
    ingest("tests/data/foi/published/platform_share.csv",
           {"--source", "nspcc-foi", "--published", "unknown", "--recipe",
            "published_figures"});
    ingest("tests/data/foi/published/on_the_wight.csv",
           {"--source", "onthewight", "--published", "unknown", "--recipe",
            "onthewight_south_east"});
    ingest("tests/data/police/prc-pfa-mar2013-onwards-tables201718-88A.csv",
           {"--source", "home-office-prc", "--published", "2019-01-24"});
  }

  // The excerpt as a later edition would have it: one figure is another one.
  static std::string Restated() {
    std::ifstream in(Excerpt());
    std::string text{std::istreambuf_iterator<char>(in), {}};
    return absl::StrReplaceAll(text, {{"88A, 59 ", "88A, 60 "}});
  }

  // Questions that between them use every part of a cell.
  std::vector<v1::StatisticsQuery> Questions() const {
    std::vector<v1::StatisticsQuery> questions;
    // A series with a blank, a change over both bases.
    v1::StatisticsQuery change =
        Query("s15a", {"2017/18", "2021/22"}, "onthewight-south-east-4");
    change.add_derivations()->mutable_change()->set_base_period("2017/18");
    questions.push_back(change);
    questions.push_back(By(change, "reporter"));
    // A published total, percentages, and a conflict within a source.
    v1::StatisticsQuery share;
    share.add_measures("platform_share_percent");
    share.add_periods("2023/24");
    share.set_universe("platform_known");
    share.add_group_by("platform");
    v1::Filter* area = share.add_filters();
    area->set_dimension("reporter");
    area->add_members("united-kingdom");
    questions.push_back(share);
    v1::StatisticsQuery total = Query("online_grooming_uk", {"2023/24"}, "");
    *total.add_filters() = share.filters(0);
    questions.push_back(total);
    // Two sources that answer the same forces, and nothing at all.
    questions.push_back(
        By(Query("88A", {"2017/18", "2018/19"}, kPanelAndBtp), "reporter"));
    questions.push_back(Query("88A", {"2017/18 Q1", "1999/00"}, kPanel));
    return questions;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(EveryNumber, HasAStateACoverageAndASource) {
  Walk walk;
  for (const v1::StatisticsQuery& query : Questions()) {
    for (const v1::View view : {v1::VIEW_BASIC, v1::VIEW_CITED}) {
      COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                   client_->Query(query, view));
      walk.Visit(answer);
    }
  }
  EXPECT_THAT(walk.figures(), Gt(500));
  // Every handle resolves, and what it resolves to is walked in turn.
  const std::set<std::string> handles = walk.handles();
  EXPECT_THAT(handles.size(), Gt(90));
  for (const std::string& handle : handles) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained,
                                 client_->Explain(handle));
    walk.Visit(explained);
  }
  v1::ListObservationsRequest observations;
  observations.set_measure("offences");
  EXPECT_THAT(client_->ListObservations(
                  observations,
                  [&walk](const v1::ListObservationsResponse& page) {
                    walk.Visit(page);
                    return absl::OkStatus();
                  }),
              IsOk());
  EXPECT_THAT(client_->ExportObservations(
                  {},
                  [&walk](const v1::ExportObservationsResponse& part) {
                    walk.Visit(part);
                    return absl::OkStatus();
                  }),
              IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto findings, client_->ListFindings({}));
  for (const v1::Finding& finding : findings) walk.Visit(finding);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto conflicts,
                               client_->ListConflicts({}));
  EXPECT_THAT(conflicts, Not(IsEmpty()));
  for (const v1::FigureConflict& conflict : conflicts) walk.Visit(conflict);
  EXPECT_THAT(walk.bare(), IsEmpty());
}

// What is compared with something else: columns, editions, stated figures.
TEST_F(EveryNumber, OfAComparisonHasThemToo) {
  Walk walk;
  v1::CompareMeasuresRequest comparison;
  comparison.add_periods("2017/18");
  for (const char* panel : {kPanel, kPanelAndBtp}) {
    v1::ComparedColumn* column = comparison.add_columns();
    column->set_label(panel);
    *column->mutable_query() = Query("88A", {}, panel);
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto compared,
                               client_->CompareMeasures(comparison));
  walk.Visit(compared);

  v1::ClaimSet claims;
  claims.set_id("one-claim");
  v1::Claim* claim = claims.add_claims();
  claim->set_id("offences");
  claim->set_kind(v1::CLAIM_KIND_VALUE);
  claim->set_value("4429");
  *claim->mutable_query() = Query("88A", {"2017/18"}, kPanel);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto checked,
                               client_->CheckClaims(claims));
  walk.Visit(checked);
  for (const std::string& handle : walk.handles()) {
    EXPECT_THAT(client_->Explain(handle), IsOk());
  }

  const CliResult again = daemon_->RunCli(
      {"ingest", dir_.Write("restated.csv", Restated()), "--source",
       "home-office-prc", "--published", "2019-04-25"});
  ASSERT_THAT(again.exit_code, Eq(0)) << again.err;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto releases, client_->ListReleases("sources/home-office-prc"));
  v1::ListRevisionsRequest revisions;
  revisions.set_release(releases.at(0).name());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto revised,
                               client_->ListRevisions(revisions));
  EXPECT_THAT(revised.total_size(), Gt(0));
  walk.Visit(revised);
  EXPECT_THAT(walk.figures(), Gt(10));
  EXPECT_THAT(walk.bare(), IsEmpty());
}

}  // namespace
}  // namespace collate::testing
