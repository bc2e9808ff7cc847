// ExportObservations as a program without a transport sees it: one header,
// batches, one footer that proves them.

#include "service/api/export_handlers.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/convert.h"
#include "service/api/convert_provenance.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/ingest/report.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ExportPart = v1::ExportObservationsResponse;

// Keeps what it is given; `before` may end the stream or change the world.
class Collector final : public Writer<std::string> {
 public:
  absl::Status Write(std::string bytes) override {
    if (before) {
      const absl::Status status = before();
      if (!status.ok()) return status;
    }
    ExportPart& part = parts.emplace_back();
    EXPECT_TRUE(part.ParseFromString(bytes));
    EXPECT_EQ(part.SerializeAsString(), bytes) << "readers make the digest so";
    return absl::OkStatus();
  }
  void TryWrite(std::string) override { FAIL() << "nothing may be dropped"; }

  std::function<absl::Status()> before;
  std::vector<ExportPart> parts;
};

// "p 88A 2017/18 50" of every observation, in order.
std::vector<std::string> Lines(const std::vector<ExportPart>& parts) {
  std::vector<std::string> lines;
  for (const ExportPart& part : parts) {
    for (const v1::Observation& one : part.batch().observations()) {
      std::string line;
      for (const v1::Coordinate& at : one.coordinates()) {
        absl::StrAppend(&line, at.member(), " ");
      }
      absl::StrAppend(&line, one.period().text());
      if (one.has_value()) absl::StrAppend(&line, " ", one.value());
      lines.push_back(line);
    }
  }
  return lines;
}

class ExportHandlersTest : public ::testing::Test {
 protected:
  absl::Status Export(PublishedWorld& world,
                      const v1::ExportObservationsRequest& request,
                      int64_t batch_rows = 1000,
                      int64_t batch_bytes = 1 << 20) {
    const ExportHandlers handlers({.publisher = &world.publisher(),
                                   .batch_rows = batch_rows,
                                   .batch_bytes = batch_bytes});
    out_.parts.clear();
    return handlers.ExportObservations(context_, request, out_);
  }

  static v1::ExportObservationsRequest AsOf(const std::string& day) {
    absl::Time time;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", day, &time, nullptr));
    v1::ExportObservationsRequest request;
    *request.mutable_as_of() = ToProto(time);
    return request;
  }

  FakeClock clock_;
  CallContext context_{clock_};
  Collector out_;
};

TEST_F(ExportHandlersTest, AHeaderThenBatchesThenAFooterThatProvesThem) {
  PublishedWorld world{ThreeReporters()};
  v1::ExportObservationsRequest request;
  request.add_measures("offences");
  request.add_measures("offences");
  ASSERT_THAT(Export(world, request, /*batch_rows=*/3), IsOk());
  ASSERT_THAT(out_.parts, SizeIs(5));
  const v1::ExportHeader& header = out_.parts[0].header();
  EXPECT_EQ(header.observation_count(), 8);
  EXPECT_THAT(header.request().measures(), ElementsAre("offences"));
  EXPECT_EQ(FromProto(header.export_time()), clock_.Now());
  ASSERT_EQ(header.releases_size(), 1);
  EXPECT_TRUE(absl::StartsWith(View(header.releases(0).release()),
                               "sources/first/releases/"));
  EXPECT_THAT(header.caveats(), IsEmpty());
  EXPECT_THAT(
      Lines(out_.parts),
      ElementsAre("p 88A 2017/18 50", "r 88A 2017/18 7", "q 88A 2017/18 0",
                  "p 71 2017/18 5", "p 88A 2018/19 60", "q 88A 2018/19 1",
                  "r 88A 2018/19", "p  2017/18 3"));
  // The digest by another road: sizes and bytes in one string.
  std::string all;
  for (int i = 1; i <= 3; ++i) {
    const std::string bytes = out_.parts[i].batch().SerializeAsString();
    uint64_t size = bytes.size();
    for (int byte = 0; byte < 8; ++byte, size /= 256) {
      all.push_back(static_cast<char>(size % 256));
    }
    all += bytes;
  }
  const v1::ExportFooter& footer = out_.parts[4].footer();
  EXPECT_EQ(footer.observation_count(), 8);
  EXPECT_EQ(footer.sha256(), base::Sha256Hex(all));
}

