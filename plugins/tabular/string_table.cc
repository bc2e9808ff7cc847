#include "plugins/tabular/string_table.h"

namespace collate::tabular {

void StringTable::Clear() {
  bytes_.clear();
  strings_.clear();
  runs_ = 0;
}

Status StringTable::Add(const RichText& rich) {
  strings_.push_back({bytes_.size(), static_cast<uint32_t>(rich.text().size()),
                      static_cast<uint32_t>(rich.superscript().size())});
  bytes_ += rich.text();
  bytes_ += rich.superscript();
  runs_ += rich.runs();
  return budget_.CheckSharedStrings(bytes_.size() +
                                    strings_.size() * sizeof(Entry));
}

bool StringTable::Get(uint64_t index, std::string_view* text,
                      std::string_view* superscript) const {
  if (index >= strings_.size()) return false;
  const Entry& entry = strings_[index];
  *text = std::string_view(bytes_).substr(entry.begin, entry.text);
  *superscript = std::string_view(bytes_).substr(entry.begin + entry.text,
                                                 entry.superscript);
  return true;
}

}  // namespace collate::tabular
