// The adapter as a whole: what it says of itself, and which family a document
// is given to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugins/sdk/adapter.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using testing::RecordingHost;

std::string Str(const collate_str& text) {
  return std::string(text.data, text.size);
}

std::string RefusalOf(const std::string& bytes) {
  RecordingHost host;
  MemoryDocument document("report.csv", bytes, {});
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.message, HasSubstr("report.csv"));
  return host.reason;
}

TEST(TransparencyReportTest, TheTableSaysWhatTheManifestFileSays) {
  const collate_adapter* adapter = collate_adapter_v1();
  ASSERT_NE(adapter, nullptr);
  EXPECT_EQ(adapter->abi_major, uint32_t{COLLATE_ABI_MAJOR});
  EXPECT_EQ(Str(adapter->id), "transparency_report");
  const std::string manifest = testing::ReadFile(testing::SourcePath(
      "plugins/transparency_report/transparency_report.manifest.textproto"));
  EXPECT_THAT(manifest,
              HasSubstr("version: \"" + Str(adapter->version) + "\""));
  EXPECT_THAT(manifest, HasSubstr("title: \"" + Str(adapter->title) + "\""));
  size_t at = 0;  // they stand in the same order
  for (size_t i = 0; i < adapter->family_count; ++i) {
    const collate_family& family = *adapter->families[i];
    at = manifest.find("  id: \"" + Str(family.id) + "\"", at);
    ASSERT_NE(at, std::string::npos) << Str(family.id);
    EXPECT_THAT(manifest.substr(at),
                HasSubstr("title: \"" + Str(family.title) + "\""));
  }
}

TEST(TransparencyReportTest, WhatNoFamilyKnowsIsRefused) {
  EXPECT_EQ(RefusalOf(""), "NO_FAMILY");
  EXPECT_EQ(RefusalOf("a,b,c\n1,2,3\n"), "NO_FAMILY");
  EXPECT_EQ(RefusalOf("%PDF-1.7\n"), "UNSUPPORTED_FORMAT");
}

TEST(TransparencyReportTest, WhatTwoFamiliesKnowIsRefused) {
  EXPECT_EQ(RefusalOf("app,policy_area,metric,period,value\n"
                      "period,section,category,sub_category_1,sub_category_2,"
                      "metric,value\n"),
            "NO_FAMILY");
}

}  // namespace
}  // namespace collate