TEST_F(ExportHandlersTest, ABatchEndsAtItsSize) {
  PublishedWorld world{ThreeReporters()};
  ASSERT_THAT(Export(world, {}, /*batch_rows=*/1000, /*batch_bytes=*/1),
              IsOk());
  EXPECT_THAT(out_.parts, SizeIs(1 + 8 + 1));
}

TEST_F(ExportHandlersTest, NothingToSendIsAHeaderAndAFooter) {
  PublishedWorld world{ThreeReporters()};
  v1::ExportObservationsRequest request;
  request.add_measures("accounts");
  ASSERT_THAT(Export(world, request), IsOk());
  ASSERT_THAT(out_.parts, SizeIs(2));
  EXPECT_EQ(out_.parts[0].header().observation_count(), 0);
  EXPECT_EQ(out_.parts[1].footer().observation_count(), 0);
  EXPECT_EQ(out_.parts[1].footer().sha256(), base::Sha256Hex(""));
}

TEST_F(ExportHandlersTest, FiltersPeriodAndReleasesNarrowIt) {
  PublishedWorld world{ThreeReporters()};
  v1::ExportObservationsRequest request;
  v1::Filter* filter = request.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("q");
  request.set_period("2018/19");
  ASSERT_THAT(Export(world, request), IsOk());
  EXPECT_THAT(Lines(out_.parts), ElementsAre("q 88A 2018/19 1"));
}

TEST_F(ExportHandlersTest, MistakesNameTheirFieldAndSendNothing) {
  PublishedWorld world{ThreeReporters()};
  v1::ExportObservationsRequest request;
  request.add_measures("offences");
  request.add_measures("offence");
  absl::Status status = Export(world, request);
  EXPECT_THAT(status, HasReason("UNKNOWN_MEASURE"));
  ASSERT_THAT(base::DetailOf(status).fields, SizeIs(1));
  EXPECT_EQ(base::DetailOf(status).fields[0].path, "measures[1]");
  request.Clear();
  request.add_releases("sources/first/releases/none");
  EXPECT_THAT(Export(world, request), HasReason("UNKNOWN_RELEASE"));
  request.Clear();
  request.mutable_as_of()->set_nanos(-1);
  EXPECT_THAT(Export(world, request), HasReason("INVALID_AS_OF"));
  request.Clear();
  request.set_period("last year");
  EXPECT_THAT(Export(world, request), HasReason("INVALID_PERIOD"));
  EXPECT_THAT(out_.parts, IsEmpty());
}

// Two editions of one table; the second prints p anew and drops q.
World TwoEditions() {
  World world;
  world.Release("src", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 50})
      .Row({.reporter = "q", .at = {"88A"}, .period = "2017/18", .value = 9});
  world.Release("src", "2019-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 52})
      .Extent({"p", "q"}, {"2017/18"});
  return world;
}

TEST_F(ExportHandlersTest, AsOfKeepsWhatStoodThen) {
  PublishedWorld world{TwoEditions()};
  ASSERT_THAT(Export(world, AsOf("2018-01-01")), IsOk());
  EXPECT_THAT(Lines(out_.parts), IsEmpty());
  ASSERT_THAT(Export(world, AsOf("2018-07-01")), IsOk());
  EXPECT_THAT(Lines(out_.parts),
              ElementsAre("p 88A 2017/18 50", "q 88A 2017/18 9"));
  ASSERT_THAT(Export(world, AsOf("2019-07-01")), IsOk());
  EXPECT_THAT(Lines(out_.parts), ElementsAre("p 88A 2017/18 52"));
  EXPECT_EQ(out_.parts[0].header().releases_size(), 1);
  ASSERT_THAT(Export(world, {}), IsOk());
  EXPECT_THAT(Lines(out_.parts), SizeIs(3)) << "all that is loaded";
}

