#include "plugins/foi_spreadsheet/lint.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <tuple>
#include <utility>

#include "plugins/foi_spreadsheet/beside.h"
#include "plugins/foi_spreadsheet/recipe_place.h"

namespace collate::foi_spreadsheet {
namespace {

namespace pb = ::collate::recipe::v1;
using google::protobuf::TextFormat;

constexpr int kFarthest = 10'000;
constexpr uint32_t kLongest = 100'000;

bool IsName(const std::string& text) {
  if (text.empty() || text.size() > 63 || text[0] < 'a' || text[0] > 'z') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

class Linter {
 public:
  explicit Linter(std::map<std::string, Pattern>* patterns)
      : patterns_(patterns) {}

  void Recipe(const Node& at, const pb::Recipe& recipe) {
    Name(at, "id", recipe.id());
    if (recipe.version() < 1 || recipe.version() > 1'000'000) {
      Add(at, "version", -1, "is 1 to 1,000,000");
    }
    Text(at, "title", recipe.title());
    for (int i = 0; i < recipe.ignore_sheets_size(); ++i) {
      const Node rule = at.Down("ignore_sheets", i);
      Regex(rule, "regex", recipe.ignore_sheets(i).regex());
      Text(rule, "reason", recipe.ignore_sheets(i).reason());
    }
    if (recipe.tables().empty() || recipe.tables_size() > kMaxTables) {
      Add(at, "tables", -1, "are 1 to 100");
    }
    std::set<std::string> ids;
    for (int i = 0; i < recipe.tables_size(); ++i) {
      if (!ids.insert(recipe.tables(i).id()).second) {
        Add(at, "tables", i, "id '" + recipe.tables(i).id() + "' stands twice");
      }
      Table(at.Down("tables", i), recipe.tables(i));
    }
  }

  void Defaults(const Node& at, const pb::Defaults& defaults) {
    Anchors(at, defaults.anchors());
    std::set<std::string> names;
    for (int i = 0; i < defaults.dimensions_size(); ++i) {
      Dimension(at.Down("dimensions", i), defaults.dimensions(i), &names);
    }
    Markers(at, defaults.markers());
    LabelNotes(at.Down("labels"), defaults.labels());
    Claims(at, defaults);
  }

  std::vector<Problem> Take() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) {
                       return std::tie(a.line, a.column) <
                              std::tie(b.line, b.column);
                     });
    return std::move(problems_);
  }

 private:
  void Add(const Node& at, const char* field, int index, std::string what) {
    const auto [line, column] = at.PlaceOf(field, index);
    problems_.push_back(
        {line, column, at.PathOf(field, index), std::move(what)});
  }

  void Name(const Node& at, const char* field, const std::string& text) {
    if (!IsName(text)) {
      Add(at, field, -1,
          "a name is a lower-case letter, then letters, digits and _, at most "
          "63 in all");
    }
  }
  void Text(const Node& at, const char* field, const std::string& text) {
    if (text.empty()) Add(at, field, -1, "is required");
  }
  template <typename Enum>
  void Choice(const Node& at, const char* field, Enum value) {
    if (static_cast<int>(value) == 0) Add(at, field, -1, "is required");
  }
  void Offset(const Node& at, const char* field, int32_t value) {
    if (value < -kFarthest || value > kFarthest) {
      Add(at, field, -1, "is -10,000 to 10,000");
    }
  }
  void Regex(const Node& at, const char* field, const std::string& text,
             int index = -1) {
    std::string why;
    if (text.empty()) return Add(at, field, index, "is required");
    if (patterns_->count(text) > 0) return;
    std::optional<Pattern> pattern = Pattern::Parse(text, &why);
    if (!pattern.has_value()) return Add(at, field, index, why);
    patterns_->emplace(text, *std::move(pattern));
  }
  void OptionalRegex(const Node& at, const char* field,
                     const std::string& text) {
    if (!text.empty()) Regex(at, field, text);
  }
  static bool FindsSeveral(const pb::Anchor& anchor) {
    return anchor.has_at_least() ||
           (anchor.has_exactly() && anchor.exactly() > 1);
  }

  enum class Use { kBox, kOne, kOwnOrOne, kClaim };

  // An empty one is the box's own, or the sheet's corner.
  void AnchorName(const Node& at, const std::string& name, Use use) {
    if (name.empty() && (use == Use::kOwnOrOne || use == Use::kClaim)) return;
    const auto anchor = anchors_.find(name);
    if (anchor == anchors_.end()) {
      return Add(at, "anchor", -1, "there is no anchor '" + name + "'");
    }
    if (use == Use::kClaim) return;
    if (anchor->second->has_at_most()) {
      Add(at, "anchor", -1, "anchor '" + name + "' may be absent");
    }
    if (use != Use::kBox && FindsSeveral(*anchor->second)) {
      Add(at, "anchor", -1, "anchor '" + name + "' finds several cells");
    }
  }

