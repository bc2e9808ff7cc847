#include "service/api/config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/api/security.h"
#include "service/base/error.h"
#include "service/disclosure/profile.h"

namespace collate::api {
namespace {

namespace fs = std::filesystem;
using config::v1::Config;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::TextFormat;

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

// The numbers of config.proto, as its comments state them.
struct Range {
  const char* group;  // "a" or "a.b", fields from Config; "" for Config itself
  const char* field;
  int64_t least;
  int64_t greatest;
  int64_t standard;  // 0 = decided by CompleteConfig
};

constexpr Range kRanges[] = {
    {"", "drain_seconds", 1, 3600, 20},
    {"worker", "memory_bytes", 64 * kMiB, 64 * kGiB, kGiB},
    {"worker", "cpu_seconds", 1, 3600, 60},
    {"worker", "wall_seconds", 1, 7200, 120},
    {"worker", "output_bytes", kMiB, 16 * kGiB, kGiB},
    {"worker", "max_concurrent", 1, 256, 2},
    {"executor", "thread_count", 1, 1024, 0},
    {"executor", "queue_capacity", 1, 100000, 128},
    {"limits", "max_cells_per_query", 1, 100000000, 100000},
    {"limits", "max_document_bytes", 1, 4 * kGiB, 64 * kMiB},
    {"limits", "max_release_bytes", 1, 16 * kGiB, 256 * kMiB},
    {"limits", "max_documents_per_release", 1, 10000, 100},
    {"limits", "max_message_bytes", kMiB + 65536, 67108864, 4 * kMiB},
    {"limits", "max_deadline_seconds", 1, 86400, 60},
    {"limits", "max_ingestion_seconds", 1, 86400, 900},
    {"limits", "max_concurrent_calls", 1, 1000000, 1000},
    {"limits", "max_concurrent_calls_per_peer", 1, 1000000, 100},
    {"limits", "max_concurrent_downloads", 1, 256, 8},
    {"limits", "max_concurrent_downloads_per_peer", 1, 256, 4},
    {"limits", "answer_cache_bytes", 1, 64 * kGiB, 64 * kMiB},
    {"limits", "max_snapshot_bytes", kMiB, 1024 * kGiB, 4 * kGiB},
    {"limits", "max_connections", 1, 1000000, 1000},
    {"limits", "max_connections_per_peer", 1, 1000000, 500},
    {"limits", "max_calls_per_second_per_peer", 1, 100000000, 20000},
    {"http", "max_connections", 1, 1000000, 200},
    {"access.tokens", "leeway_seconds", 1, 300, 30},
    {"store.clickhouse", "connect_timeout_ms", 1, 60000, 2000},
    {"store.clickhouse", "timeout_seconds", 1, 3600, 60},
    {"store.clickhouse", "lease_seconds", 2, 3600, 30},
    {"store.clickhouse", "max_fetched_observations", 1, 1000000000, 2000000},
};

struct Finding {
  int line;  // 0-based, as the parser counts
  int column;
  std::string what;

  friend bool operator<(const Finding& a, const Finding& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  }
};

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(std::vector<Finding>& findings) : findings_(findings) {}
  void AddError(int line, int column, const std::string& message) override {
    findings_.push_back({line, column, message});
  }

 private:
  std::vector<Finding>& findings_;
};

int64_t GetNumber(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32
             ? reflection.GetInt32(message, field)
             : reflection.GetInt64(message, field);
}

void SetNumber(Message& message, const FieldDescriptor* field, int64_t value) {
  const Reflection& reflection = *message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection.SetInt32(&message, field, static_cast<int32_t>(value));
  } else {
    reflection.SetInt64(&message, field, value);
  }
}

