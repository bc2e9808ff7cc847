#include "plugins/police_returns/text_family.h"

#include <set>
#include <string>
#include <string_view>

#include "plugins/tabular/csv.h"

namespace collate::police_returns {
namespace {

using tabular::Error;
using tabular::OkStatus;
using tabular::Row;
using tabular::Status;

std::set<std::string> NamesOf(const Row& row) {
  std::set<std::string> names;
  for (const tabular::Cell& cell : row.cells) {
    names.insert(tabular::NormaliseName(cell.text));
  }
  return names;
}

Status RefuseContainer(tabular::ByteSource& source,
                       const ReadOptions& options) {
  char head[8] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  const char* what = nullptr;
  if (bytes.substr(0, 4) == "%PDF") {
    what = "a PDF document";
  } else if (bytes.substr(0, 2) == "\x1F\x8B") {
    what = "a gzip stream";
  }
  if (what == nullptr) return OkStatus();
  return Status(Error{.code = tabular::Code::kUnimplemented,
                      .reason = "UNSUPPORTED_FORMAT",
                      .message = std::string(what) +
                                 ": police recorded crime is read from CSV, "
                                 "XLSX and ODS",
                      .expected = "a CSV file, or an XLSX or ODS workbook",
                      .found = what,
                      .part = options.part});
}

class FamilySink : public tabular::GridSink {
 public:
  Status OnRow(const Row& row) override {
    COLLATE_TABULAR_RETURN_IF_ERROR(RefuseRowLevel(row));
    rolling_year = rolling_year || NamesRollingYear(row);
    return row.locator.row >= kHeaderRows ? Status::Stop() : OkStatus();
  }

  bool rolling_year = false;
};

}  // namespace

Status RefuseRowLevel(const Row& row) {
  const std::set<std::string> names = NamesOf(row);
  const bool id = names.count("crime id") > 0;
  if (!id && (names.count("longitude") == 0 || names.count("latitude") == 0)) {
    return OkStatus();
  }
  return Status(Error{
      .reason = "ROW_LEVEL_DATA",
      .message = "one row per offence: only counts are read, because a row "
                 "about a single offence could identify a person, and "
                 "street-level files merge sexual offences with violence",
      .expected = "one count per quarter, force and offence code",
      .found = id ? "a column \"Crime ID\"" : "columns of coordinates",
      .part = row.grid == nullptr ? "" : row.grid->part,
      .sheet = row.grid == nullptr ? "" : row.grid->sheet,
      .locator = row.locator});
}

bool NamesRollingYear(const Row& row) {
  const std::set<std::string> names = NamesOf(row);
  return names.count("12 months ending") > 0 ||
         names.count("rolling year total number of offences") > 0;
}

Status ChooseTextFamily(tabular::ByteSource& source, const ReadOptions& options,
                        bool* rolling_year) {
  COLLATE_TABULAR_RETURN_IF_ERROR(RefuseContainer(source, options));
  tabular::Budget budget(options.limits);
  FamilySink sink;
  COLLATE_TABULAR_RETURN_IF_ERROR(tabular::ReadCsv(
      source,
      tabular::CsvOptions{.encoding = options.encoding, .part = options.part},
      budget, sink));
  *rolling_year = sink.rolling_year;
  return OkStatus();
}

}  // namespace collate::police_returns
