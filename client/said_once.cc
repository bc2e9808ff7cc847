#include "client/said_once.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr size_t kSentences = 10;
constexpr size_t kCellsNamed = 3;

}  // namespace

void SaidOnce::Add(std::string sentence, std::string cell) {
  const auto [seen, fresh] = places_.try_emplace(sentence, sentences_.size());
  if (fresh) sentences_.push_back({std::move(sentence), {}});
  sentences_[seen->second].second.push_back(std::move(cell));
}

std::vector<std::string> SaidOnce::Notes(absl::string_view rest) const {
  std::vector<std::string> notes;
  if (sentences_.size() > kSentences) {
    notes.push_back(absl::StrReplaceAll(
        rest, {{"$", GroupedInteger(static_cast<int64_t>(sentences_.size() -
                                                         kSentences))}}));
  }
  for (size_t i = 0; i < std::min(sentences_.size(), kSentences); ++i) {
    const auto& [sentence, cells] = sentences_[i];
    std::string where = absl::StrJoin(
        cells.begin(), cells.begin() + std::min(cells.size(), kCellsNamed),
        " | ");
    if (cells.size() > kCellsNamed) {
      absl::StrAppend(
          &where, " and ",
          GroupedInteger(static_cast<int64_t>(cells.size() - kCellsNamed)),
          " more");
    }
    notes.push_back(Printable(absl::StrCat(where, ": ", sentence)));
  }
  return notes;
}

}  // namespace collate::client
