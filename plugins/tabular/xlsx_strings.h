// The strings of XLSX workbooks: rich text whose superscript runs are marks and
// not text, shared between cells or inside one.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_STRINGS_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_STRINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/string_table.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

// _x000D_ stands for a carriage return, _x005F_ for the underscore itself. A
// code that is no character by itself stays as it is written. The result is
// `text` or lies in `buffer`.
std::string_view UnescapeXlsx(std::string_view text, std::string* buffer);

// The content that shared and inline strings have in common: what <si> and <is>
// hold. Parts are states of the handler that uses it, counted from 0.
class StringParts {
 public:
  static constexpr int kNone = 0;  // outside, or of no interest
  static constexpr int kText = 1;
  static constexpr int kRun = 2;
  static constexpr int kRunText = 3;
  static constexpr int kRunProperties = 4;

  explicit StringParts(const Budget& budget) : budget_(budget) {}

  // What the cell's own font is.
  void Begin(bool superscript);
  // The part that an element is inside part `parent`.
  int Enter(int parent, const XmlElement& element);
  Status Text(int part, std::string_view text);
  void Leave(int part);

  const RichText& rich() const { return rich_; }

 private:
  const Budget& budget_;
  RichText rich_;
  std::string piece_;
  uint64_t piece_characters_ = 0;
  std::string unescaped_;
  bool whole_ = false;
  bool superscript_ = false;
};

// Handler of the part of shared strings.
class SharedStrings : public PathHandler {
 public:
  explicit SharedStrings(const Budget& budget)
      : parts_(budget), table_(budget) {}

  void Clear() { table_.Clear(); }
  const StringTable& table() const { return table_; }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;
  Status Leave(int state, uint64_t byte_end) override;
  Status Text(int state, std::string_view text) override;
  XmlName Many() const override { return {Xmlns::kSheet, "si"}; }

 private:
  StringParts parts_;
  StringTable table_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_STRINGS_H_
