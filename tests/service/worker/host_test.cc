// The host functions as an adapter in C would call them: no SDK in between.

#include "service/worker/host.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/ingest/frame_reader.h"
#include "service/worker/protocol.h"
#include "tests/testing/status_matchers.h"

namespace collate::worker {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::testing::SizeIs;

collate_str Str(const char* text) { return {text, std::string(text).size()}; }

// Frames go into an anonymous file and are read back by the service's reader.
class HostTest : public ::testing::Test {
 protected:
  HostTest() { Make({}); }
  ~HostTest() override { close(fd_); }

  void Make(Host::Options options, uint64_t max_bytes = 0) {
    if (fd_ >= 0) close(fd_);
    fd_ = memfd_create("frames", MFD_CLOEXEC);
    writer_ = std::make_unique<FrameWriter>(fd_, max_bytes);
    v1::Frame hello;
    hello.mutable_hello()->set_protocol(kProtocolVersion);
    hello.mutable_hello()->set_adapter_id("a");
    hello.mutable_hello()->set_adapter_version("1.0.0");
    EXPECT_THAT(writer_->Write(hello), IsOk());
    host_ = std::make_unique<Host>(writer_.get(), options);
  }

  const collate_host* host() const { return host_->table(); }
  void* ctx() const { return host_->table()->ctx; }

  static collate_table Table() {
    collate_table table = {};
    table.size = sizeof(table);
    table.id = Str("t");
    table.measure = Str("m");
    table.unit = Str("u");
    table.aggregation = COLLATE_AGGREGATION_SUM;
    table.repeats = COLLATE_REPEATS_ADD;
    table.partition = COLLATE_PARTITION_INCOMPLETE;
    table.floor = COLLATE_FLOOR_NONE;
    return table;
  }

  static collate_observation Row() {
    collate_observation row = {};
    row.size = sizeof(row);
    row.table = 1;
    row.reporter = Str("Kent");
    row.state = COLLATE_STATE_REPORTED;
    row.level = COLLATE_LEVEL_LEAF;
    row.has = COLLATE_HAS_VALUE;
    row.value = {-3, 2};
    return row;
  }

  static collate_diagnostic Diagnostic() {
    collate_diagnostic diagnostic = {};
    diagnostic.size = sizeof(diagnostic);
    diagnostic.severity = COLLATE_SEVERITY_WARNING;
    diagnostic.reason = Str("ODD");
    diagnostic.repeats = 1;
    return diagnostic;
  }

  int32_t Begin(const collate_table& table) {
    return host()->begin_table(ctx(), &table, &handle_);
  }

  int32_t Emit(const collate_observation& row) {
    const collate_observation* rows[] = {&row};
    return host()->emit(ctx(), rows, 1);
  }