void CheckRanges(const Config& config, const TextFormat::ParseInfoTree& places,
                 std::vector<Finding>& findings) {
  for (const Range& range : kRanges) {
    const Message* message = &config;
    const TextFormat::ParseInfoTree* tree = &places;
    bool said = true;
    for (const absl::string_view name :
         absl::StrSplit(range.group, '.', absl::SkipEmpty())) {
      const FieldDescriptor* group =
          message->GetDescriptor()->FindFieldByName(std::string(name));
      said = message->GetReflection()->HasField(*message, group);
      if (!said) break;
      message = &message->GetReflection()->GetMessage(*message, group);
      if (tree != nullptr) tree = tree->GetTreeForNested(group, -1);
    }
    if (!said) continue;
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(range.field);
    const int64_t value = GetNumber(*message, field);
    if (value == 0 || (range.least <= value && value <= range.greatest)) {
      continue;
    }
    TextFormat::ParseLocation at{-1, -1};
    if (tree != nullptr) at = tree->GetLocation(field, -1);
    findings.push_back({at.line, at.column,
                        absl::StrCat(range.field, " is ", value, "; expected ",
                                     range.least, " to ", range.greatest)});
  }
}

void CheckDigests(const Config& config, const TextFormat::ParseInfoTree& places,
                  std::vector<Finding>& findings) {
  const FieldDescriptor* field =
      config.GetDescriptor()->FindFieldByName("allowed_adapter_sha256");
  for (int i = 0; i < config.allowed_adapter_sha256_size(); ++i) {
    const std::string& digest = config.allowed_adapter_sha256(i);
    if (digest.size() == 64 &&
        digest.find_first_not_of("0123456789abcdef") == std::string::npos) {
      continue;
    }
    const TextFormat::ParseLocation at = places.GetLocation(field, i);
    findings.push_back({at.line, at.column,
                        absl::StrCat("allowed_adapter_sha256 is '", digest,
                                     "'; expected 64 lower-case hex digits")});
  }
}

void CheckDisclosure(const Config& config,
                     const TextFormat::ParseInfoTree& places,
                     std::vector<Finding>& findings) {
  const std::string& profile = config.disclosure().profile();
  const std::vector<std::string> names = disclosure::ProfileNames();
  if (profile.empty() ||
      std::find(names.begin(), names.end(), profile) != names.end()) {
    return;
  }
  const FieldDescriptor* group =
      config.GetDescriptor()->FindFieldByName("disclosure");
  const TextFormat::ParseLocation at =
      places.GetTreeForNested(group, -1)->GetLocation(
          group->message_type()->FindFieldByName("profile"), -1);
  findings.push_back(
      {at.line, at.column,
       absl::StrCat("disclosure.profile is '", profile, "'; expected one of ",
                    absl::StrJoin(names, ", "))});
}

bool IsUrl(absl::string_view text) {
  return (absl::ConsumePrefix(&text, "http://") ||
          absl::ConsumePrefix(&text, "https://")) &&
         !text.empty() &&
         text.find_first_of("/?#@ ") == absl::string_view::npos;
}

void CheckClickHouse(const Config& config,
                     const TextFormat::ParseInfoTree& places,
                     std::vector<Finding>& findings) {
  if (!config.store().has_clickhouse()) return;
  const config::v1::ClickHouse& clickhouse = config.store().clickhouse();
  const FieldDescriptor* store =
      config.GetDescriptor()->FindFieldByName("store");
  const FieldDescriptor* group =
      config.store().GetDescriptor()->FindFieldByName("clickhouse");
  const TextFormat::ParseInfoTree* in_store =
      places.GetTreeForNested(store, -1);
  const TextFormat::ParseInfoTree* tree =
      in_store == nullptr ? nullptr : in_store->GetTreeForNested(group, -1);
  const auto find = [&](const char* field, int index, std::string what) {
    TextFormat::ParseLocation at{-1, -1};
    if (tree != nullptr) {
      at = tree->GetLocation(clickhouse.GetDescriptor()->FindFieldByName(field),
                             index);
    }
    findings.push_back({at.line, at.column, std::move(what)});
  };
  if (clickhouse.shards().empty()) {
    const TextFormat::ParseLocation at = in_store == nullptr
                                             ? TextFormat::ParseLocation{-1, -1}
                                             : in_store->GetLocation(group, -1);
    findings.push_back({at.line, at.column,
                        "clickhouse has no shards; expected at least one"});
  }
  for (int i = 0; i < clickhouse.shards_size(); ++i) {
    if (IsUrl(clickhouse.shards(i))) continue;
    find("shards", i,
         absl::StrCat("shards is '", clickhouse.shards(i),
                      "'; expected http://HOST:PORT or https://HOST:PORT"));
  }
  if (clickhouse.max_resident_observations() < 0) {
    find("max_resident_observations", -1,
         absl::StrCat("max_resident_observations is ",
                      clickhouse.max_resident_observations(),
                      "; expected 0 or more"));
  }
  if (clickhouse.database().find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                              "0123456789_") !=
      std::string::npos) {
    find("database", -1,
         absl::StrCat("database is '", clickhouse.database(),
                      "'; expected lower-case letters, digits and "
                      "underscores"));
  }
}

