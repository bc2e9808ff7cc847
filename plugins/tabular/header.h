// Finds the header of a table by what its cells say, never by where they
// stand, and gives every column a role or refuses.
//
//   HeaderFinder finder(spec);
//   for each row until finder.Enough():  finder.Offer(row)
//   finder.Decide(&header)   // or a refusal that lists found and expected
//
// Owns copies of the rows it was offered. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_HEADER_H_
#define COLLATE_PLUGINS_TABULAR_HEADER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/grid.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

// Header text for comparison: ASCII letters lower, white space and underscores
// in any run as one space, none around.
std::string NormaliseName(std::string_view text);

struct ColumnRole {
  std::string name;                    // for messages
  std::vector<std::string> spellings;  // compared normalised
  bool required = true;
};

struct HeaderSpec {
  std::vector<ColumnRole> roles;
  std::vector<std::string> ignorable;  // columns the family declares unused
  bool ignore_unnamed = false;         // a column without a name
  uint32_t search_rows = 20;
};

struct HeaderColumn {
  std::string text;  // as printed
  int role = -1;     // index into the spec, -1 = ignored
  Locator locator;
};

struct Header {
  Locator locator;  // of the row
  std::vector<HeaderColumn> columns;
  std::vector<uint32_t> column_of_role;  // 1-based, 0 = absent
};

class HeaderFinder {
 public:
  explicit HeaderFinder(HeaderSpec spec);

  bool Enough() const { return rows_.size() >= spec_.search_rows; }
  void Offer(const Row& row);

  // A header row holds every required role. HEADER_NOT_FOUND when none does,
  // AMBIGUOUS_HEADER when two do, AMBIGUOUS_COLUMN when two of its cells claim
  // one role, UNKNOWN_COLUMN for a cell that is neither role nor ignorable;
  // each cites the cell or row.
  Status Decide(Header* header) const;

 private:
  struct OfferedCell {
    std::string text;
    std::string name;
    int role = -1;
    Locator locator;
  };
  struct OfferedRow {
    Locator locator;
    std::vector<OfferedCell> cells;
    size_t required = 0;  // distinct required roles it names
  };

  Status Refuse(const char* reason, std::string message, std::string expected,
                std::string found, const Locator& locator) const;
  std::string Missing(const OfferedRow& row) const;

  HeaderSpec spec_;
  size_t required_ = 0;
  std::string part_;
  std::string sheet_;
  std::vector<OfferedRow> rows_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_HEADER_H_
