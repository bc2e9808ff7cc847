// What a configuration names on disk and in a cluster, opened: vocabulary,
// releases, what is shown of restricted ones, answers' names, the audit log.

#ifndef COLLATE_SERVICE_DAEMON_OPENED_H_
#define COLLATE_SERVICE_DAEMON_OPENED_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "collate/config/v1/config.pb.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/disclosure/protected_store.h"
#include "service/query/publisher.h"
#include "service/store/answer_book.h"
#include "service/store/clickhouse_store.h"
#include "service/store/data_directory.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::daemon {

// The shipped vocabulary and that of the site. INVALID_ARGUMENT, with file and
// line, for mistakes in either.
absl::StatusOr<std::shared_ptr<const vocabulary::Vocabulary>> ReadVocabulary(
    const config::v1::Config& config);

// Where releases are.
struct Stored {
  // Of the data directory, where another holds releases.
  std::unique_ptr<store::DirectoryLock> lock;
  std::unique_ptr<store::Store> store;
  const store::ClickHouseStore* shared = nullptr;  // `store`, or none
};

absl::StatusOr<Stored> OpenStore(const config::v1::Config& config);

// What is shown of restricted sources, where a disclosure profile is set.
struct ShownView {
  std::unique_ptr<disclosure::ProtectedStore> store;
  std::unique_ptr<store::AnswerBook> answers;
  std::unique_ptr<query::Publisher> publisher;
};

// Nothing without a profile. Where names of answers by it are kept is
// ShownDirectory, empty without one.
absl::StatusOr<ShownView> OpenShownView(
    const config::v1::Config& config,
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
    store::Store* store);
std::string ShownDirectory(const config::v1::Config& config);

absl::StatusOr<std::unique_ptr<store::AnswerBook>> OpenAnswers(
    const std::string& directory);

// Null where nothing is to be recorded. `log` is told when it cannot be written
// and when it can again.
absl::StatusOr<std::unique_ptr<audit::AuditLog>> OpenAudit(
    const config::v1::Config& config, const base::Clock& clock, base::Log& log);

}  // namespace collate::daemon

#endif  // COLLATE_SERVICE_DAEMON_OPENED_H_
