#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/time/time.h"
#include "service/api/convert_store_check.h"
#include "service/api/operations_handlers.h"
#include "service/base/status_macros.h"
#include "service/store/answer_book.h"
#include "service/store/backup.h"
#include "service/store/sqlite_store.h"

namespace collate::api {
namespace {

// Reads a copy back, by opening it as a start would.
absl::Status CheckCopy(const std::string& directory,
                       const store::CheckProgress& progress,
                       store::CheckReport& report) {
  {
    COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> copy,
                             store::OpenDataDirectory(directory));
    COLLATE_RETURN_IF_ERROR(copy->Check(progress, report));
    COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<store::AnswerBook> answers,
                             store::OpenAnswerBook(directory, {}));
    COLLATE_RETURN_IF_ERROR(answers->Check(progress, report));
  }
  std::error_code ignored;
  std::filesystem::remove(directory + "/LOCK", ignored);
  return absl::OkStatus();
}

}  // namespace

absl::Status OperationsHandlers::BackUpStore(
    CallContext& context, const v1::BackUpStoreRequest& request,
    Writer<v1::BackUpStoreResponse>& writer) const {
  const std::string name =
      request.name().empty()
          ? absl::FormatTime("%Y%m%dt%H%M%Sz", context.clock.Now(),
                             absl::UTCTimeZone())
          : request.name();
  COLLATE_ASSIGN_OR_RETURN(
      const std::unique_ptr<store::BackupDirectory> backup,
      store::BackupDirectory::Begin(options_.backup_directory, name));
  int64_t before = 0;
  int64_t of_file = 0;
  const store::CopyProgress progress = [&](int64_t bytes) {
    of_file = bytes;
    v1::BackUpStoreResponse part;
    part.set_progress(before + bytes);
    writer.TryWrite(std::move(part));
    return context.Check();
  };
  const auto next_file = [&] { before += std::exchange(of_file, 0); };

  COLLATE_RETURN_IF_ERROR(options_.answers->BackUp(backup->path(), progress));
  next_file();
  if (options_.shown_answers != nullptr) {
    COLLATE_ASSIGN_OR_RETURN(const std::string directory,
                             backup->Subdirectory(options_.shown_directory));
    COLLATE_RETURN_IF_ERROR(
        options_.shown_answers->BackUp(directory, progress));
    next_file();
  }
  COLLATE_RETURN_IF_ERROR(options_.store->BackUp(backup->path(), progress));
  if (options_.audit != nullptr) {
    COLLATE_ASSIGN_OR_RETURN(const std::string directory,
                             backup->Subdirectory("audit"));
    COLLATE_RETURN_IF_ERROR(options_.audit->BackUp(directory));
  }
  store::CheckReport report;
  COLLATE_RETURN_IF_ERROR(CheckCopy(
      backup->path(),
      [&context](const store::CheckReport&) { return context.Check(); },
      report));
  COLLATE_ASSIGN_OR_RETURN(const std::string directory, backup->Finish());
  options_.log->Info("data directory backed up",
                     {{"directory", directory},
                      {"bytes", backup->byte_count()},
                      {"releases", report.releases},
                      {"problems", report.problem_count}});
  v1::BackUpStoreResponse last;
  v1::Backup& made = *last.mutable_backup();
  made.set_directory(directory);
  made.set_byte_count(backup->byte_count());
  *made.mutable_check() = ToProto(report);
  return writer.Write(std::move(last));
}

}  // namespace collate::api
