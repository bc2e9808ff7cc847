// Sentences about cells, each said once for all the cells that it holds of.

#ifndef COLLATE_CLIENT_SAID_ONCE_H_
#define COLLATE_CLIENT_SAID_ONCE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace collate::client {

class SaidOnce {
 public:
  void Add(std::string sentence, std::string cell);

  // "CELL | CELL and 3 more: SENTENCE" for the first ten sentences. How many
  // more there are is said as `rest` has it, "$" standing for the number: a
  // long table says of each cell what is the matter.
  std::vector<std::string> Notes(absl::string_view rest) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> sentences_;
  absl::flat_hash_map<std::string, size_t> places_;
};

}  // namespace collate::client

#endif  // COLLATE_CLIENT_SAID_ONCE_H_