  void Table(const Node& at, const pb::Table& table) {
    Name(at, "id", table.id());
    anchors_.clear();
    if (!table.has_match()) Add(at, "match", -1, "is required");
    const Node match = at.Down("match");
    OptionalRegex(match, "sheet_regex", table.match().sheet_regex());
    if (table.match().each_sheet() && table.match().sheet_regex().empty()) {
      Add(match, "each_sheet", -1, "needs sheet_regex");
    }
    if (table.match().anchors().empty() || table.match().anchors_size() > 50) {
      Add(match, "anchors", -1, "are 1 to 50");
    }
    Anchors(match, table.match().anchors());
    if (!table.no_figures().empty()) return WithoutFigures(at, table);
    if (table.boxes().empty() || table.boxes_size() > 50) {
      Add(at, "boxes", -1, "are 1 to 50");
    }
    for (int i = 0; i < table.boxes_size(); ++i) {
      Box(at.Down("boxes", i), table.boxes(i));
    }
    Dimensions(at, table);
    const Node measure = at.Down("measure");
    Text(measure, "name", table.measure().name());
    Text(measure, "unit", table.measure().unit());
    Choice(measure, "floor", table.measure().floor());
    Cells(at, table);
    for (int i = 0; i < table.checks_size(); ++i) {
      Check(at.Down("checks", i), table, table.checks(i));
    }
    Claims(at, table);
    LabelNotes(at.Down("labels"), table.labels());
  }

  void WithoutFigures(const Node& at, const pb::Table& table) {
    if (!table.boxes().empty() || !table.dimensions().empty() ||
        table.has_measure() || !table.checks().empty()) {
      Add(at, "no_figures", -1,
          "a table without figures has no boxes, dimensions, measure or "
          "checks");
    }
    if (table.notes().empty() && table.ignore().empty()) {
      Add(at, "no_figures", -1, "notes or ignored cells are required");
    }
    Claims(at, table);
  }

  // Of a table, or of all of them.
  template <typename Owner>
  void Claims(const Node& at, const Owner& owner) {
    for (int i = 0; i < owner.notes_size(); ++i) {
      const Node note = at.Down("notes", i);
      Claim(note, owner.notes(i));
      if (owner.notes(i).personal()) {
        Add(note, "personal", -1, "a note is told; ignore such cells");
      }
    }
    for (int i = 0; i < owner.ignore_size(); ++i) {
      Claim(at.Down("ignore", i), owner.ignore(i));
    }
  }

  void LabelNotes(const Node& at, const pb::Labels& labels) {
    for (int i = 0; i < labels.notes_size(); ++i) {
      Regex(at, "notes", labels.notes(i), i);
    }
  }

  void Anchors(const Node& at,
               const google::protobuf::RepeatedPtrField<pb::Anchor>& anchors) {
    for (int i = 0; i < anchors.size(); ++i) {
      const pb::Anchor& anchor = anchors[i];
      const Node node = at.Down("anchors", i);
      Name(node, "name", anchor.name());
      if (!anchors_.emplace(anchor.name(), &anchor).second) {
        Add(node, "name", -1, "'" + anchor.name() + "' stands twice");
      }
      if (anchor.what_case() == pb::Anchor::kRegex) {
        Regex(node, "regex", anchor.regex());
      } else {
        Text(node, "text", anchor.text());
      }
      const bool zero =
          (anchor.count_case() == pb::Anchor::kExactly &&
           anchor.exactly() == 0) ||
          (anchor.count_case() == pb::Anchor::kAtLeast &&
           anchor.at_least() == 0) ||
          (anchor.count_case() == pb::Anchor::kAtMost && anchor.at_most() == 0);
      if (zero) Add(at, "anchors", i, "a count is at least 1");
    }
  }

  void Extent(const Node& at, const pb::Extent& extent) {
    Offset(at, "offset", extent.offset());
    AnchorName(at, extent.anchor(), Use::kOwnOrOne);
    switch (extent.until_case()) {
      case pb::Extent::kCount:
        if (extent.count() < 1 || extent.count() > kLongest) {
          Add(at, "count", -1, "is 1 to 100,000");
        }
        break;
      case pb::Extent::kUntilBlank:
        if (!extent.until_blank()) {
          Add(at, "until_blank", -1, "is true or absent");
        }
        break;
      case pb::Extent::kBeforeRegex:
        Regex(at, "before_regex", extent.before_regex());
        break;
      case pb::Extent::UNTIL_NOT_SET:
        Add(at, "count", -1, "count, until_blank or before_regex is required");
    }
    if (extent.gaps() > 10) Add(at, "gaps", -1, "are at most 10");
    if (extent.gaps() > 0 && !extent.has_until_blank()) {
      Add(at, "gaps", -1, "only with until_blank");
    }
  }

