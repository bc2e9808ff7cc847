#include "client/cli/progress.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr int kBarWidth = 30;

const char* StageWord(v1::IngestionStage stage) {
  switch (stage) {
    case v1::INGESTION_STAGE_RECEIVING:
      return "sending";
    case v1::INGESTION_STAGE_READING:
      return "reading";
    case v1::INGESTION_STAGE_MAPPING:
      return "mapping";
    case v1::INGESTION_STAGE_CHECKING:
      return "checking";
    case v1::INGESTION_STAGE_PUBLISHING:
      return "publishing";
    default:
      return "working";
  }
}

std::string Bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth);
  return absl::StrFormat("[%s%s] %3d%%", std::string(filled, '#'),
                         std::string(kBarWidth - filled, ' '),
                         static_cast<int>(share * 100));
}

}  // namespace

std::string ProgressText(const v1::Progress& progress) {
  const char* stage = StageWord(progress.stage());
  if (progress.total() == 0) {
    return absl::StrFormat(
        "%-10s %s", stage,
        GroupedInteger(static_cast<int64_t>(progress.done())));
  }
  const double share = std::min(1.0, static_cast<double>(progress.done()) /
                                         static_cast<double>(progress.total()));
  return absl::StrFormat("%-10s %s", stage, Bar(share));
}

std::string CheckProgressText(const v1::StoreCheck& progress) {
  return absl::StrFormat("%-10s %s releases, %s documents, %s answers",
                         "checking", GroupedInteger(progress.release_count()),
                         GroupedInteger(progress.document_count()),
                         GroupedInteger(progress.answer_count()));
}

std::string FolderProgressText(size_t done, size_t total,
                               absl::string_view name) {
  const double share =
      total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  return absl::StrFormat("%-10s %s  %s", absl::StrCat(done, " of ", total),
                         Bar(share), Printable(name));
}

void ProgressBar::Show(const v1::Progress& progress) {
  if (terminal_) Write(ProgressText(progress));
}

void ProgressBar::Show(size_t done, size_t total, absl::string_view name) {
  if (terminal_) Write(FolderProgressText(done, total, name));
}

void ProgressBar::Show(const v1::StoreCheck& progress) {
  if (terminal_) Write(CheckProgressText(progress));
}

void ProgressBar::Write(const std::string& text) {
  if (text == shown_) return;
  // Blanks cover what a longer line has left.
  const size_t rest =
      shown_.size() > text.size() ? shown_.size() - text.size() : 0;
  out_ << '\r' << text << std::string(rest, ' ') << std::flush;
  shown_ = text;
}

void ProgressBar::Clear() {
  if (shown_.empty()) return;
  out_ << '\r' << std::string(shown_.size(), ' ') << '\r' << std::flush;
  shown_.clear();
}

}  // namespace collate::client
