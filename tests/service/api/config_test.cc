#include "service/api/config.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::ElementsAre;

TEST(ConfigTest, AMistakeIsNamedWithFileLineAndColumn) {
  const auto config =
      ParseConfig("drain_seconds: 5\nlistem_address: \"x\"\n", "/etc/c.conf");
  EXPECT_THAT(config, HasReason("INVALID_CONFIG"));
  EXPECT_THAT(config, MessageHas("/etc/c.conf:2:"));
  EXPECT_THAT(config, MessageHas("listem_address"));
}

TEST(ConfigTest, NumbersOutOfRangeAreNamedAllAtOnce) {
  const auto config = ParseConfig(
      "drain_seconds: -1\nlimits {\n  max_message_bytes: 1\n}\n", "/c.conf");
  EXPECT_THAT(config, HasReason("INVALID_CONFIG"));
  EXPECT_THAT(config, MessageHas("/c.conf:1:1: drain_seconds is -1"));
  EXPECT_THAT(config, MessageHas("/c.conf:3:3: max_message_bytes is 1"));
}

TEST(ConfigTest, ADisclosureProfileIsOneOfThoseThatThereAre) {
  const auto config =
      ParseConfig("disclosure {\n  profile: \"ons-5-10\"\n}\n", "/c.conf");
  EXPECT_THAT(config, HasReason("INVALID_CONFIG"));
  EXPECT_THAT(
      config,
      MessageHas("/c.conf:2:3: disclosure.profile is 'ons-5-10'; expected one "
                 "of none, ons-10-5, nhs-7-5, count-below-5"));
  EXPECT_THAT(ParseConfig("disclosure { profile: \"nhs-7-5\" }", "/c.conf"),
              IsOk());
}

TEST(ConfigTest, HttpNeedsAnAddress) {
  EXPECT_THAT(ParseConfig("data_directory: \"d\"\nhttp { }\n", "/c.conf"),
              MessageHas("/c.conf:2:1: http has no listen_address"));
  EXPECT_THAT(ParseConfig("http { listen_address: \"127.0.0.1:0\" "
                          "max_connections: 1000001 }",
                          "/c.conf"),
              MessageHas("max_connections is 1000001; expected 1 to 1000000"));
  const auto config = ParseConfig(
      "http { listen_address: \"127.0.0.1:0\" web_directory: \"web\" }",
      "/etc/c.conf");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->http().web_directory(), "/etc/web");
}

TEST(ConfigTest, HttpIsNotSpokenUnlessAskedFor) {
  config::v1::Config config;
  config.set_data_directory("d");
  ASSERT_THAT(CompleteConfig("/opt/collate/bin", &config), IsOk());
  EXPECT_FALSE(config.has_http());
  config.mutable_http()->set_listen_address("127.0.0.1:0");
  ASSERT_THAT(CompleteConfig("/opt/collate/bin", &config), IsOk());
  EXPECT_EQ(config.http().max_connections(), 200);
  // Nobody has installed a page there.
  EXPECT_EQ(config.http().web_directory(), "");
}

TEST(ConfigTest, HttpBeyondThisMachineNeedsWhatGrpcNeeds) {
  config::v1::Config config;
  config.set_data_directory("d");
  config.mutable_http()->set_listen_address("0.0.0.0:8080");
  EXPECT_THAT(CompleteConfig("/opt/collate/bin", &config),
              HasReason("INVALID_CONFIG"));
}

TEST(ConfigTest, PathsAreRelativeToTheFile) {
  TempDir dir;
  const auto config = LoadConfig(
      dir.Write("collate.conf",
                "data_directory: \"data\" adapter_directories: \"/opt/a\"\n"
                "adapter_directories: \"../b\""));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data_directory(), dir.File("data"));
  EXPECT_THAT(config->adapter_directories(),
              ElementsAre("/opt/a",
                          dir.path().substr(0, dir.path().rfind('/')) + "/b"));
}

TEST(ConfigTest, AnEmptyFileSaysNothing) {
  TempDir dir;
  EXPECT_THAT(LoadConfig(dir.Write("c.conf", "")), IsOk());
}

TEST(ConfigTest, AFileThatCannotBeReadIsNamed) {
  const auto config = LoadConfig("/nowhere/collate.conf");
  EXPECT_THAT(config, HasReason("CONFIG_NOT_READABLE"));
  EXPECT_THAT(config, MessageHas("/nowhere/collate.conf"));
}

TEST(ConfigTest, EverythingButTheDataDirectoryHasADefault) {
  config::v1::Config config;
  EXPECT_THAT(CompleteConfig("/opt/bin", &config), HasReason("INVALID_CONFIG"));
  config.set_data_directory("/data");
  ASSERT_THAT(CompleteConfig("/opt/bin", &config), IsOk());
  EXPECT_EQ(config.listen_address(), "127.0.0.1:7443");
  EXPECT_EQ(config.disclosure().profile(), "none");
  EXPECT_THAT(config.adapter_directories(),
              ElementsAre("/opt/lib/collate/adapters"));
  EXPECT_EQ(config.vocabulary_directory(), "/opt/share/collate/vocabulary");
  EXPECT_EQ(config.worker_program(), "/opt/bin/collate-worker");
  EXPECT_EQ(config.limits().max_cells_per_query(), 100000);
  EXPECT_EQ(config.limits().max_concurrent_downloads(), 8);
  EXPECT_EQ(config.limits().max_snapshot_bytes(), int64_t{4} << 30);
  EXPECT_EQ(config.limits().max_concurrent_downloads_per_peer(), 4);
  EXPECT_EQ(config.worker().memory_bytes(), 1 << 30);
  EXPECT_GE(config.executor().thread_count(), 2);
}