  void Box(const Node& at, const pb::Box& box) {
    AnchorName(at, box.anchor(), Use::kBox);
    Offset(at, "dy", box.dy());
    Offset(at, "dx", box.dx());
    Extent(at.Down("right"), box.right());
    Extent(at.Down("down"), box.down());
    for (int i = 0; i < box.skip_columns_size(); ++i) {
      Skip(at.Down("skip_columns", i), box.skip_columns(i));
    }
    for (int i = 0; i < box.skip_rows_size(); ++i) {
      Skip(at.Down("skip_rows", i), box.skip_rows(i));
    }
    OptionalRegex(at, "total_rows", box.total_rows());
    OptionalRegex(at, "total_columns", box.total_columns());
    OptionalRegex(at, "only_rows", box.only_rows());
    const auto anchor = anchors_.find(box.anchor());
    if (anchor == anchors_.end()) return;
    const bool several = FindsSeveral(*anchor->second);
    if (several != box.each_anchor()) {
      Add(at, "each_anchor", -1,
          several ? "the anchor finds several cells"
                  : "the anchor finds one cell");
    }
  }

  void Skip(const Node& at, const pb::Skip& skip) {
    Regex(at, "regex", skip.regex());
    Text(at, "reason", skip.reason());
  }

  void Dimensions(const Node& at, const pb::Table& table) {
    std::set<std::string> names;
    for (int i = 0; i < table.dimensions_size(); ++i) {
      Dimension(at.Down("dimensions", i), table.dimensions(i), &names);
    }
    for (const char* needed : {"reporter", "period"}) {
      if (names.count(needed) == 0) {
        Add(at, "dimensions", -1, std::string("one is named '") + needed + "'");
      }
    }
    for (int i = 0; i < table.measure().multi_response_size(); ++i) {
      if (names.count(table.measure().multi_response(i)) == 0) {
        Add(at.Down("measure"), "multi_response", i, "is no dimension");
      }
    }
  }

  void Dimension(const Node& at, const pb::Dimension& dimension,
                 std::set<std::string>* names) {
    Name(at, "name", dimension.name());
    if (!names->insert(dimension.name()).second) {
      Add(at, "name", -1, "'" + dimension.name() + "' stands twice");
    }
    Source(at, dimension);
    Rules(at, dimension);
  }

  void Source(const Node& at, const pb::Dimension& dimension) {
    switch (dimension.source_case()) {
      case pb::Dimension::kDirectly: {
        const Node node = at.Down("directly");
        Choice(node, "direction", dimension.directly().direction());
        AnchorName(node, dimension.directly().anchor(), Use::kOwnOrOne);
        Offset(node, "offset", dimension.directly().offset());
        return;
      }
      case pb::Dimension::kClosest: {
        const pb::Closest& closest = dimension.closest();
        const Node node = at.Down("closest");
        Choice(node, "direction", closest.direction());
        AnchorName(node, closest.anchor(), Use::kOwnOrOne);
        Offset(node, "offset", closest.offset());
        OptionalRegex(node, "regex", closest.regex());
        if (closest.max_distance() < 1 || closest.max_distance() > kLongest) {
          Add(node, "max_distance", -1, "is 1 to 100,000");
        }
        if (closest.before() > 1000) Add(node, "before", -1, "is 0 to 1,000");
        return;
      }
      case pb::Dimension::kWithin: {
        const Node node = at.Down("within");
        Choice(node, "direction", dimension.within().direction());
        Choice(node, "by", dimension.within().by());
        AnchorName(node, dimension.within().anchor(), Use::kOwnOrOne);
        Offset(node, "offset", dimension.within().offset());
        if (dimension.expect().empty() && !dimension.map_is_complete()) {
          Add(at, "expect", -1,
              "a span is only a hint: pin the labels of a `within`, or give a "
              "complete map");
        }
        return;
      }
      case pb::Dimension::kConstant:
        return Text(at.Down("constant"), "text", dimension.constant().text());
      case pb::Dimension::kManifest:
        return;
      case pb::Dimension::kAnchorText: {
        const Node node = at.Down("anchor_text");
        AnchorName(node, dimension.anchor_text().anchor(), Use::kOne);
        Regex(node, "regex", dimension.anchor_text().regex());
        return;
      }
      case pb::Dimension::kSheetName:
        return Regex(at.Down("sheet_name"), "regex",
                     dimension.sheet_name().regex());
      case pb::Dimension::SOURCE_NOT_SET:
        Add(at, "name", -1, "nothing says where its labels come from");
    }
  }

