#include "client/render_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

v1::IngestionReport Report() {
  return TextProto<v1::IngestionReport>(R"pb(
    release {
      name: 'sources/s/releases/00000000-0123456789ab'
      adapter: 'adapters/police_returns'
      adapter_version: '1.0.0'
      observation_count: 23068
      documents { name: 'f.csv' sha256: 'aa' byte_count: 2471470 }
    }
    published: true
    documents {
      document: 'f.csv'
      tables {
        id: 't'
        title: 'Recorded crime'
        measure: 'offences'
        row_count: 23068
        mapped_count: 23060
        unmapped_count: 8
      }
      accounts { what: 'rows_read' count: 23068 }
    }
    diagnostics {
      severity: DIAGNOSTIC_SEVERITY_WARNING
      reason: 'UNKNOWN_LABEL'
      message: 'a label is not known'
      expected: 'an offence'
      found: '999'
      locator: 'f.csv:L9:C7'
      count: 8
    })pb");
}

TEST(RenderReport, TableSaysWhatWasReadKeptMappedAndLeft) {
  EXPECT_THAT(
      RenderReport(Report(), Format::kTable),
      IsOkAndHolds(AllOf(
          HasSubstr("sources/s/releases/00000000-0123456789ab\n  published\n"),
          HasSubstr("read by adapters/police_returns 1.0.0"),
          HasSubstr("23,068 observations kept"),
          HasSubstr("2,471,470 bytes  sha256 aa"), HasSubstr("left aside"),
          HasSubstr("f.csv: rows_read 23,068"),
          HasSubstr("  warning UNKNOWN_LABEL (8 times, first at the place "
                    "named): a label is not known\n"
                    "    at: f.csv:L9:C7\n"
                    "    expected: an offence\n"
                    "    found: 999\n"))));
}

TEST(RenderReport, SaysWhetherAnythingWasPublished) {
  v1::IngestionReport report = Report();
  report.set_published(false);
  EXPECT_THAT(RenderReport(report, Format::kTable),
              IsOkAndHolds(HasSubstr("dry run")));
  report.set_already_loaded(true);
  EXPECT_THAT(RenderReport(report, Format::kTable),
              IsOkAndHolds(HasSubstr("loaded before")));
}

TEST(RenderReport, CsvHasARowForEachTable) {
  EXPECT_THAT(
      RenderReport(Report(), Format::kCsv),
      IsOkAndHolds(Eq("document,table,title,measure,rows,mapped,unmapped,"
                      "refused\n"
                      "f.csv,t,Recorded crime,offences,23068,23060,8,no\n")));
}

TEST(AnythingRefused, IsARefusedTableOrAnErrorButNoWarning) {
  v1::IngestionReport report = Report();
  EXPECT_FALSE(AnythingRefused(report));
  report.mutable_documents(0)->mutable_tables(0)->set_refused(true);
  EXPECT_TRUE(AnythingRefused(report));
  report = Report();
  report.mutable_diagnostics(0)->set_severity(v1::DIAGNOSTIC_SEVERITY_ERROR);
  EXPECT_TRUE(AnythingRefused(report));
}

}  // namespace
}  // namespace collate::client