TEST(ConfigTest, ASlashBehindTheDataDirectoryStandsInNoOtherPath) {
  config::v1::Config config;
  config.set_data_directory("/data/");
  ASSERT_THAT(CompleteConfig("/opt/bin", &config), IsOk());
  EXPECT_EQ(config.audit().directory(), "/data/audit");
}

TEST(ConfigTest, WhatIsSaidIsKept) {
  auto config = ParseConfig(
      "data_directory: \"/d\" limits { max_cells_per_query: 7 "
      "max_concurrent_calls: 5 max_concurrent_downloads: 3 }",
      "/c.conf");
  ASSERT_THAT(config, IsOk());
  ASSERT_THAT(CompleteConfig("/opt/bin", &*config), IsOk());
  EXPECT_EQ(config->limits().max_cells_per_query(), 7);
  EXPECT_EQ(config->limits().max_concurrent_calls_per_peer(), 5)
      << "never more than all calls together";
  EXPECT_EQ(config->limits().max_concurrent_downloads_per_peer(), 3);
}

TEST(ConfigTest, AllowedDigestsAreLowerCaseHex) {
  const std::string good(64, 'a');
  const auto config =
      ParseConfig("allowed_adapter_sha256: \"" + good + "\"\n", "/c.conf");
  ASSERT_THAT(config, IsOk());
  EXPECT_THAT(config->allowed_adapter_sha256(), ElementsAre(good));
  for (const std::string& bad : {std::string(63, 'a'), std::string(64, 'A'),
                                 std::string(64, 'g'), std::string()}) {
    const auto refused =
        ParseConfig("allowed_adapter_sha256: \"" + good +
                        "\"\nallowed_adapter_sha256: \"" + bad + "\"\n",
                    "/c.conf");
    EXPECT_THAT(refused, HasReason("INVALID_CONFIG")) << bad;
    EXPECT_THAT(refused, MessageHas("/c.conf:2:1: allowed_adapter_sha256 is '" +
                                    bad + "'"));
  }
}

TEST(ConfigTest, AStoreIsEmbeddedUnlessAClusterIsNamed) {
  auto config = ParseConfig("data_directory: \"/d\"", "/c.conf");
  ASSERT_THAT(config, IsOk());
  ASSERT_THAT(CompleteConfig("/opt/bin", &*config), IsOk());
  EXPECT_FALSE(config->store().has_clickhouse());

  config = ParseConfig(
      "data_directory: \"/d\"\nstore { clickhouse {\n"
      "  shards: \"http://a:8123\" shards: \"https://b:8443\"\n"
      "  password_file: \"secret\" timeout_seconds: 7 } }",
      "/etc/c.conf");
  ASSERT_THAT(config, IsOk());
  ASSERT_THAT(CompleteConfig("/opt/bin", &*config), IsOk());
  const config::v1::ClickHouse& clickhouse = config->store().clickhouse();
  EXPECT_THAT(clickhouse.shards(),
              ElementsAre("http://a:8123", "https://b:8443"));
  EXPECT_EQ(clickhouse.database(), "collate");
  EXPECT_EQ(clickhouse.password_file(), "/etc/secret");
  EXPECT_EQ(clickhouse.timeout_seconds(), 7);
  EXPECT_EQ(clickhouse.connect_timeout_ms(), 2000);
  EXPECT_EQ(clickhouse.lease_seconds(), 30);
  // Everything is in memory unless it is said how much: 0 is a number.
  EXPECT_FALSE(clickhouse.has_max_resident_observations());
  EXPECT_EQ(clickhouse.max_fetched_observations(), 2'000'000);
  config = ParseConfig(
      "store { clickhouse { shards: \"http://a\" "
      "max_resident_observations: 0 } }",
      "/c.conf");
  ASSERT_THAT(config, IsOk());
  EXPECT_TRUE(config->store().clickhouse().has_max_resident_observations());
}

TEST(ConfigTest, AClusterThatMakesNoSenseIsNamedWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"store { clickhouse { } }", "/c.conf:1:9: clickhouse has no shards"},
      {"store { clickhouse {\n shards: \"http://a\" shards: \"a:8123\" } }",
       "/c.conf:2:21: shards is 'a:8123'; expected http://HOST:PORT"},
      {"store { clickhouse {\n shards: \"http://a/x?y\" } }",
       "/c.conf:2:2: shards is"},
      {"store { clickhouse { shards: \"http://a\"\n database: \"A-b\" } }",
       "/c.conf:2:2: database is 'A-b'"},
      {"store { clickhouse { shards: \"http://a\"\n lease_seconds: 1 } }",
       "/c.conf:2:2: lease_seconds is 1; expected 2 to 3600"},
      {"store { clickhouse { shards: \"http://a\"\n "
       "max_resident_observations: -1 } }",
       "/c.conf:2:2: max_resident_observations is -1; expected 0 or more"},
      {"store { clickhouse { shards: \"http://a\"\n "
       "max_fetched_observations: -5 } }",
       "/c.conf:2:2: max_fetched_observations is -5; expected 1 to 1000000000"},
  };
  for (const auto& [text, message] : cases) {
    const auto config = ParseConfig(text, "/c.conf");
    EXPECT_THAT(config, HasReason("INVALID_CONFIG")) << text;
    EXPECT_THAT(config, MessageHas(message)) << text;
  }
}

}  // namespace
}  // namespace collate::api
