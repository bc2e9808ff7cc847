#include "client/cli/run_export.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/run_recipe.h"
#include "client/export/observation_writer.h"
#include "client/export/render_export.h"
#include "client/words.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

absl::Status NotWritten(const std::string& where, int error) {
  return base::Error(
             absl::StatusCode::kUnavailable, "OUTPUT_NOT_WRITTEN",
             absl::StrCat("cannot write ", where, ": ", std::strerror(error)))
      .With("path", where);
}

// A file beside the one that is wanted, which it becomes when it is whole.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)), temporary_(absl::StrCat(path_, ".XXXXXX")) {}
  ~NewFile() {
    if (file_ != nullptr) std::fclose(file_);
    if (made_) unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  absl::Status Open() {
    const int fd = mkstemp(temporary_.data());
    if (fd < 0) return NotWritten(path_, errno);
    made_ = true;
    file_ = fdopen(fd, "wb");
    if (file_ != nullptr) return absl::OkStatus();
    const int error = errno;
    close(fd);
    return NotWritten(path_, error);
  }

  absl::Status Write(absl::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
      return NotWritten(path_, errno);
    }
    return absl::OkStatus();
  }

  absl::Status Publish() {
    const bool flushed = std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
    const int error = errno;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!flushed || !closed) return NotWritten(path_, flushed ? errno : error);
    // mkstemp lets its owner alone read; what is handed on follows umask.
    const mode_t mask = umask(0);
    umask(mask);
    if (chmod(temporary_.c_str(), 0666 & ~mask) != 0 ||
        std::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return NotWritten(path_, errno);
    }
    made_ = false;
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  std::string temporary_;
  std::FILE* file_ = nullptr;
  bool made_ = false;
};

absl::Status Export(const ExportCommand& command, Client& client,
                    const ObservationWriter::Sink& sink, std::ostream& err) {
  COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::Measure> measures,
                           client.ListMeasures());
  COLLATE_ASSIGN_OR_RETURN(std::vector<v1::Source> sources,
                           client.ListSources());
  ObservationWriter writer(command.form, measures, std::move(sources), sink);
  std::vector<std::string> notes;
  COLLATE_RETURN_IF_ERROR(client.ExportObservations(
      command.request,
      [&](const v1::ExportObservationsResponse& part) -> absl::Status {
        if (part.has_header()) {
          notes.push_back(absl::StrCat(
              GroupedInteger(part.header().observation_count()),
              part.header().observation_count() == 1 ? " observation of "
                                                     : " observations of ",
              GroupedInteger(part.header().releases_size()),
              part.header().releases_size() == 1 ? " release" : " releases"));
          for (const v1::Caveat& caveat : part.header().caveats()) {
            notes.push_back(
                Printable(absl::StrCat(caveat.code(), ": ", caveat.message())));
          }
        }
        return writer.Add(part);
      }));
  for (const std::string& note : notes) err << note << '\n';
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> RunExport(const ExportCommand& command, Client& client,
                              std::ostream& out, std::ostream& err) {
  if (command.output.empty()) {
    COLLATE_RETURN_IF_ERROR(Export(
        command, client,
        [&out](absl::string_view text) {
          return PrintTo(out, std::string(text));
        },
        err));
    return kExitDone;
  }
  NewFile file(command.output);
  COLLATE_RETURN_IF_ERROR(file.Open());
  COLLATE_RETURN_IF_ERROR(Export(
      command, client,
      [&file](absl::string_view text) { return file.Write(text); }, err));
  COLLATE_RETURN_IF_ERROR(file.Publish());
  return kExitDone;
}

absl::StatusOr<std::string> ExportAnswer(
    const QueryCommand& command, const v1::QueryStatisticsResponse& answer,
    Client& client) {
  COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::Release> releases,
                           client.ListReleases("sources/-"));
  COLLATE_ASSIGN_OR_RETURN(const std::vector<v1::Source> sources,
                           client.ListSources());
  return RenderExport(
      answer, MetadataOf(answer, command.query, releases, sources, absl::Now()),
      command.query, *command.form);
}

}  // namespace collate::client
