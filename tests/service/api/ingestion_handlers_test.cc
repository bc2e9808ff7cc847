#include "service/api/ingestion_handlers.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/ingest/registry.h"
#include "service/ingest/supervisor.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::MessageHas;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatusIs;
using ::collate::testing::ThreeReporters;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Part = v1::IngestReleaseRequest;

// A client whose messages are all written beforehand.
class Script final : public Reader<Part> {
 public:
  Part& Add() { return parts_.emplace_back(); }

  Script& Release(const std::string& source = "first") {
    v1::ReleaseHeader& header = *Add().mutable_release();
    header.set_source(source);
    header.mutable_publish_time_unknown();
    return *this;
  }
  Script& Document(const std::string& bytes,
                   const std::string& name = "a.csv") {
    v1::DocumentHeader& header = *Add().mutable_document();
    header.set_name(name);
    header.set_byte_count(static_cast<int64_t>(bytes.size()));
    header.set_sha256(base::Sha256Hex(bytes));
    return *this;
  }
  Script& Chunk(const std::string& bytes) {
    Add().set_chunk(bytes);
    return *this;
  }
  Script& End() {
    Add().mutable_end();
    return *this;
  }
  Script& Then(absl::Status status) {
    last_ = std::move(status);
    return *this;
  }

  absl::StatusOr<bool> Read(Part* message) override {
    if (parts_.empty()) {
      if (!last_.ok()) return last_;
      return false;
    }
    *message = std::move(parts_.front());
    parts_.pop_front();
    return true;
  }

 private:
  std::deque<Part> parts_;
  absl::Status last_;
};

class Sink final : public Writer<v1::IngestReleaseResponse> {
 public:
  absl::Status Write(v1::IngestReleaseResponse message) override {
    messages.push_back(std::move(message));
    return absl::OkStatus();
  }
  void TryWrite(v1::IngestReleaseResponse message) override {
    messages.push_back(std::move(message));
  }
  std::vector<v1::IngestReleaseResponse> messages;
};

class IngestionHandlersTest : public ::testing::Test {
 protected:
  IngestionHandlersTest() {
    options_.ingestor = &ingestor_;
    options_.publisher = &world_.publisher();
  }

  absl::Status Ingest(Script& script) {
    CallContext context(clock_);
    return IngestionHandlers(options_).IngestRelease(context, script, sink_);
  }

  absl::StatusOr<v1::WithdrawReleaseResponse> Withdraw(
      const std::string& name, const std::string& reason) {
    CallContext context(clock_);
    v1::WithdrawReleaseRequest request;
    request.set_name(name);
    request.set_reason(reason);
    return IngestionHandlers(options_).WithdrawRelease(context, request);
  }

  FakeClock clock_;
  PublishedWorld world_{ThreeReporters()};
  ingest::Supervisor supervisor_{{.worker_path = "/nowhere/collate-worker"}};
  ingest::LiveRegistry registry_{{}, &supervisor_};
  ingest::Ingestor ingestor_{{.vocabulary = MakeTestVocabulary(),
                              .registry = &registry_,
                              .supervisor = &supervisor_,
                              .publisher = &world_.publisher(),
                              .clock = &clock_}};
  IngestionHandlers::Options options_;
  Script script_;
  Sink sink_;
};

