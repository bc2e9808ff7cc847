// Microsoft's Digital Safety Content Report: a workbook of one sheet. Blocks
// stand below one another: the half-year, the titles of one or two groups of
// columns, the names of the columns, one row of figures, then notes.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_MICROSOFT_WORKBOOK_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_MICROSOFT_WORKBOOK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/held_rows.h"

namespace collate::transparency_report {

inline constexpr char kMicrosoftTitle[] = "digital safety content report";

// A group of columns, by its title as tabular::NormaliseName gives it.
struct MicrosoftGroup {
  const char* title;
  const char* harm;      // as printed in the title
  const char* platform;  // null: the note says across which it is added up
};
struct MicrosoftMetric {
  const char* name;
  const char* measure;
  const char* unit;
  sdk::Aggregation aggregation;
  bool fraction;
};
struct MicrosoftColumn {
  const MicrosoftGroup* group = nullptr;
  const MicrosoftMetric* metric = nullptr;
  const HeldCell* title = nullptr;
  const HeldCell* name = nullptr;
  const HeldCell* figure = nullptr;
  int64_t count = 0;
  sdk::Decimal fraction;
  std::string marks;
};

// One half-year that was understood.
struct MicrosoftBlock {
  const HeldCell* period_cell = nullptr;
  sdk::Period period;
  std::vector<MicrosoftColumn> columns;
  std::vector<const HeldCell*> notes;
};

// Whole months of one year: "Jul - Dec 2020", "January - June 2021", and in a
// sentence "July to December 2020". Nothing for any other text.
std::optional<sdk::Period> ParseMonths(std::string_view text);

// A whole number, stored as one or as text with commas and marks behind it:
// "46,856*", "1,234 [1]". Marks above the line are the cell's superscript.
tabular::Status ParseMarkedCount(const HeldCell& cell, int64_t* count,
                                 std::string* marks);

// Whether the row has a half-year and titles beside it.
bool BeginsMicrosoftBlock(const HeldRow& row);

// Whether the row has the report's title, or its first group's.
bool BeginsMicrosoftReport(const HeldRow& row);

// The block of rows [begin, end); false with the fault that refuses it.
bool ReadMicrosoftBlock(const std::vector<HeldRow>& rows, size_t begin,
                        size_t end, const std::string& part,
                        const std::string& sheet, MicrosoftBlock* block,
                        tabular::Error* fault);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_MICROSOFT_WORKBOOK_H_
