#include "service/daemon/opened.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/disclosure/profile.h"
#include "service/ingest/report.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/load.h"

namespace collate::daemon {
namespace {

namespace fs = std::filesystem;
using config::v1::Config;

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream in(path);
  std::string password;
  if (!std::getline(in, password)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read a password from ", path));
  }
  return password;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const vocabulary::Vocabulary>> ReadVocabulary(
    const Config& config) {
  std::vector<std::string> directories = {config.vocabulary_directory()};
  if (!config.site_directory().empty()) {
    std::error_code error;
    if (!fs::is_directory(config.site_directory(), error)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the site directory ", config.site_directory(),
                       " is not a directory that can be read"));
    }
    const std::string site = config.site_directory() + "/vocabulary";
    // A site may have resources only.
    if (fs::exists(site, error)) directories.push_back(site);
  }
  COLLATE_ASSIGN_OR_RETURN(vocabulary::Vocabulary vocabulary,
                           vocabulary::LoadVocabulary(directories));
  return std::make_shared<const vocabulary::Vocabulary>(std::move(vocabulary));
}

absl::StatusOr<Stored> OpenStore(const Config& config) {
  Stored stored;
  if (!config.store().has_clickhouse()) {
    COLLATE_ASSIGN_OR_RETURN(stored.store,
                             store::OpenDataDirectory(config.data_directory()));
    return stored;
  }
  COLLATE_ASSIGN_OR_RETURN(
      stored.lock, store::DirectoryLock::Acquire(config.data_directory()));
  const config::v1::ClickHouse& clickhouse = config.store().clickhouse();
  store::ClickHouseOptions options;
  options.shards = {clickhouse.shards().begin(), clickhouse.shards().end()};
  options.database = clickhouse.database();
  options.user = clickhouse.user();
  COLLATE_ASSIGN_OR_RETURN(options.password,
                           ReadPassword(clickhouse.password_file()));
  options.connect_timeout = absl::Milliseconds(clickhouse.connect_timeout_ms());
  options.timeout = absl::Seconds(clickhouse.timeout_seconds());
  options.lease = absl::Seconds(clickhouse.lease_seconds());
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  options.holder =
      absl::StrCat(host, ", process ", getpid(), ", ", config.listen_address());
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<store::ClickHouseStore> shared,
                           store::OpenClickHouse(options));
  stored.shared = shared.get();
  stored.store = std::move(shared);
  return stored;
}

absl::StatusOr<std::unique_ptr<store::AnswerBook>> OpenAnswers(
    const std::string& directory) {
  // Names of answers must not take the room that releases need.
  return store::OpenAnswerBook(
      directory, {.max_bytes = int64_t{1} << 30, .max_waiting = 1024});
}

// In the data directory.
std::string ShownDirectory(const Config& config) {
  return absl::StrCat("shown-", config.disclosure().profile());
}

absl::StatusOr<ShownView> OpenShownView(
    const Config& config,
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
    store::Store* store) {
  ShownView view;
  const disclosure::Profile* const profile =
      disclosure::FindProfile(config.disclosure().profile());
  if (profile == nullptr) return view;
  view.store = std::make_unique<disclosure::ProtectedStore>(
      disclosure::ProtectedStore::Options{
          .vocabulary = vocabulary,
          .store = store,
          .profile = profile,
          .report = ingest::SerializeReport({})});
  // Names of answers by one profile mean nothing by another.
  const std::string directory =
      absl::StrCat(config.data_directory(), "/", ShownDirectory(config));
  std::error_code error;
  fs::create_directory(directory, error);
  if (!error) fs::permissions(directory, fs::perms::owner_all, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make ", directory, ": ", error.message()));
  }
  COLLATE_ASSIGN_OR_RETURN(view.answers, OpenAnswers(directory));
  // Its tables are not kept: a start protects everything anew.
  query::Publisher::Options options;
  options.max_snapshot_bytes = config.limits().max_snapshot_bytes();
  COLLATE_ASSIGN_OR_RETURN(
      view.publisher,
      query::Publisher::Open(std::move(vocabulary), view.store.get(), options));
  return view;
}

absl::StatusOr<std::unique_ptr<audit::AuditLog>> OpenAudit(
    const Config& config, const base::Clock& clock, base::Log& log) {
  if (config.audit().off()) return nullptr;
  audit::AuditLog::Options options;
  options.directory = config.audit().directory();
  options.clock = &clock;
  options.told = [&log](const absl::Status& status) {
    if (status.ok()) {
      log.Info("the audit log can be written again");
    } else {
      log.Error("the audit log cannot be written",
                {{"problem", status.message()}});
    }
  };
  return audit::AuditLog::Open(std::move(options));
}

}  // namespace collate::daemon