  void Rules(const Node& at, const pb::Dimension& dimension) {
    OptionalRegex(at, "form", dimension.form());
    if (!dimension.blank().empty() && !dimension.has_directly()) {
      Add(at, "blank", -1, "only with `directly`");
    }
    std::set<std::pair<std::string, uint32_t>> texts;
    for (int i = 0; i < dimension.map_size(); ++i) {
      const pb::LabelRule& rule = dimension.map(i);
      const Node node = at.Down("map", i);
      Text(node, "text", rule.text());
      Text(node, "to", rule.to());
      if (!texts.emplace(rule.text(), rule.occurrence()).second ||
          (rule.occurrence() > 0 && texts.count({rule.text(), 0}) > 0)) {
        Add(node, "text", -1, "this rule is never reached");
      }
      if (rule.occurrence() > 0 && dimension.expect().empty()) {
        Add(node, "occurrence", -1,
            "a position counts only where `expect` proves it");
      }
    }
    for (int i = 0; i < dimension.levels_size(); ++i) {
      const Node node = at.Down("levels", i);
      Regex(node, "regex", dimension.levels(i).regex());
      Choice(node, "level", dimension.levels(i).level());
    }
    const bool is_period = dimension.name() == "period";
    if (is_period != !dimension.period_forms().empty() &&
        !(is_period && dimension.has_manifest())) {
      Add(at, "period_forms", -1,
          is_period ? "say how the period is written"
                    : "only of the dimension 'period'");
    }
    if (is_period && dimension.internal()) {
      Add(at, "internal", -1, "a period is handed on");
    }
    if (dimension.name() == "reporter" &&
        (dimension.internal() || !dimension.levels().empty())) {
      Add(at, "levels", -1, "a reporter is handed on and has no level here");
    }
  }

  void Marks(const Node& at, const char* field,
             const google::protobuf::RepeatedPtrField<pb::InCellMark>& marks) {
    std::set<std::string> texts;
    for (int i = 0; i < marks.size(); ++i) {
      const Node node = at.Down(field, i);
      Text(node, "text", marks[i].text());
      Text(node, "note", marks[i].note());
      if (!texts.insert(marks[i].text()).second) {
        Add(node, "text", -1, "'" + marks[i].text() + "' stands twice");
      }
    }
  }

  template <typename Meaning>
  void MeaningOf(const Node& at, const Meaning& meaning) {
    Choice(at, "state", meaning.state());
    Text(at, "reason", meaning.reason());
    if (meaning.has_value() != (meaning.state() == pb::STATE_REPORTED)) {
      Add(at, "value", -1, "with STATE_REPORTED, and with no other state");
    }
    if (meaning.has_lower() && meaning.has_upper() &&
        meaning.lower() > meaning.upper()) {
      Add(at, "lower", -1, "is above `upper`");
    }
    if (meaning.has_value() && (meaning.has_lower() || meaning.has_upper())) {
      Add(at, "value", -1, "has no bounds");
    }
  }

  void Markers(const Node& at,
               const google::protobuf::RepeatedPtrField<pb::Marker>& markers) {
    std::set<std::string> texts;
    for (int i = 0; i < markers.size(); ++i) {
      const pb::Marker& marker = markers[i];
      const Node node = at.Down("markers", i);
      Text(node, "text", marker.text());
      MeaningOf(node, marker);
      if (!texts.insert(marker.text()).second) {
        Add(node, "text", -1, "'" + marker.text() + "' stands twice");
      }
    }
  }

