// What is said of one cell of an answer, wherever it is shown.
//
// Pure functions.

#ifndef COLLATE_CLIENT_CELL_WORDS_H_
#define COLLATE_CLIENT_CELL_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/words.h"
#include "collate/v1/statistics.pb.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace collate::client {

// Whether no number is due from anybody.
bool NoneDue(v1::State state);

// The number, or the words that say why there is none.
template <typename Message>
Value ReportedOrWords(const Message& message) {
  if (HasReported(message)) return ReportedOf(message);
  return StateWords(message.state());
}

// Whether the bounds say no more than the printed number.
bool IsExact(const v1::Cell& cell);

// "4,429", "at least 429", "none due": what the whole panel can come to.
std::string PanelWords(const v1::Cell& cell);

// "first 3, second 1": from which source how many reporters' figures come.
std::string SourceTally(const v1::Cell& cell, absl::string_view between,
                        absl::string_view separator);

// Of its flags, and of what is missing of its number; "; " between them.
std::string NotesOf(const v1::Cell& cell);

// What is to be known of the number of one cell, a sentence part each: that it
// is a published total, and its flags.
std::vector<std::string> FlagNotes(const v1::Cell& cell);

void AddCaveats(const google::protobuf::RepeatedPtrField<v1::Caveat>& caveats,
                std::vector<std::string>& notes);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CELL_WORDS_H_
