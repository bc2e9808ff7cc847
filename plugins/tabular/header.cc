#include "plugins/tabular/header.h"

#include <algorithm>
#include <utility>

namespace collate::tabular {
namespace {

constexpr size_t kListed = 40;

// Sheets have rows and no lines.
std::string RowName(const Locator& locator) {
  return locator.line != 0 ? "line " + std::to_string(locator.line)
                           : "row " + std::to_string(locator.row);
}

std::string Join(const std::vector<std::string>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i == kListed) {
      return out + ", and " + std::to_string(items.size() - i) + " more";
    }
    out += (i == 0 ? "" : ", ") + items[i];
  }
  return out;
}

}  // namespace

std::string NormaliseName(std::string_view text) {
  constexpr std::string_view kNoBreak = "\xC2\xA0";
  std::string out;
  bool gap = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '_') {
      gap = true;
      continue;
    }
    if (text.substr(i, 2) == kNoBreak) {
      gap = true;
      ++i;
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  }
  return out;
}

HeaderFinder::HeaderFinder(HeaderSpec spec) : spec_(std::move(spec)) {
  for (ColumnRole& role : spec_.roles) {
    for (std::string& s : role.spellings) s = NormaliseName(s);
    if (role.required) ++required_;
  }
  for (std::string& s : spec_.ignorable) s = NormaliseName(s);
}

void HeaderFinder::Offer(const Row& row) {
  if (Enough()) return;
  if (row.grid != nullptr) {
    part_ = row.grid->part;
    sheet_ = row.grid->sheet;
  }
  OfferedRow offered{.locator = row.locator};
  std::vector<bool> seen(spec_.roles.size());
  for (const Cell& cell : row.cells) {
    OfferedCell copy{.text = std::string(cell.text),
                     .name = NormaliseName(cell.text),
                     .locator = cell.locator};
    for (size_t r = 0; r < spec_.roles.size(); ++r) {
      const std::vector<std::string>& spellings = spec_.roles[r].spellings;
      if (std::find(spellings.begin(), spellings.end(), copy.name) ==
          spellings.end()) {
        continue;
      }
      copy.role = static_cast<int>(r);
      if (!seen[r] && spec_.roles[r].required) ++offered.required;
      seen[r] = true;
    }
    offered.cells.push_back(std::move(copy));
  }
  rows_.push_back(std::move(offered));
}

Status HeaderFinder::Refuse(const char* reason, std::string message,
                            std::string expected, std::string found,
                            const Locator& locator) const {
  return Status(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found),
                      .part = part_,
                      .sheet = sheet_,
                      .locator = locator});
}

std::string HeaderFinder::Missing(const OfferedRow& row) const {
  std::vector<std::string> missing;
  for (size_t r = 0; r < spec_.roles.size(); ++r) {
    if (!spec_.roles[r].required) continue;
    const bool found = std::any_of(row.cells.begin(), row.cells.end(),
                                   [r](const OfferedCell& cell) {
                                     return cell.role == static_cast<int>(r);
                                   });
    if (!found) missing.push_back(spec_.roles[r].name);
  }
  return Join(missing);
}

Status HeaderFinder::Decide(Header* header) const {
  const OfferedRow* best = nullptr;
  std::vector<const OfferedRow*> candidates;
  for (const OfferedRow& row : rows_) {
    if (row.required == required_) candidates.push_back(&row);
    if (best == nullptr || row.required > best->required) best = &row;
  }
  if (candidates.empty()) {
    std::vector<std::string> expected;
    for (const ColumnRole& role : spec_.roles) {
      if (role.required) expected.push_back(role.name);
    }
    std::vector<std::string> found;
    if (best != nullptr) {
      for (const OfferedCell& cell : best->cells) {
        found.push_back(Printable(cell.text, 40));
      }
    }
    std::string message =
        "no header row in the first " + std::to_string(rows_.size()) + " rows";
    if (best != nullptr && best->required > 0) {
      message += "; " + RowName(best->locator) + " comes nearest and lacks " +
                 Missing(*best);
    }
    return Refuse("HEADER_NOT_FOUND", std::move(message), Join(expected),
                  Join(found), best == nullptr ? Locator() : best->locator);
  }
  if (candidates.size() > 1) {
    return Refuse("AMBIGUOUS_HEADER", "two rows could be the header",
                  "one header row",
                  RowName(candidates[0]->locator) + " and " +
                      RowName(candidates[1]->locator),
                  candidates[1]->locator);
  }
  const OfferedRow& row = *candidates[0];
  header->locator = row.locator;
  header->columns.clear();
  header->column_of_role.assign(spec_.roles.size(), 0);
  for (const OfferedCell& cell : row.cells) {
    const bool ignorable =
        cell.name.empty()
            ? spec_.ignore_unnamed
            : std::find(spec_.ignorable.begin(), spec_.ignorable.end(),
                        cell.name) != spec_.ignorable.end();
    if (cell.role >= 0) {
      uint32_t& column = header->column_of_role[cell.role];
      if (column != 0) {
        return Refuse("AMBIGUOUS_COLUMN",
                      "a second column for " + spec_.roles[cell.role].name +
                          ", after column " + std::to_string(column),
                      "one column", Printable(cell.text), cell.locator);
      }
      column = cell.locator.column;
    } else if (!ignorable) {
      return Refuse("UNKNOWN_COLUMN", "a column that this family does not know",
                    "one of its columns, or one that it declares unused",
                    Printable(cell.text), cell.locator);
    }
    header->columns.push_back(HeaderColumn{
        .text = cell.text, .role = cell.role, .locator = cell.locator});
  }
  return OkStatus();
}

}  // namespace collate::tabular