absl::Status Invalid(const std::string& path, std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end());
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    lines.push_back(absl::StrCat(path, ":", finding.line + 1, ":",
                                 finding.column + 1, ": ", finding.what));
  }
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                     absl::StrJoin(lines, "\n"))
      .With("path", path);
}

void MakeAbsolute(const fs::path& base, std::string* path) {
  if (!path->empty()) *path = (base / *path).lexically_normal().string();
}

void SetIfEmpty(std::string* field, const fs::path& value) {
  if (field->empty()) *field = value.lexically_normal().string();
}

}  // namespace

absl::StatusOr<Config> ParseConfig(const std::string& text,
                                   const std::string& path) {
  std::vector<Finding> findings;
  Collector collector(findings);
  TextFormat::ParseInfoTree places;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&places);
  Config config;
  if (!parser.ParseFromString(text, &config)) return Invalid(path, findings);
  CheckRanges(config, places, findings);
  CheckDigests(config, places, findings);
  CheckDisclosure(config, places, findings);
  CheckClickHouse(config, places, findings);
  for (SecurityMistake& mistake : CheckSecurity(config, places)) {
    findings.push_back({mistake.line, mistake.column, std::move(mistake.what)});
  }
  if (config.has_http() && config.http().listen_address().empty()) {
    const FieldDescriptor* group =
        config.GetDescriptor()->FindFieldByName("http");
    const TextFormat::ParseLocation at = places.GetLocation(group, -1);
    findings.push_back({at.line, at.column,
                        "http has no listen_address; expected HOST:PORT or "
                        "unix:/path"});
  }
  if (!findings.empty()) return Invalid(path, findings);

  const fs::path base = fs::absolute(path).parent_path();
  MakeAbsolute(base, config.mutable_data_directory());
  MakeAbsolute(base, config.mutable_site_directory());
  MakeAbsolute(base, config.mutable_vocabulary_directory());
  MakeAbsolute(base, config.mutable_worker_program());
  for (std::string& directory : *config.mutable_adapter_directories()) {
    MakeAbsolute(base, &directory);
  }
  if (config.has_tls()) {
    config::v1::Tls& tls = *config.mutable_tls();
    MakeAbsolute(base, tls.mutable_certificate_file());
    MakeAbsolute(base, tls.mutable_private_key_file());
    MakeAbsolute(base, tls.mutable_client_authorities_file());
  }
  if (config.access().has_tokens()) {
    for (config::v1::TokenKey& key :
         *config.mutable_access()->mutable_tokens()->mutable_keys()) {
      MakeAbsolute(base, key.mutable_public_key_file());
    }
  }
  if (config.has_audit()) {
    MakeAbsolute(base, config.mutable_audit()->mutable_directory());
  }
  MakeAbsolute(base, config.mutable_backup_directory());
  if (config.has_http()) {
    MakeAbsolute(base, config.mutable_http()->mutable_web_directory());
  }
  if (config.store().has_clickhouse()) {
    MakeAbsolute(
        base,
        config.mutable_store()->mutable_clickhouse()->mutable_password_file());
  }
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    return base::Error(
               absl::StatusCode::kNotFound, "CONFIG_NOT_READABLE",
               absl::StrCat("cannot read the configuration file ", path))
        .With("path", path);
  }
  return ParseConfig(content, path);
}

