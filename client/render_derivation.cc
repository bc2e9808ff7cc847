#include "client/render_derivation.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/words.h"

namespace collate::client {
namespace {

// How the lines of a tree are joined.
struct Branches {
  const char* inner;  // of an input that others follow
  const char* last;
  const char* pass;  // beside what is below an inner one
  const char* none;
};
constexpr Branches kBoxes = {"├─ ", "└─ ", "│  ", "   "};
constexpr Branches kAscii = {"|- ", "`- ", "|  ", "   "};

std::string AddedHow(v1::Method method) {
  switch (method) {
    case v1::METHOD_TILED:
      return "shorter periods added";
    case v1::METHOD_PARTS:
      return "parts added";
    case v1::METHOD_LOWER_BOUND:
      return "lower bound from parts";
    default:
      return "";
  }
}

// "4,429", "11 (11 to 14)", "withheld (1 to 4)".
std::string NumberWords(const v1::Step& step) {
  const Bounds bounds = BoundsOf(step);
  const Value reported = ReportedOf(step);
  std::string words;
  if (step.has_reported()) {
    words = GroupedInteger(step.reported());
  } else if (!step.decimal_reported().empty()) {
    words = GroupedDecimal(step.decimal_reported());
  } else if (step.kind() == v1::STEP_KIND_QUOTIENT && bounds.known) {
    return bounds.words;
  } else {
    words = StateWords(step.state());
  }
  const bool exact =
      HasReported(step) && bounds.lower == reported && bounds.upper == reported;
  const bool says_more = bounds.lower != Value() || bounds.upper != Value();
  if (bounds.known && says_more && !exact) {
    absl::StrAppend(&words, " (", bounds.words, ")");
  }
  return words;
}

// The step that stands for one with a single input: a reporter's only figure.
const v1::Step& Shown(const v1::Step& step) {
  if (step.kind() == v1::STEP_KIND_REPORTER && step.inputs_size() == 1 &&
      step.inputs(0).kind() == v1::STEP_KIND_LEAF) {
    return step.inputs(0);
  }
  return step;
}

class Drawing {
 public:
  Drawing(const v1::ExplainCellResponse& explanation, bool boxes)
      : branches_(boxes ? kBoxes : kAscii) {
    for (const v1::ReleaseProvenance& release : explanation.releases()) {
      readers_[release.release()] = absl::StrCat(
          absl::StripPrefix(release.adapter(), "adapters/"), " ",
          release.adapter_version(), release.synthetic() ? ", synthetic" : "");
    }
  }

  // As deep as a derivation is.
  void Draw(const v1::Step& step, const std::string& lead,
            const std::string& below) {
    absl::StrAppend(&out_, lead, Printable(LineOf(step)), "\n");
    for (int i = 0; i < step.inputs_size(); ++i) {
      const bool last = i + 1 == step.inputs_size();
      Draw(Shown(step.inputs(i)),
           absl::StrCat(below, last ? branches_.last : branches_.inner),
           absl::StrCat(below, last ? branches_.none : branches_.pass));
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  std::string LineOf(const v1::Step& step) const {
    if (step.kind() == v1::STEP_KIND_PRINTED) return PrintedLine(step);
    std::string line;
    switch (step.kind()) {
      case v1::STEP_KIND_NUMERATOR:
        line = "numerator: ";
        break;
      case v1::STEP_KIND_BASE:
        line = "over: ";
        break;
      case v1::STEP_KIND_OTHER:
        line = absl::StrCat("beside it, ", step.source(), ": ");
        break;
      default:
        break;
    }
    // A side without a number is none but its reporters.
    absl::StrAppend(&line, step.title());
    const bool number = step.has_reported() || step.has_bounds() ||
                        step.has_decimal_bounds() ||
                        !step.decimal_reported().empty();
    if (number || step.kind() != v1::STEP_KIND_QUOTIENT) {
      absl::StrAppend(&line, ": ", NumberWords(step));
    }
    std::vector<std::string> notes;
    if (const std::string how = AddedHow(step.method()); !how.empty()) {
      notes.push_back(how);
    }
    if (step.kind() == v1::STEP_KIND_LEAF && !step.source().empty()) {
      notes.push_back(step.source());
    }
    if (!step.reason().empty()) notes.push_back(step.reason());
    if (!notes.empty()) {
      absl::StrAppend(&line, "; ", absl::StrJoin(notes, "; "));
    }
    return line;
  }

  std::string PrintedLine(const v1::Step& step) const {
    std::string line = CitationWords(step.citation());
    if (step.state() != v1::STATE_REPORTED) {
      absl::StrAppend(&line, "; ", NumberWords(step));
      if (step.has_reported() || !step.decimal_reported().empty()) {
        absl::StrAppend(&line, ", ", StateWords(step.state()));
      }
    }
    const auto reader = readers_.find(step.citation().release());
    if (reader != readers_.end()) {
      absl::StrAppend(&line, "  [", reader->second, "]");
    }
    return line;
  }

  const Branches& branches_;
  std::map<std::string, std::string> readers_;  // of each release
  std::string out_;
};

}  // namespace

std::string CitationWords(const v1::Citation& citation) {
  std::vector<std::string> printed;
  for (const std::string& text :
       {citation.reporter_text(), citation.period_text()}) {
    if (!text.empty()) printed.push_back(text);
  }
  for (const v1::PrintedLabel& label : citation.labels()) {
    printed.push_back(label.text());
  }
  return Printable(
      absl::StrCat(PlaceWords(citation), "  \"", citation.raw(), "\"  ",
                   absl::StrJoin(printed, ", "),
                   citation.printed_by().empty()
                       ? std::string()
                       : absl::StrCat("; printed by ", citation.printed_by())));
}

std::string RenderDerivation(const v1::ExplainCellResponse& explanation,
                             bool boxes) {
  Drawing drawing(explanation, boxes);
  drawing.Draw(explanation.derivation(), "", "");
  return drawing.Take();
}

}  // namespace collate::client