  void Cells(const Node& at, const pb::Table& table) {
    Markers(at, table.markers());
    if (table.has_blank()) MeaningOf(at.Down("blank"), table.blank());
    for (int i = 0; i < table.blank_where_size(); ++i) {
      const pb::BlankWhere& rule = table.blank_where(i);
      const Node node = at.Down("blank_where", i);
      Regex(node, "regex", rule.regex());
      MeaningOf(node.Down("blank"), rule.blank());
      const auto& dimensions = table.dimensions();
      if (std::none_of(dimensions.begin(), dimensions.end(),
                       [&](const pb::Dimension& dimension) {
                         return dimension.name() == rule.dimension();
                       })) {
        Add(node, "dimension", -1, "is no dimension");
      }
    }
    Marks(at, "in_cell_marks", table.in_cell_marks());
    if (table.has_flag_cells()) {
      const Node node = at.Down("flag_cells");
      Choice(node, "side", table.flag_cells().side());
      if (table.flag_cells().marks().empty()) {
        Add(node, "marks", -1, "are required");
      }
      Marks(node, "marks", table.flag_cells().marks());
    }
    const uint32_t least = table.measure().never_added() ? 1 : 2;
    if (table.has_rounding() && (table.rounding().base() < least ||
                                 table.rounding().base() > 1'000'000)) {
      Add(at.Down("rounding"), "base", -1,
          "is 2 to 1,000,000, or 1 with never_added");
    }
    if (table.has_stated_coverage()) {
      const pb::Beside& coverage = table.stated_coverage();
      BesideOf(at.Down("stated_coverage"), coverage);
      if (coverage.has_constant() && !coverage.constant().text().empty() &&
          !IsStatedCoverage(coverage.constant().text())) {
        Add(at.Down("stated_coverage"), "constant", -1,
            "is a count of at least 1, then perhaps words");
      }
    }
    if (table.has_printed_by()) {
      BesideOf(at.Down("printed_by"), table.printed_by());
    }
  }

  void BesideOf(const Node& at, const pb::Beside& beside) {
    switch (beside.source_case()) {
      case pb::Beside::kDirectly: {
        const Node node = at.Down("directly");
        Choice(node, "direction", beside.directly().direction());
        AnchorName(node, beside.directly().anchor(), Use::kOwnOrOne);
        Offset(node, "offset", beside.directly().offset());
        return;
      }
      case pb::Beside::kConstant:
        return Text(at.Down("constant"), "text", beside.constant().text());
      case pb::Beside::kAnchorText: {
        const Node node = at.Down("anchor_text");
        AnchorName(node, beside.anchor_text().anchor(), Use::kOne);
        Regex(node, "regex", beside.anchor_text().regex());
        return;
      }
      case pb::Beside::SOURCE_NOT_SET:
        Add(at, "directly", -1,
            "directly, constant or anchor_text is required");
    }
  }

  void Check(const Node& at, const pb::Table& table, const pb::Check& check) {
    Text(at, "name", check.name());
    Regex(at, "total", check.total());
    OptionalRegex(at, "parts", check.parts());
    const auto source = [&](const std::string& name) {
      for (const pb::Dimension& dimension : table.dimensions()) {
        if (dimension.name() == name) return dimension.source_case();
      }
      return pb::Dimension::SOURCE_NOT_SET;
    };
    switch (source(check.dimension())) {
      case pb::Dimension::kDirectly:
      case pb::Dimension::kClosest:
      case pb::Dimension::kWithin:
        break;
      default:
        Add(at, "dimension", -1,
            "'" + check.dimension() +
                "' is no dimension whose labels stand in cells, so this check "
                "is never reached");
    }
    for (int i = 0; i < check.across_size(); ++i) {
      if (source(check.across(i)) == pb::Dimension::SOURCE_NOT_SET ||
          check.across(i) == check.dimension()) {
        Add(at, "across", i, "is no other dimension");
      }
    }
  }

  void Claim(const Node& at, const pb::Claim& claim) {
    AnchorName(at, claim.anchor(), Use::kClaim);
    Offset(at, "dy", claim.dy());
    Offset(at, "dx", claim.dx());
    Text(at, "reason", claim.reason());
    OptionalRegex(at, "regex", claim.regex());
    if (claim.anchor().empty() && claim.regex().empty()) {
      Add(at, "regex", -1, "a claim names an anchor, a regex or both");
    }
  }

  std::map<std::string, Pattern>* patterns_;
  std::vector<Problem> problems_;
  // Of the table.
  std::map<std::string, const pb::Anchor*> anchors_;
};

}  // namespace

std::vector<Problem> LintDefaults(const pb::Recipe& recipe,
                                  const TextFormat::ParseInfoTree& places,
                                  std::map<std::string, Pattern>* patterns) {
  if (!recipe.has_defaults()) return {};
  Linter linter(patterns);
  linter.Defaults(Node(recipe, &places).Down("defaults"), recipe.defaults());
  return linter.Take();
}

std::vector<Problem> Lint(const pb::Recipe& recipe,
                          const TextFormat::ParseInfoTree& places,
                          std::map<std::string, Pattern>* patterns) {
  Linter linter(patterns);
  linter.Recipe(Node(recipe, &places), recipe);
  return linter.Take();
}

}  // namespace collate::foi_spreadsheet
