#include "plugins/foi_spreadsheet/near_names.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

constexpr size_t kMostNames = 3;
constexpr size_t kLongest = 63;  // of an id

// Characters to insert, remove or replace.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> NearNames(std::string_view wanted,
                                   const std::vector<std::string>& names) {
  if (wanted.empty() || wanted.size() > kLongest) return {};
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& name : names) {
    const size_t distance = Distance(wanted, name);
    const bool part = name.find(wanted) != std::string::npos;
    if (part || distance <= wanted.size() / 3)
      near.emplace_back(distance, name);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> out;
  for (const auto& [distance, name] : near) {
    if (out.size() < kMostNames) out.push_back(name);
  }
  return out;
}

}  // namespace collate::foi_spreadsheet
