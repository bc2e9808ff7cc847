#include "client/render_audit.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/grid.h"
#include "client/words.h"

namespace collate::client {

absl::StatusOr<std::string> RenderAudit(const audit::Verification& verified,
                                        Format format) {
  const int64_t records = verified.last.sequence - verified.first.sequence;
  const std::string anchor = audit::ToText(verified.last);
  switch (format) {
    case Format::kJson:
    case Format::kNdjson:
      return absl::StrCat(
          nlohmann::ordered_json{{"recordCount", records},
                                 {"anchor", anchor},
                                 {"unsealedCount", verified.unsealed}}
              .dump(format == Format::kJson ? 2 : -1),
          "\n");
    case Format::kCsv: {
      Grid grid;
      grid.columns = {
          {"record_count", ""}, {"anchor", ""}, {"unsealed_count", ""}};
      grid.rows.push_back({records, anchor, verified.unsealed});
      return RenderCsv(grid);
    }
    case Format::kTable:
      break;
  }
  std::string out = absl::StrCat("whole: ", GroupedInteger(records),
                                 " records\nanchor ", anchor, "\n");
  if (verified.first.sequence > 0) {
    absl::StrAppend(&out, "begins after record ",
                    GroupedInteger(verified.first.sequence),
                    ", as an anchor says\n");
  }
  if (verified.unsealed > 0) {
    absl::StrAppend(&out, GroupedInteger(verified.unsealed),
                    " of them were written after the log was sealed last\n");
  }
  return out;
}

}  // namespace collate::client