TEST_F(ExportHandlersTest, SyntheticUndatedAndWithdrawnReleasesAreNamed) {
  World made_up;
  made_up.Release("syn", "")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 1})
      .Synthetic();
  PublishedWorld world{made_up};
  ASSERT_THAT(Export(world, {}), IsOk());
  const v1::ExportHeader header = out_.parts[0].header();
  ASSERT_EQ(header.caveats_size(), 2);
  EXPECT_EQ(header.caveats(0).code(), "SYNTHETIC_INPUT");
  EXPECT_EQ(header.caveats(1).code(), "PUBLISH_TIME_UNKNOWN");
  EXPECT_TRUE(header.releases(0).synthetic());
  EXPECT_FALSE(header.releases(0).has_publish_time());

  const std::string name = header.releases(0).release();
  ASSERT_THAT(world.publisher().Withdraw(name, "by mistake"), IsOk());
  ASSERT_THAT(Export(world, {}), IsOk());
  EXPECT_THAT(Lines(out_.parts), IsEmpty());
  v1::ExportObservationsRequest request;
  request.add_releases(name);
  ASSERT_THAT(Export(world, request), IsOk());
  EXPECT_THAT(Lines(out_.parts), SizeIs(1));
  EXPECT_EQ(out_.parts[0].header().caveats(2).code(), "WITHDRAWN_RELEASE");
}

TEST_F(ExportHandlersTest, WhatIsPublishedMeanwhileIsNotInIt) {
  PublishedWorld world{ThreeReporters()};
  out_.before = [&] {
    if (out_.parts.empty()) world.Add(TwoEditions());
    return absl::OkStatus();
  };
  ASSERT_THAT(Export(world, {}, /*batch_rows=*/1), IsOk());
  EXPECT_EQ(out_.parts[0].header().observation_count(), 8);
  EXPECT_THAT(Lines(out_.parts), SizeIs(8));
  out_.before = nullptr;
  ASSERT_THAT(Export(world, {}), IsOk());
  EXPECT_THAT(Lines(out_.parts), SizeIs(8 + 3));
}

TEST_F(ExportHandlersTest, ItEndsWhenItsReaderHasGone) {
  PublishedWorld world{ThreeReporters()};
  out_.before = [&] {
    return out_.parts.size() < 2 ? absl::OkStatus()
                                 : absl::CancelledError("gone");
  };
  EXPECT_EQ(Export(world, {}, /*batch_rows=*/1).code(),
            absl::StatusCode::kCancelled);
  EXPECT_THAT(out_.parts, SizeIs(2));
  context_.Cancel();
  EXPECT_EQ(Export(world, {}).code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(out_.parts, IsEmpty());
}

TEST(ProvenanceTest, NamesWhoReadTheReleaseAndEachRecipeOnce) {
  ingest::Report report;
  report.documents.push_back(
      {"a.xlsx",
       {{.id = "t", .measure = "offences", .recipe = "kent/2"},
        {.id = "u", .measure = "offences", .recipe = "essex/1"},
        {.id = "v", .measure = "offences", .recipe = "kent/2"},
        {.id = "w", .refused = true, .recipe = "not-used/1"},
        {.id = "x", .measure = "offences"}},
       {}});
  store::Release release;
  release.name = "sources/s/releases/r";
  release.adapter_id = "foi_spreadsheet";
  release.adapter_version = "1.2";
  release.adapter_sha256 = "aa";
  release.vocabulary_sha256 = "bb";
  release.report = ingest::SerializeReport(report);
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::ReleaseProvenance provenance,
                               ProvenanceOf(release));
  EXPECT_EQ(provenance.release(), "sources/s/releases/r");
  EXPECT_FALSE(provenance.has_publish_time());
  EXPECT_EQ(provenance.adapter(), "adapters/foi_spreadsheet");
  EXPECT_EQ(provenance.adapter_version(), "1.2");
  EXPECT_EQ(provenance.adapter_sha256(), "aa");
  EXPECT_EQ(provenance.vocabulary_sha256(), "bb");
  EXPECT_THAT(provenance.recipes(), ElementsAre("essex/1", "kent/2"));
  release.report = "no report";
  EXPECT_THAT(ProvenanceOf(release).status(), HasReason("CORRUPT_REPORT"));
}

}  // namespace
}  // namespace collate::api
