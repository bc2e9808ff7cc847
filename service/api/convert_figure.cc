#include "service/api/convert_figure.h"

#include <algorithm>
#include <string>

#include "service/api/convert.h"
#include "service/query/statements.h"

namespace collate::api {

void SetStated(const query::StatedCoverage& stated,
               v1::StatedCoverage* result) {
  result->set_reporter_count(stated.reporters);
  result->set_words(stated.words);
}

void SetFigure(const query::Figure& figure, v1::OneFigure* result) {
  result->set_state(ToProto(figure.state));
  SetNumbers(figure.reported, figure.bounds, figure.scale, result);
}

void SetPrinters(const query::Snapshot& snapshot,
                 absl::Span<const query::RowRef> rows, v1::OneFigure* result) {
  for (const query::RowRef& row : rows) {
    const std::string by(query::PrintedBy(snapshot, row));
    const auto& known = result->printed_by();
    if (!by.empty() &&
        std::find(known.begin(), known.end(), by) == known.end()) {
      result->add_printed_by(by);
    }
    const auto stated = query::StatedCoverageOf(snapshot, row);
    if (stated.has_value() && !result->has_stated()) {
      SetStated(*stated, result->mutable_stated());
    }
  }
}

}  // namespace collate::api
