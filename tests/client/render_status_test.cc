#include "client/render_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::Eq;
using ::testing::HasSubstr;

v1::ServiceStatus Status() {
  return TextProto<v1::ServiceStatus>(R"pb(
    version: '1.2.3'
    release_count: 2
    vocabulary_sha256: 'abc'
    snapshot_bytes: 412345678
    snapshot_limit_bytes: 4294967296
    last_store_check {
      end_time { seconds: 1767225600 }
      problem_count: 1
    }
    audit { anchor: '7:9f86' lost_count: 3 problem: 'disk full' }
    certificate {
      sha256: 'd00f'
      expire_time { seconds: 1767225600 }
      problem: 'server.pem: is empty'
    }
    sandbox_layers { name: 'limits' applied: true }
    sandbox_layers { name: 'landlock' reason: 'no such system call' }
    adapter_policy: 'adapters that are not of the installation are refused'
    adapters {
      name: 'adapters/police_returns'
      version: '1.0.0'
      state: ADAPTER_STATE_READY
      installed: true
    }
    adapters {
      name: 'adapters/mine'
      version: '0.1.0'
      state: ADAPTER_STATE_QUARANTINED
      problems: '3 of its workers died'
    }
    adapter_problems: '/opt/x: no such directory'
  )pb");
}

TEST(RenderStatus, EveryLayerAndAdapterIsNamed) {
  EXPECT_THAT(RenderStatus(Status(), Format::kTable), IsOkAndHolds(Eq(
                                                          R"(serving
version 1.2.3, 2 releases, vocabulary sha256 abc
412,345,678 of 4,294,967,296 bytes of memory for what is published
checksums verified 2026-01-01T00:00:00Z, 1 places damaged
encrypted, certificate sha256 d00f, ends 2026-01-01T00:00:00Z
Newer keys were refused: server.pem: is empty
calls are recorded, anchor 7:9f86, 3 lost
The audit log cannot be written: disk full

sandbox layer  state    how or why
-------------  -------  -------------------
limits         applied
landlock       missing  no such system call

Adapters: adapters that are not of the installation are refused.

adapter         version  origin        state          why not
--------------  -------  ------------  -------------  ---------------------
police_returns  1.0.0    installation  ready
mine            0.1.0    further       in quarantine  3 of its workers died
/opt/x: no such directory
)")));
}

TEST(RenderStatus, WhatIsNotThereIsSaid) {
  EXPECT_THAT(
      RenderStatus(v1::ServiceStatus(), Format::kTable),
      IsOkAndHolds(HasSubstr("not encrypted\ncalls are not recorded\n")));
}

TEST(RenderStatus, AWorkerThatCannotStartIsSaid) {
  EXPECT_THAT(
      RenderStatus(
          TextProto<v1::ServiceStatus>("sandbox_problem: 'no such file'"),
          Format::kTable),
      IsOkAndHolds(HasSubstr("No worker could be started: no such file\n")));
}

TEST(RenderStatus, CsvHasARowForEach) {
  EXPECT_THAT(RenderStatus(Status(), Format::kCsv),
              IsOkAndHolds(Eq(
                  R"(kind,name,state,detail
sandbox_layer,limits,applied,
sandbox_layer,landlock,missing,no such system call
adapter,police_returns,ready,
adapter,mine,in quarantine,3 of its workers died
)")));
}

TEST(RenderStatus, WhatCannotBeReadIsNamed) {
  v1::ServiceStatus status = Status();
  v1::UnreadableRelease& one = *status.add_unreadable_releases();
  one.set_release("sources/s/releases/r");
  one.set_problem("a checksum does not hold");
  EXPECT_THAT(RenderStatus(status, Format::kTable),
              IsOkAndHolds(HasSubstr("Cannot be read: sources/s/releases/r: a "
                                     "checksum does not hold\n")));
  EXPECT_THAT(RenderStatus(status, Format::kCsv),
              IsOkAndHolds(HasSubstr("release,sources/s/releases/r,unreadable,"
                                     "a checksum does not hold\n")));
}

TEST(RenderStoreCheck, EveryProblemIsARow) {
  const auto check = TextProto<v1::StoreCheck>(
      "release_count: 2 observation_count: 12345 document_count: 1 "
      "document_bytes: 10 answer_count: 3 problem_count: 3 "
      "problems: 'collate.db: one' problems: 'two'");
  EXPECT_THAT(RenderStoreCheck(check, Format::kTable),
              IsOkAndHolds(Eq(R"(damaged
2 releases with 12,345 observations, 1 documents with 10 bytes, 3 names of answers
3 problems:
  collate.db: one
  two
  [...]
)")));
  EXPECT_THAT(RenderStoreCheck(check, Format::kCsv),
              IsOkAndHolds(Eq("problem\ncollate.db: one\ntwo\n")));
  EXPECT_THAT(RenderStoreCheck({}, Format::kCsv),
              IsOkAndHolds(Eq("problem\n")));
  EXPECT_THAT(RenderStoreCheck({}, Format::kTable),
              IsOkAndHolds(HasSubstr("clean\n0 releases")));
}

TEST(RenderReload, NothingIsSaidToBeNothing) {
  EXPECT_THAT(RenderReload({}, Format::kTable),
              IsOkAndHolds(Eq("Nothing changed.\n")));
  EXPECT_THAT(RenderReload({}, Format::kCsv),
              IsOkAndHolds(Eq("adapter,change,message\n")));
}

TEST(RenderReload, ChangesAreRows) {
  EXPECT_THAT(
      RenderReload(TextProto<v1::ReloadAdaptersResponse>(
                       "changes { adapter: 'adapters/a' kind: "
                       "ADAPTER_CHANGE_KIND_REMOVED message: 'was in x' }"),
                   Format::kCsv),
      IsOkAndHolds(HasSubstr("a,removed,was in x\n")));
}

}  // namespace
}  // namespace collate::client
