#include "plugins/foi_spreadsheet/select.h"

#include <algorithm>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

using tabular::CellName;
using tabular::Error;

bool CountHolds(const pb::Anchor& anchor, size_t found, std::string* expected) {
  switch (anchor.count_case()) {
    case pb::Anchor::kAtLeast:
      *expected = "at least " + std::to_string(anchor.at_least());
      return found >= anchor.at_least();
    case pb::Anchor::kAtMost:
      *expected = "at most " + std::to_string(anchor.at_most());
      return found <= anchor.at_most();
    default: {
      const size_t wanted =
          anchor.count_case() == pb::Anchor::kExactly ? anchor.exactly() : 1;
      *expected = "exactly " + std::to_string(wanted);
      return found == wanted;
    }
  }
}

// Which headers stand in a row or column, seen from the first place on.
class Line {
 public:
  Line(const Sheet& sheet, bool along_row, int64_t line)
      : sheet_(sheet), along_row_(along_row), line_(line) {}

  size_t At(int64_t n) const {
    return along_row_ ? sheet_.At(line_, n) : sheet_.At(n, line_);
  }
  // The next header at or after n, or kNone.
  size_t Next(int64_t n) const {
    return along_row_ ? sheet_.AfterInRow(line_, n)
                      : sheet_.AfterInColumn(n, line_);
  }
  int64_t NumberOf(size_t cell) const {
    const SheetCell& at = sheet_.cells()[cell];
    return along_row_ ? at.column() : at.row();
  }
  tabular::Locator Place(int64_t n) const {
    const auto a = static_cast<uint32_t>(std::max<int64_t>(line_, 1));
    const auto b = static_cast<uint32_t>(std::max<int64_t>(n, 1));
    return along_row_ ? sheet_.Place(a, b) : sheet_.Place(b, a);
  }

 private:
  const Sheet& sheet_;
  const bool along_row_;
  const int64_t line_;
};

// The lines of a box along one side.
std::vector<BoxLine> Reach(const Recipe& recipe, const pb::Extent& extent,
                           const Line& headers, int64_t first,
                           const Sheet& sheet, TableReading* reading) {
  std::vector<BoxLine> out;
  if (extent.has_count()) {
    for (int64_t n = first; n < first + extent.count(); ++n) {
      out.push_back({static_cast<uint32_t>(n), headers.At(n)});
    }
    return out;
  }
  int64_t at = first;
  while (true) {
    const size_t cell = headers.Next(at);
    const bool ends = cell == Sheet::kNone;
    if (extent.has_until_blank()) {
      if (ends || headers.NumberOf(cell) - at > extent.gaps()) return out;
    } else if (ends) {
      reading->AddFault(Error{
          .reason = "END_NOT_FOUND",
          .message = "the box has no end: no header after it matches",
          .expected = "a header that matches '" + extent.before_regex() + "'",
          .locator = headers.Place(at)});
      return {};
    } else if (recipe.pattern(extent.before_regex())
                   .Finds(sheet.cells()[cell].label)) {
      return out;
    }
    out.push_back({static_cast<uint32_t>(headers.NumberOf(cell)), cell});
    at = headers.NumberOf(cell) + 1;
  }
}

void Mark(const Recipe& recipe, const Sheet& sheet,
          const google::protobuf::RepeatedPtrField<pb::Skip>& skips,
          const std::string& totals, bool hide, std::vector<BoxLine>* lines) {
  for (BoxLine& line : *lines) {
    if (line.header == Sheet::kNone) continue;
    const std::string& label = sheet.cells()[line.header].label;
    if (hide && sheet.cells()[line.header].hidden) {
      line.skipped = true;
      line.skip_reason = "hidden";
      continue;
    }
    for (const pb::Skip& skip : skips) {
      if (!recipe.pattern(skip.regex()).Finds(label)) continue;
      line.skipped = true;
      line.skip_reason = skip.reason();
      break;
    }
    line.total = !totals.empty() && recipe.pattern(totals).Finds(label);
  }
}

}  // namespace

Spot AnchorOf(const std::string& name, const Spot& own,
              const Anchors& anchors) {
  if (name.empty()) return own;
  const auto found = anchors.find(name);
  return found == anchors.end() || found->second.empty() ? own
                                                         : found->second[0];
}