  // Ends the stream and reads it back.
  ingest::RawDocument Received() {
    EXPECT_THAT(host_->Finish(), IsOk());
    v1::Trailer trailer;
    trailer.set_origin(v1::Trailer::ORIGIN_ADAPTER);
    trailer.set_rows(host_->row_count());
    EXPECT_THAT(writer_->WriteTrailer(trailer), IsOk());
    std::string bytes(writer_->byte_count(), '\0');
    EXPECT_EQ(pread(fd_, bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    ingest::FrameReader reader({.adapter_id = "a",
                                .adapter_version = "1.0.0",
                                .max_rows = 1'000'000,
                                .result_bytes = int64_t{1} << 30});
    EXPECT_THAT(reader.Append(bytes), IsOk());
    EXPECT_NE(reader.trailer(), nullptr);
    return std::move(reader.document());
  }

  int fd_ = -1;
  std::unique_ptr<FrameWriter> writer_;
  std::unique_ptr<Host> host_;
  uint64_t handle_ = 0;
};

TEST_F(HostTest, WhatIsEmittedArrives) {
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  EXPECT_EQ(handle_, 1u);
  ASSERT_EQ(Emit(Row()), COLLATE_CODE_OK);
  const ingest::RawDocument document = Received();
  ASSERT_THAT(document.observations, SizeIs(1));
  EXPECT_EQ(document.observations[0].reporter, "Kent");
  EXPECT_EQ(document.observations[0].value->mantissa, -3);
  EXPECT_EQ(document.observations[0].value->scale, 2);
  EXPECT_EQ(document.observations[0].period_kind, 0);
}

// Extremes of every width, and locators that go backwards.
TEST_F(HostTest, ExtremeNumbersArrive) {
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  collate_observation row = Row();
  row.has = COLLATE_HAS_ALL;
  row.value = {INT64_MIN, 18};
  row.lower = {INT64_MAX, 0};
  row.upper = {0, 0};
  row.period_start = INT32_MIN;
  row.period_end = INT32_MAX;
  row.period_kind = COLLATE_PERIOD_INTERVAL;
  row.records = UINT64_MAX;
  row.flags = COLLATE_FLAG_ALL;
  row.locator.line = UINT64_MAX;
  row.locator.byte_begin = UINT64_MAX;
  row.locator.byte_end = UINT64_MAX;
  row.locator.row = UINT32_MAX;
  ASSERT_EQ(Emit(row), COLLATE_CODE_OK);
  row.locator.line = 1;
  ASSERT_EQ(Emit(row), COLLATE_CODE_OK);
  const ingest::RawDocument document = Received();
  ASSERT_THAT(document.observations, SizeIs(2));
  const ingest::RawObservation& got = document.observations[0];
  EXPECT_EQ(got.value->mantissa, INT64_MIN);
  EXPECT_EQ(got.lower->mantissa, INT64_MAX);
  EXPECT_EQ(got.upper->mantissa, 0);
  EXPECT_EQ(got.period_begin, INT32_MIN);
  EXPECT_EQ(got.period_end, INT32_MAX);
  EXPECT_EQ(got.records, UINT64_MAX);
  EXPECT_EQ(got.flags, 511u);
  EXPECT_EQ(got.locator.line, UINT64_MAX);
  EXPECT_EQ(got.locator.row, UINT32_MAX);
  EXPECT_EQ(document.observations[1].locator.line, 1u);
}

// Lists at their limit and long texts cross the boundary of a frame.
TEST_F(HostTest, LargeRowsArriveOverManyFrames) {
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  std::vector<std::string> axes;
  for (int i = 0; i < COLLATE_MAX_LIST; ++i) {
    axes.push_back("axis " + std::to_string(1000 + i));
  }
  std::vector<collate_pair> dimensions;
  std::vector<collate_str> notes;
  for (const std::string& axis : axes) {
    dimensions.push_back({{axis.data(), axis.size()}, Str("label")});
    notes.push_back({axis.data(), axis.size()});
  }
  const std::vector<collate_locator> headers(COLLATE_MAX_LIST);
  constexpr int kRows = 400;
  for (int i = 0; i < kRows; ++i) {
    const std::string raw = std::string(20'000, 'r') + std::to_string(i);
    collate_observation row = Row();
    row.raw = {raw.data(), raw.size()};
    row.dimensions = dimensions.data();
    row.dimension_count = dimensions.size();
    row.notes = notes.data();
    row.note_count = notes.size();
    row.headers = headers.data();
    row.header_count = headers.size();
    ASSERT_EQ(Emit(row), COLLATE_CODE_OK) << host_->Finish();
  }
  const ingest::RawDocument document = Received();
  ASSERT_THAT(document.observations, SizeIs(kRows));
  EXPECT_EQ(document.observations[399].raw.substr(20'000), "399");
  EXPECT_THAT(document.observations[399].dimensions, SizeIs(COLLATE_MAX_LIST));
  EXPECT_THAT(document.observations[399].headers, SizeIs(COLLATE_MAX_LIST));
}

// More distinct text than the dictionary holds at one time.
TEST_F(HostTest, DictionaryStartsAfreshWhenItIsFull) {
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  const int count = static_cast<int>(kDictionaryBytes / 200'000) + 20;
  for (int i = 0; i < count; ++i) {
    const std::string raw = std::to_string(i) + std::string(200'000, 'x');
    collate_observation row = Row();
    row.raw = {raw.data(), raw.size()};
    ASSERT_EQ(Emit(row), COLLATE_CODE_OK);
  }
  const ingest::RawDocument document = Received();
  ASSERT_THAT(document.observations, SizeIs(count));
  for (int i = 0; i < count; ++i) {
    const std::string& raw = document.observations[static_cast<size_t>(i)].raw;
    ASSERT_EQ(raw.substr(0, raw.find('x')), std::to_string(i));
  }
}

TEST_F(HostTest, AccountsAreAddedUp) {
  EXPECT_EQ(host()->account(ctx(), Str("rows_read"), 2), COLLATE_CODE_OK);
  EXPECT_EQ(host()->account(ctx(), Str("rows_read"), 3), COLLATE_CODE_OK);
  EXPECT_THAT(Received().accounts,
              ::testing::ElementsAre(::testing::Pair("rows_read", 5u)));
}

TEST_F(HostTest, FirstBreachIsTheOneThatIsTold) {
  collate_table table = Table();
  table.floor = 0;
  EXPECT_EQ(Begin(table), COLLATE_CODE_INTERNAL);
  EXPECT_EQ(Begin(Table()), COLLATE_CODE_INTERNAL);
  EXPECT_EQ(host()->progress(ctx(), 1, 2), COLLATE_CODE_INTERNAL);
  EXPECT_THAT(host_->Finish(), MessageHas("floor is 0; expected 1 to 2"));
}

TEST_F(HostTest, RowLimitIsKept) {
  Make({.max_rows = 1});
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  EXPECT_EQ(Emit(Row()), COLLATE_CODE_OK);
  EXPECT_EQ(Emit(Row()), COLLATE_CODE_RESOURCE_EXHAUSTED);
  EXPECT_THAT(host_->Finish(), HasReason("ADAPTER_OUTPUT_LIMIT"));
}

TEST_F(HostTest, ByteLimitIsKept) {
  Make({}, 1000);
  const std::string content(2000, 'x');
  EXPECT_EQ(
      host()->attach(ctx(), Str("a"), Str(""), content.data(), content.size()),
      COLLATE_CODE_RESOURCE_EXHAUSTED);
  EXPECT_THAT(host_->Finish(), HasReason("ADAPTER_OUTPUT_LIMIT"));
}

TEST_F(HostTest, InspectorBeginsNoTable) {
  Make({.tables_allowed = false});
  EXPECT_EQ(Begin(Table()), COLLATE_CODE_INTERNAL);
  EXPECT_THAT(host_->Finish(), MessageHas("inspect()"));
}

TEST_F(HostTest, CallFromAnotherThreadIsABreach) {
  int32_t code = COLLATE_CODE_OK;
  std::thread([&] { code = host()->progress(ctx(), 1, 2); }).join();
  EXPECT_EQ(code, COLLATE_CODE_FAILED_PRECONDITION);
  EXPECT_THAT(host_->Finish(), MessageHas("another thread"));
}

TEST_F(HostTest, TextThatFitsNoFrameIsRefused) {
  const std::string text(COLLATE_MAX_TEXT, 'x');
  collate_diagnostic diagnostic = Diagnostic();
  diagnostic.message = {text.data(), text.size()};
  EXPECT_EQ(host()->diagnose(ctx(), &diagnostic), COLLATE_CODE_OK);
  diagnostic.expected = diagnostic.found = diagnostic.reason =
      diagnostic.locator.part = diagnostic.message;
  EXPECT_EQ(host()->diagnose(ctx(), &diagnostic), COLLATE_CODE_INTERNAL);
  EXPECT_THAT(host_->Finish(), MessageHas("at one time"));
}

// Each breaks one rule of adapter.h.
struct BadCall {
  const char* name;
  std::function<void(const collate_host*)> call;
  const char* message;
};

template <typename Change>
std::function<void(const collate_host*)> BadTable(Change change) {
  return [change](const collate_host* host) {
    uint64_t handle = 0;
    collate_table table = {};
    table.size = sizeof(table);
    table.id = Str("bad");
    table.measure = Str("m");
    table.unit = Str("u");
    table.aggregation = table.repeats = table.partition = table.floor = 1;
    change(&table);
    host->begin_table(host->ctx, &table, &handle);
  };
}

template <typename Change>
std::function<void(const collate_host*)> BadRow(Change change) {
  return [change](const collate_host* host) {
    collate_observation row = {};
    row.size = sizeof(row);
    row.table = 1;
    row.state = row.level = 1;
    change(&row);
    const collate_observation* rows[] = {&row};
    host->emit(host->ctx, rows, 1);
  };
}

template <typename Change>
std::function<void(const collate_host*)> BadFinding(Change change) {
  return [change](const collate_host* host) {
    collate_diagnostic diagnostic = {};
    diagnostic.size = sizeof(diagnostic);
    diagnostic.severity = COLLATE_SEVERITY_INFO;
    diagnostic.reason = Str("R");
    diagnostic.repeats = 1;
    change(&diagnostic);
    host->diagnose(host->ctx, &diagnostic);
  };
}

const collate_pair kUnsorted[] = {{{"b", 1}, {"x", 1}}, {{"a", 1}, {"x", 1}}};
const collate_pair kTwice[] = {{{"a", 1}, {"x", 1}}, {{"a", 1}, {"y", 1}}};
const collate_pair kNameless[] = {{{nullptr, 0}, {"x", 1}}};

class BreachTest : public HostTest,
                   public ::testing::WithParamInterface<BadCall> {};

TEST_P(BreachTest, IsRefusedByName) {
  ASSERT_EQ(Begin(Table()), COLLATE_CODE_OK);
  GetParam().call(host());
  const absl::Status status = host_->Finish();
  EXPECT_THAT(status, HasReason("ADAPTER_PROTOCOL_ERROR"));
  EXPECT_THAT(status, MessageHas(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, BreachTest,
    ::
        testing::Values(BadCall{"TableNull",
                                [](const collate_host* host) {
                                  uint64_t handle = 0;
                                  host->begin_table(host->ctx, nullptr,
                                                    &handle);
                                },
                                "null"},
                        BadCall{"TableSize",
                                BadTable([](auto* t) { t->size -= 8; }),
                                "has size 200; expected 208"},
                        BadCall{"TableTwice",
                                BadTable([](auto* t) { t->id = Str("t"); }),
                                "table 't' stands twice"},
                        BadCall{"TableWithoutMeasure",
                                BadTable([](auto* t) { t->measure = {}; }),
                                "measure is empty"},
                        BadCall{"TableAggregation",
                                BadTable([](auto* t) { t->aggregation = 4; }),
                                "aggregation is 4"},
                        BadCall{"TableExtentUnsorted", BadTable([](auto* t) {
                                  t->extent = kUnsorted;
                                  t->extent_count = 2;
                                }),
                                "extent is not sorted"},
                        BadCall{"TableListNull", BadTable([](auto* t) {
                                  t->multi_response_count = 1;
                                }),
                                "multi_response is null"},
                        BadCall{"RowsNull",
                                [](const collate_host* host) {
                                  host->emit(host->ctx, nullptr, 1);
                                },
                                "rows is null"},
                        BadCall{"RowNull",
                                [](const collate_host* host) {
                                  const collate_observation* rows[] = {nullptr};
                                  host->emit(host->ctx, rows, 1);
                                },
                                "observation 1: it is null"},
                        BadCall{"RowSize",
                                BadRow([](auto* r) { r->size += 8; }),
                                "has size 344; expected 336"},
                        BadCall{"RowTable0",
                                BadRow([](auto* r) { r->table = 0; }),
                                "table 0 was never begun"},
                        BadCall{"RowTable2",
                                BadRow([](auto* r) { r->table = 2; }),
                                "table 2 was never begun"},
                        BadCall{"RowState0",
                                BadRow([](auto* r) { r->state = 0; }),
                                "state is 0"},
                        BadCall{"RowState19",
                                BadRow([](auto* r) { r->state = 19; }),
                                "state is 19; expected 1 to 18"},
                        BadCall{"RowLevelNegative",
                                BadRow([](auto* r) { r->level = -1; }),
                                "level is -1"},
                        BadCall{"RowPeriodEmpty", BadRow([](auto* r) {
                                  r->period_start = r->period_end = 5;
                                  r->period_kind = 1;
                                }),
                                "is empty"},
                        BadCall{"RowPeriodWithoutKind",
                                BadRow([](auto* r) { r->period_end = 5; }),
                                "period_kind is 0"},
                        BadCall{"RowHas", BadRow([](auto* r) { r->has = 8; }),
                                "has is 8"},
                        BadCall{"RowValueWithoutBit",
                                BadRow([](auto* r) { r->value.mantissa = 1; }),
                                "value is set without its bit"},
                        BadCall{"RowScale", BadRow([](auto* r) {
                                  r->has = COLLATE_HAS_UPPER;
                                  r->upper.scale = 19;
                                }),
                                "upper has scale 19"},
                        BadCall{"RowFlags",
                                BadRow([](auto* r) { r->flags = 512; }),
                                "flags are 512"},
                        BadCall{"RowDimensionsUnsorted", BadRow([](auto* r) {
                                  r->dimensions = kUnsorted;
                                  r->dimension_count = 2;
                                }),
                                "not sorted"},
                        BadCall{"RowDimensionTwice", BadRow([](auto* r) {
                                  r->dimensions = kTwice;
                                  r->dimension_count = 2;
                                }),
                                "repeat 'a'"},
                        BadCall{"RowDimensionNameless", BadRow([](auto* r) {
                                  r->dimensions = kNameless;
                                  r->dimension_count = 1;
                                }),
                                "without a name"},
                        BadCall{"RowListTooLong", BadRow([](auto* r) {
                                  r->dimensions = kTwice;
                                  r->dimension_count = COLLATE_MAX_LIST + 1;
                                }),
                                "dimensions has 257 entries"},
                        BadCall{"RowTextNull", BadRow([](auto* r) {
                                  r->raw = {nullptr, 3};
                                }),
                                "raw is null with a size of 3"},
                        BadCall{"RowTextHuge", BadRow([](auto* r) {
                                  r->raw = {"x", size_t{1} << 40};
                                }),
                                "raw has 1099511627776 bytes"},
                        BadCall{"RowTextNul", BadRow([](auto* r) {
                                  r->raw = {"a\0b", 3};
                                }),
                                "raw is not UTF-8 without NUL"},
                        BadCall{"RowTextLatin1", BadRow([](auto* r) {
                                  r->reporter = Str("caf\xe9");
                                }),
                                "reporter is not UTF-8"},
                        BadCall{"RowLocatorBackwards", BadRow([](auto* r) {
                                  r->locator.row = 5;
                                  r->locator.row_end = 4;
                                }),
                                "locator ends before it begins"},
                        BadCall{"FindingSeverity",
                                BadFinding([](auto* d) { d->severity = 0; }),
                                "severity is 0"},
                        BadCall{"FindingCodeOnInfo",
                                BadFinding([](auto* d) { d->code = 3; }),
                                "a code without severity ERROR"},
                        BadCall{"FindingErrorWithoutCode",
                                BadFinding([](auto* d) {
                                  d->severity = COLLATE_SEVERITY_ERROR;
                                }),
                                "code is 0"},
                        BadCall{"FindingRepeats0",
                                BadFinding([](auto* d) { d->repeats = 0; }),
                                "repeats is 0"},
                        BadCall{"AccountNameless",
                                [](const collate_host* host) {
                                  host->account(host->ctx, {nullptr, 0}, 1);
                                },
                                "what is empty"},
                        BadCall{"AccountOverflow",
                                [](const collate_host* host) {
                                  host->account(host->ctx, Str("n"),
                                                UINT64_MAX);
                                  host->account(host->ctx, Str("n"), 1);
                                },
                                "overflows"},
                        BadCall{"AttachmentInFolder",
                                [](const collate_host* host) {
                                  host->attach(host->ctx, Str("../a"), Str(""),
                                               "x", 1);
                                },
                                "has folders"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(HostTest, FromTheCallThatIsNamedOnItAsksToStop) {
  Make({.stop_at_call = 2});
  const collate_table table = Table();
  uint64_t handle = 0;
  EXPECT_EQ(host()->begin_table(ctx(), &table, &handle), COLLATE_CODE_OK);
  EXPECT_FALSE(host_->stopped());
  EXPECT_EQ(host()->progress(ctx(), 1, 2), COLLATE_CODE_CANCELLED);
  EXPECT_TRUE(host_->stopped());
  EXPECT_EQ(host_->calls_after_stop(), 0u);
  EXPECT_EQ(host()->account(ctx(), Str("rows_read"), 1),
            COLLATE_CODE_CANCELLED);
  EXPECT_EQ(host_->calls_after_stop(), 1u);
  EXPECT_THAT(host_->Finish(), IsOk());
}

}  // namespace
}  // namespace collate::worker