TEST_F(IngestionHandlersTest, AStreamWithoutEndLeavesNothing) {
  script_.Release().Document("x").Chunk("x");
  const absl::Status status = Ingest(script_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(status, HasReason("INVALID_STREAM"));
  EXPECT_THAT(world_.publisher().Current()->releases(), SizeIs(1));
}

TEST_F(IngestionHandlersTest, PartsOutOfOrderAreRefused) {
  EXPECT_THAT(Ingest(Script().Document("x")), HasReason("INVALID_STREAM"));
  EXPECT_THAT(Ingest(Script().Chunk("x")), HasReason("INVALID_STREAM"));
  EXPECT_THAT(Ingest(Script().End()), HasReason("INVALID_STREAM"));
  EXPECT_THAT(Ingest(Script().Release().Release()),
              HasReason("INVALID_STREAM"));
  EXPECT_THAT(Ingest(Script().Release().Chunk("x")),
              HasReason("INVALID_STREAM"));
  EXPECT_THAT(Ingest(Script().Release().End()), HasReason("INVALID_STREAM"));
}

TEST_F(IngestionHandlersTest, AWholeDocumentGoesTheWayOfAStream) {
  v1::IngestDocumentRequest request;
  const auto ingest = [&] {
    CallContext context(clock_);
    return IngestionHandlers(options_).IngestDocument(context, request);
  };
  EXPECT_THAT(ingest(), HasReason("INVALID_SOURCE"));
  request.mutable_release()->set_source("first");
  request.mutable_release()->mutable_publish_time_unknown();
  EXPECT_THAT(ingest(), HasReason("INVALID_NAME"));
  request.mutable_document()->set_name("a.csv");
  request.set_content("some,thing");
  // Nobody reads such a document here; it has come as far as a stream would.
  EXPECT_THAT(ingest(), HasReason("NO_ADAPTER"));
  request.mutable_document()->set_byte_count(3);
  EXPECT_THAT(ingest(), HasReason("SIZE_MISMATCH"));
  request.mutable_document()->set_byte_count(10);
  request.mutable_document()->set_sha256(std::string(64, '0'));
  EXPECT_THAT(ingest(), HasReason("DIGEST_MISMATCH"));
  options_.max_document_bytes = 5;
  request.mutable_document()->clear_sha256();
  EXPECT_THAT(ingest(), HasReason("DOCUMENT_TOO_LARGE"));
}

TEST_F(IngestionHandlersTest, AMessageWithoutAPartIsRefused) {
  script_.Release();
  script_.Add();
  EXPECT_THAT(Ingest(script_), HasReason("INVALID_STREAM"));
}

TEST_F(IngestionHandlersTest, AFieldOfALaterVersionIsRefused) {
  v1::DocumentHeader* header = script_.Release().Add().mutable_document();
  header->GetReflection()->MutableUnknownFields(header)->AddVarint(99, 1);
  EXPECT_THAT(Ingest(script_), HasReason("UNKNOWN_FIELD"));
}

TEST_F(IngestionHandlersTest, LimitsAreNamedWithTheirFigures) {
  options_.max_documents = 1;
  absl::Status status =
      Ingest(script_.Release().Document("x").Chunk("x").Document("y", "b"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(status, HasReason("TOO_MANY_DOCUMENTS"));
  EXPECT_THAT(status, MessageHas("limit is 1"));

  options_ = {.ingestor = &ingestor_, .publisher = &world_.publisher()};
  options_.max_release_bytes = 3;
  EXPECT_THAT(
      Ingest(Script().Release().Document("12").Chunk("12").Document("34", "b")),
      HasReason("RELEASE_TOO_LARGE"));
  options_.max_document_bytes = 1;
  EXPECT_THAT(Ingest(Script().Release().Document("12")),
              HasReason("DOCUMENT_TOO_LARGE"));
  EXPECT_THAT(Ingest(Script().Release().Document("1").Chunk(
                  std::string((1 << 20) + 1, 'x'))),
              HasReason("CHUNK_TOO_LARGE"));
}

TEST_F(IngestionHandlersTest, BytesThatDifferFromTheirDigestAreRefused) {
  EXPECT_THAT(Ingest(Script().Release().Document("12").Chunk("21").End()),
              HasReason("DIGEST_MISMATCH"));
  EXPECT_THAT(Ingest(Script().Release().Document("12").Chunk("1").End()),
              HasReason("SIZE_MISMATCH"));
  EXPECT_THAT(Ingest(Script().Release().Document("12").Chunk("123")),
              HasReason("SIZE_MISMATCH"));
  Script negative;
  negative.Release().Add().mutable_document()->set_byte_count(-1);
  EXPECT_THAT(Ingest(negative), HasReason("SIZE_MISMATCH"));
}

TEST_F(IngestionHandlersTest, AReleaseWithoutPublishTimeIsRefused) {
  script_.Add().mutable_release()->set_source("first");
  EXPECT_THAT(Ingest(script_), HasReason("PUBLISH_TIME_MISSING"));
}

TEST_F(IngestionHandlersTest, ACallThatEndsMidwayKeepsItsReason) {
  script_.Release().Then(base::Error(absl::StatusCode::kDeadlineExceeded,
                                     "STREAM_SILENT", "nothing came"));
  EXPECT_THAT(Ingest(script_), HasReason("STREAM_SILENT"));
}

TEST_F(IngestionHandlersTest, ProgressIsToldSeldom) {
  const std::string bytes(100, 'x');
  script_.Release().Document(bytes);
  for (int i = 0; i < 100; ++i) script_.Chunk("x");
  Ingest(script_).IgnoreError();
  ASSERT_THAT(sink_.messages, SizeIs(1)) << "the clock stands still";
  const v1::Progress& progress = sink_.messages[0].progress();
  EXPECT_EQ(progress.stage(), v1::INGESTION_STAGE_RECEIVING);
  EXPECT_EQ(progress.done(), 1u);
  EXPECT_EQ(progress.total(), 100u);
}

TEST_F(IngestionHandlersTest, ADocumentThatNoAdapterReadsIsRefused) {
  const absl::Status status =
      Ingest(script_.Release().Document("12").Chunk("12").End());
  EXPECT_THAT(status, HasReason("NO_ADAPTER"));
  EXPECT_THAT(world_.publisher().Current()->releases(), SizeIs(1));
}

TEST_F(IngestionHandlersTest, PreviewGoesTheSameWay) {
  class PreviewScript final : public Reader<v1::PreviewReleaseRequest> {
   public:
    absl::StatusOr<bool> Read(v1::PreviewReleaseRequest*) override {
      return false;
    }
  } reader;
  class PreviewSink final : public Writer<v1::PreviewReleaseResponse> {
   public:
    absl::Status Write(v1::PreviewReleaseResponse) override {
      return absl::OkStatus();
    }
    void TryWrite(v1::PreviewReleaseResponse) override {}
  } writer;
  CallContext context(clock_);
  EXPECT_THAT(
      IngestionHandlers(options_).PreviewRelease(context, reader, writer),
      HasReason("INVALID_STREAM"));
}

TEST_F(IngestionHandlersTest, ASuggestionIsAskedForWithTheReleaseOnly) {
  class PreviewScript final : public Reader<v1::PreviewReleaseRequest> {
   public:
    absl::StatusOr<bool> Read(v1::PreviewReleaseRequest* part) override {
      part->set_suggest(true);
      part->mutable_end();
      return true;
    }
  } reader;
  class PreviewSink final : public Writer<v1::PreviewReleaseResponse> {
   public:
    absl::Status Write(v1::PreviewReleaseResponse) override {
      return absl::OkStatus();
    }
    void TryWrite(v1::PreviewReleaseResponse) override {}
  } writer;
  CallContext context(clock_);
  const absl::Status refused =
      IngestionHandlers(options_).PreviewRelease(context, reader, writer);
  EXPECT_THAT(refused, HasReason("INVALID_STREAM"));
  EXPECT_THAT(refused, MessageHas("`suggest`"));
}

TEST_F(IngestionHandlersTest, AWithdrawnReleaseAnswersNothingAndStaysOnRecord) {
  const std::string name = "sources/first/releases/1";
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Withdraw(name, "wrong"));
  EXPECT_EQ(response.release().state(), v1::RELEASE_STATE_WITHDRAWN);
  EXPECT_EQ(response.release().withdrawn_reason(), "wrong");
  EXPECT_EQ(response.release().observation_count(), 8);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto again, Withdraw(name, "other"));
  EXPECT_EQ(again.release().withdrawn_reason(), "wrong")
      << "withdrawing twice changes nothing";
}

TEST_F(IngestionHandlersTest, WithdrawingNeedsAReasonAndARelease) {
  EXPECT_THAT(Withdraw("sources/first/releases/1", ""),
              HasReason("REASON_MISSING"));
  const auto unknown = Withdraw("sources/first/releases/7", "wrong");
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(unknown, MessageHas("sources/first/releases/1"));
}

}  // namespace
}  // namespace collate::api
