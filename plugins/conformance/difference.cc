#include "plugins/conformance/difference.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace collate::conformance {
namespace {

template <typename List>
std::string DifferenceIn(absl::string_view what, const List& a, const List& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (!(a[i] == b[i])) return absl::StrCat(what, " ", i + 1, " differs");
  }
  return a.size() == b.size()
             ? ""
             : absl::StrCat(a.size(), " and then ", b.size(), " ", what, "s");
}

}  // namespace

std::string FirstDifference(const ingest::ReadResult& a,
                            const ingest::ReadResult& b) {
  if (a.outcome.code() != b.outcome.code() ||
      a.outcome.message() != b.outcome.message()) {
    return absl::StrCat("it ended first with '", a.outcome.ToString(),
                        "', then with '", b.outcome.ToString(), "'");
  }
  const ingest::RawDocument& x = a.document;
  const ingest::RawDocument& y = b.document;
  for (const std::string& difference :
       {DifferenceIn("table", x.tables, y.tables),
        DifferenceIn("observation", x.observations, y.observations),
        DifferenceIn("finding", x.diagnostics, y.diagnostics),
        DifferenceIn("account", x.accounts, y.accounts),
        DifferenceIn("attachment", x.attachments, y.attachments)}) {
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace collate::conformance
