#include "client/render_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

FolderEntry Ingested(const std::string& name, bool published, bool before) {
  v1::IngestionReport report;
  report.mutable_release()->set_name("sources/s/releases/" + name);
  report.mutable_release()->set_observation_count(1234);
  report.set_published(published);
  report.set_already_loaded(before);
  return {name, report};
}

FolderEntry Refused(const std::string& name) {
  return {name, absl::Status(base::Error(absl::StatusCode::kInvalidArgument,
                                         "INVALID_ANSWER", "c:2:1: no"))};
}

TEST(RenderFolderTest, EveryAnswerHasALineAndTheSumIsSaid) {
  std::vector<FolderEntry> entries = {Ingested("a", true, false),
                                      Ingested("b", true, true), Refused("c")};
  auto* warning = entries[0].report->add_diagnostics();
  warning->set_severity(v1::DIAGNOSTIC_SEVERITY_WARNING);
  warning->set_reason("UNKNOWN_LABEL");
  auto* info = entries[0].report->add_diagnostics();
  info->set_severity(v1::DIAGNOSTIC_SEVERITY_INFO);
  info->set_reason("NEW_SOURCE");
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string table,
                               RenderFolder(entries, Format::kTable));
  EXPECT_THAT(table, AllOf(HasSubstr("1,234"), HasSubstr("there already"),
                           HasSubstr("INVALID_ANSWER"), HasSubstr("c:2:1: no"),
                           HasSubstr("UNKNOWN_LABEL"),
                           HasSubstr("1 published, 1 there already, 1 refused"),
                           Not(HasSubstr("NEW_SOURCE"))));
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string csv,
                               RenderFolder(entries, Format::kCsv));
  EXPECT_THAT(csv,
              Eq("answer,outcome,release,observations,warnings,reason,message\n"
                 "a,published,sources/s/releases/a,1234,1,,\n"
                 "b,there already,sources/s/releases/b,1234,0,,\n"
                 "c,refused,,,,INVALID_ANSWER,c:2:1: no\n"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string lines,
                               RenderFolder(entries, Format::kNdjson));
  EXPECT_THAT(lines,
              HasSubstr("{\"answer\":\"c\",\"outcome\":\"refused\",\"release\":"
                        "null,\"observations\":null,\"warnings\":null,"
                        "\"reason\":\"INVALID_ANSWER\",\"message\":\"c:2:1: "
                        "no\"}\n"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string json,
                               RenderFolder(entries, Format::kJson));
  EXPECT_THAT(json, ::testing::StartsWith("[\n"));
  EXPECT_THAT(CountRefused(entries), Eq(1u));
  EXPECT_TRUE(AnyWarning(entries));
  entries[0].report->clear_diagnostics();
  EXPECT_FALSE(AnyWarning(entries));
  entries[0].report->add_documents()->add_tables()->set_refused(true);
  EXPECT_TRUE(AnyWarning(entries));
}

TEST(RenderFolderTest, ADryRunSaysThatItWasOne) {
  EXPECT_THAT(FolderSummary({Ingested("a", false, false)}),
              Eq("1 would be published, 0 there already, 0 refused"));
  EXPECT_THAT(FolderSummary({}), Eq("0 published, 0 there already, 0 refused"));
}

TEST(RenderFolderTest, ANameThatIsNoUtf8DoesNotEndTheReport) {
  EXPECT_THAT(RenderFolder({Refused("\xff")}, Format::kJson),
              ::collate::testing::IsOk());
}

TEST(RenderFolderTest, SkeletonsSayWhichAreNew) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::string csv,
      RenderSkeletons({{"a.csv", "a.csv.answer.textproto", true},
                       {"b.csv", "all.answer.textproto", false}},
                      Format::kCsv));
  EXPECT_THAT(csv, Eq("file,manifest,written\n"
                      "a.csv,a.csv.answer.textproto,yes\n"
                      "b.csv,all.answer.textproto,\"no, it was there\"\n"));
}

}  // namespace
}  // namespace collate::client