Anchors FindAnchors(const Recipe& recipe, const pb::Table& table,
                    const Sheet& sheet, TableReading* reading) {
  Anchors out;
  for (const pb::Anchor& anchor : table.match().anchors()) {
    std::vector<Spot>& spots = out[anchor.name()];
    const std::string text = CleanText(anchor.text());
    const Pattern* pattern =
        anchor.has_regex() ? &recipe.pattern(anchor.regex()) : nullptr;
    for (const SheetCell& cell : sheet.cells()) {
      const bool found =
          pattern != nullptr ? pattern->Finds(cell.label) : cell.label == text;
      if (found) spots.push_back({cell.row(), cell.column()});
    }
    std::string expected;
    if (CountHolds(anchor, spots.size(), &expected)) continue;
    std::string found = std::to_string(spots.size());
    for (size_t i = 0; i < std::min<size_t>(spots.size(), 5); ++i) {
      found += (i == 0 ? ": " : ", ") +
               CellName(static_cast<uint32_t>(spots[i].row),
                        static_cast<uint32_t>(spots[i].column));
    }
    reading->AddFault(
        Error{.reason = "ANCHOR_COUNT",
              .message = "anchor '" + anchor.name() +
                         "' does not stand as often as it has to",
              .expected = expected + " cell that says '" +
                          (anchor.has_regex() ? anchor.regex() : text) + "'",
              .found = std::move(found)});
  }
  return out;
}

std::vector<Block> FindBlocks(const Recipe& recipe, const pb::Table& table,
                              const pb::Box& box, const Anchors& anchors,
                              const Sheet& sheet, TableReading* reading) {
  const bool hide = table.hidden() == pb::HIDDEN_IGNORE;
  std::vector<Block> out;
  for (const Spot& anchor : anchors.at(box.anchor())) {
    const int64_t first_row = anchor.row + box.dy();
    const int64_t first_column = anchor.column + box.dx();
    const auto place = sheet.Place(static_cast<uint32_t>(anchor.row),
                                   static_cast<uint32_t>(anchor.column));
    if (first_row < 1 || first_column < 1) {
      reading->AddFault(Error{.reason = "BOX_OUTSIDE",
                              .message = "a box begins outside the sheet",
                              .expected = "a first row and column of 1 or more",
                              .locator = place});
      continue;
    }
    Block block{&box, anchor};
    const Spot right = AnchorOf(box.right().anchor(), anchor, anchors);
    const Spot down = AnchorOf(box.down().anchor(), anchor, anchors);
    block.columns =
        Reach(recipe, box.right(),
              Line(sheet, /*along_row=*/true, right.row + box.right().offset()),
              first_column, sheet, reading);
    block.rows = Reach(
        recipe, box.down(),
        Line(sheet, /*along_row=*/false, down.column + box.down().offset()),
        first_row, sheet, reading);
    if (block.rows.empty() || block.columns.empty()) {
      if (reading->ok()) {
        reading->AddFault(Error{.reason = "BOX_EMPTY",
                                .message = "a box without a row or column",
                                .expected = "headers next to the anchor",
                                .locator = place});
      }
      continue;
    }
    if (!box.only_rows().empty()) {
      const Pattern& own = recipe.pattern(box.only_rows());
      std::erase_if(block.rows, [&](const BoxLine& line) {
        return line.header == Sheet::kNone ||
               !own.Finds(sheet.cells()[line.header].label);
      });
      if (block.rows.empty()) continue;
    }
    Mark(recipe, sheet, box.skip_rows(), box.total_rows(), hide, &block.rows);
    Mark(recipe, sheet, box.skip_columns(), box.total_columns(), hide,
         &block.columns);
    out.push_back(std::move(block));
  }
  return out;
}

void ClaimCells(const Recipe& recipe, const pb::Claim& claim, Role role,
                const Anchors& anchors, const Sheet& sheet,
                std::vector<CellClaim>* claims, TableReading* reading) {
  const Pattern* pattern =
      claim.regex().empty() ? nullptr : &recipe.pattern(claim.regex());
  std::vector<Spot> corners;
  if (claim.anchor().empty()) {
    corners.push_back({1, 1});
  } else {
    corners = anchors.at(claim.anchor());
  }
  for (const Spot& corner : corners) {
    const int64_t top = corner.row + claim.dy();
    const int64_t left = corner.column + claim.dx();
    const int64_t bottom =
        claim.rows() == 0 ? sheet.last_row() : top + claim.rows() - 1;
    const int64_t right =
        claim.columns() == 0 ? sheet.last_column() : left + claim.columns() - 1;
    for (size_t i = 0; i < sheet.cells().size(); ++i) {
      const SheetCell& cell = sheet.cells()[i];
      CellClaim& at = (*claims)[i];
      if (at.role != Role::kLeftover || cell.row() < top ||
          cell.row() > bottom || cell.column() < left ||
          cell.column() > right ||
          (claim.dates() && cell.kind != tabular::CellKind::kDate) ||
          (pattern != nullptr && !pattern->Finds(cell.label))) {
        continue;
      }
      at = {role, claim.reason(), claim.personal()};
      if (role == Role::kNote) {
        reading->notices.push_back({.reason = "TABLE_NOTE",
                                    .message = claim.reason(),
                                    .found = cell.label.substr(0, 2000),
                                    .locator = cell.locator});
      }
    }
  }
}

}  // namespace collate::foi_spreadsheet