absl::Status CompleteConfig(const std::string& program_directory,
                            Config* config) {
  if (config->data_directory().empty()) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                       "no data directory: give --data DIR, or data_directory "
                       "in the configuration file");
  }
  const fs::path program(program_directory);
  if (config->listen_address().empty()) {
    config->set_listen_address("127.0.0.1:7443");
  }
  if (config->adapter_directories().empty()) {
    SetIfEmpty(config->add_adapter_directories(),
               program / "../lib/collate/adapters");
  }
  SetIfEmpty(config->mutable_vocabulary_directory(),
             program / "../share/collate/vocabulary");
  SetIfEmpty(config->mutable_worker_program(), program / "collate-worker");
  if (config->has_http() && config->http().web_directory().empty()) {
    const fs::path web = program / "../share/collate/web";
    std::error_code error;
    // It is not built where there is no npm.
    if (fs::exists(web / "index.html", error)) {
      SetIfEmpty(config->mutable_http()->mutable_web_directory(), web);
    }
  }
  const auto* type = config->GetDescriptor();
  for (const Range& range : kRanges) {
    Message* message = config;
    if (absl::string_view(range.group) == "store.clickhouse") {
      // Which store it is stands in whether this is there.
      if (!config->store().has_clickhouse()) continue;
      message = config->mutable_store()->mutable_clickhouse();
    } else if (absl::string_view(range.group) == "access.tokens") {
      // So does whether tokens are taken.
      if (!config->access().has_tokens()) continue;
      message = config->mutable_access()->mutable_tokens();
    } else if (absl::string_view(range.group) == "http") {
      // And whether HTTP is spoken.
      if (!config->has_http()) continue;
      message = config->mutable_http();
    } else if (range.group[0] != '\0') {
      message = config->GetReflection()->MutableMessage(
          config, type->FindFieldByName(range.group));
    }
    const FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(range.field);
    if (GetNumber(*message, field) == 0) {
      SetNumber(*message, field, range.standard);
    }
  }
  if (config->executor().thread_count() == 0) {
    config->mutable_executor()->set_thread_count(
        std::max(2, static_cast<int>(std::thread::hardware_concurrency())));
  }
  // An address may never have more than all of them together.
  config::v1::Limits& limits = *config->mutable_limits();
  limits.set_max_concurrent_calls_per_peer(std::min(
      limits.max_concurrent_calls_per_peer(), limits.max_concurrent_calls()));
  limits.set_max_concurrent_downloads_per_peer(
      std::min(limits.max_concurrent_downloads_per_peer(),
               limits.max_concurrent_downloads()));
  limits.set_max_connections_per_peer(
      std::min(limits.max_connections_per_peer(), limits.max_connections()));
  if (!config->audit().off()) {
    SetIfEmpty(config->mutable_audit()->mutable_directory(),
               fs::path(config->data_directory()) / "audit");
  }
  SetIfEmpty(config->mutable_backup_directory(),
             fs::path(config->data_directory()) / "backups");
  if (config->store().has_clickhouse() &&
      config->store().clickhouse().database().empty()) {
    config->mutable_store()->mutable_clickhouse()->set_database("collate");
  }
  if (config->disclosure().profile().empty()) {
    config->mutable_disclosure()->set_profile(
        std::string(disclosure::kNoProfile));
  }
  if (config->log_level() == config::v1::LOG_LEVEL_UNSPECIFIED) {
    config->set_log_level(config::v1::LOG_LEVEL_INFO);
  }
  return CheckReach(*config);
}

}  // namespace collate::api
