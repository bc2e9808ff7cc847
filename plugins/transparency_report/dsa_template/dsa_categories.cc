// Sections 3 to 6 of the template. Which category a keyword belongs to is said
// by the order of the rows alone.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/dsa_template/dsa_sections.h"
#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {
namespace {

using sdk::Observation;
using sdk::Severity;
using tabular::OkStatus;
using tabular::Status;

constexpr std::string_view kCategoryPrefix = "STATEMENT_CATEGORY_";
constexpr std::string_view kKeywordPrefix = "KEYWORD_";
constexpr char kTotalCode[] = "TOTAL";
constexpr char kMinors[] = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS";
constexpr char kGrooming[] = "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS";
constexpr char kDescription[] = "description of the sub-category \"other\"";
// What the template itself puts there.
constexpr char kPlaceholder[] = "text to detail the \"other\" keyword.";
constexpr char kContext[] = "contextual information on ";
constexpr char kUnion[] = "EU";

const char* CategoryColumn(DsaSection section) {
  return section == DsaSection::kOwnInitiativeTerms
             ? "category of incompatibility with the provider's terms and "
               "conditions"
             : "category of illegal content";
}

const DsaColumn* FindFigures(DsaSection section, std::string_view name) {
  for (const DsaColumn& column : DsaColumns(section)) {
    for (const char* spelling : column.names) {
      if (name == spelling) return &column;
    }
  }
  return nullptr;
}

bool IsKnown(DsaSection section, const std::string& name) {
  if (name.rfind(kContext, 0) == 0) {
    return FindFigures(section, name.substr(sizeof kContext - 1)) != nullptr;
  }
  return name == "applicability" || name == "service" ||
         name == "reporting period" || name == kDescription ||
         name == CategoryColumn(section) ||
         (name == "scope" && section == DsaSection::kOrders) ||
         FindFigures(section, name) != nullptr;
}

struct Figures {
  const DsaColumn* is = nullptr;
  uint32_t column = 0;
  uint32_t context = 0;  // of its contextual information, 0 for none
};

struct Row {
  const HeldRow* held = nullptr;
  Observation start;
  std::string geography;
  std::string code;
  std::string category;  // "" for the total
  std::string description;
  bool is_keyword = false;
  bool again = false;  // one keyword stands several times in its category
};

// Rows of one service, period and scope.
using Group = std::tuple<std::string, int32_t, int32_t, std::string>;

class Reader {
 public:
  Reader(const DsaPlace& place, DsaSection section, DsaDraft* draft)
      : place_(place), section_(section), draft_(*draft) {}

  Status Read() {
    COLLATE_TABULAR_RETURN_IF_ERROR(columns_.Find(place_, &IsKnown, section_));
    FindFigureColumns();
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadRows());
    for (const Row& row : rows_) {
      COLLATE_TABULAR_RETURN_IF_ERROR(Draft(row));
    }
    AddUnclassified();
    CheckTotals();
    return OkStatus();
  }

 private:
  Status Fault(const char* reason, const char* message, const char* expected,
               uint32_t column, const HeldRow& row) const {
    return Status(
        DsaFault(place_, reason, message, expected, row.Find(column), row));
  }

  void FindFigureColumns() {
    const HeldRow& header = (*place_.rows)[place_.header];
    for (const HeldCell& cell : header.cells) {
      const std::string name = DsaName(cell.text);
      const DsaColumn* is = FindFigures(section_, name);
      if (is == nullptr) continue;
      figures_.push_back(
          {is, cell.locator.column, columns_.Of(kContext + name)});
    }
  }

  Group GroupOf(const Row& row) const {
    return {row.start.dimensions[0].second, row.start.period.begin,
            row.start.period.end, row.geography};
  }

  Status ReadRows() {
    const uint32_t code_column = columns_.Of(CategoryColumn(section_));
    std::map<Group, std::string> category;
    std::map<std::tuple<Group, std::string, std::string>, size_t> first;
    for (size_t r = place_.header + 1; r < place_.end; ++r) {
      const HeldRow& held = (*place_.rows)[r];
      if (held.IsBlank()) continue;
      Row row{.held = &held};
      COLLATE_TABULAR_RETURN_IF_ERROR(
          StartDsaRow(place_, columns_, held, &row.start));
      row.geography = kUnion;
      if (section_ == DsaSection::kOrders) {
        const uint32_t scope = columns_.Of("scope");
        if (held.Text(scope).empty()) {
          return Fault("NO_SCOPE", "a row without a scope",
                       "TOTAL, or a member state", scope, held);
        }
        if (held.Text(scope) != kTotalCode) row.geography = held.Text(scope);
      }
      row.code = std::string(held.Text(code_column));
      row.description = std::string(held.Text(columns_.Of(kDescription)));
      if (DsaName(row.description) == kPlaceholder) row.description.clear();
      const Group group = GroupOf(row);
      const std::string_view code = row.code;
      row.is_keyword = code.substr(0, kKeywordPrefix.size()) == kKeywordPrefix;
      if (code == kTotalCode) {
        category[group].clear();
      } else if (code.substr(0, kCategoryPrefix.size()) == kCategoryPrefix) {
        category[group] = row.code;
      } else if (!row.is_keyword) {
        return Fault(
            "UNKNOWN_CODE", "neither a total nor a category nor a keyword",
            "TOTAL, STATEMENT_CATEGORY_... or KEYWORD_...", code_column, held);
      } else if (category[group].empty()) {
        return Fault("KEYWORD_WITHOUT_CATEGORY",
                     "a keyword above which no category stands",
                     "a STATEMENT_CATEGORY_... in a row above", code_column,
                     held);
      }
      row.category = category[group];
      if (row.is_keyword) {
        const auto [at, is_new] =
            first.try_emplace({group, row.category, row.code}, rows_.size());
        if (!is_new) rows_[at->second].again = row.again = true;
      }
      rows_.push_back(std::move(row));
    }
    return OkStatus();
  }

  Observation StartCell(const Row& row, const Figures& figures) const {
    Observation out = row.start;
    out.dimensions.emplace_back("geography", row.geography);
    if (row.category.empty()) {
      out.level = sdk::Level::kTotal;
      out.level_axis = "harm";
    } else {
      out.dimensions.emplace_back("harm", row.category);
    }
    if (figures.is->axis != nullptr) {
      const HeldCell* header = columns_.HeaderOf(figures.column);
      out.dimensions.emplace_back(figures.is->axis,
                                  figures.is->label != nullptr
                                      ? figures.is->label
                                      : std::string(header->Trimmed()));
    }
    out.headers.push_back(tabular::ToSdk(
        columns_.HeaderOf(figures.column)->locator, place_.sheet));
    return out;
  }

  // "Other" rows of one category are told apart by their description alone.
  static std::string KeywordOf(const Row& row) {
    return row.again && !row.description.empty()
               ? row.code + ": " + row.description
               : row.code;
  }

  Status Draft(const Row& row) {
    for (const Figures& figures : figures_) {
      Observation out = StartCell(row, figures);
      if (row.is_keyword) {
        out.dimensions.emplace_back("dsa_keyword", KeywordOf(row));
      }
      const HeldCell* cell = row.held->Find(figures.column);
      COLLATE_TABULAR_RETURN_IF_ERROR(
          SetDsaFigure(place_, figures.is->measure, cell, *row.held, &out));
      if (!row.description.empty() && !row.again) {
        out.notes.push_back(row.description);
      }
      const std::string_view context = row.held->Text(figures.context);
      if (!context.empty()) out.notes.emplace_back(context);
      out.locator = cell != nullptr
                        ? tabular::ToSdk(cell->locator, place_.sheet)
                        : tabular::ToSdk(row.held->locator, place_.sheet);
      out.locator.column = figures.column;
      // A blank is a cell only where the file has one.
      if (cell != nullptr && !cell->IsBlank()) ++draft_.observed_cells;
      if (row.code == kGrooming && row.category == kMinors &&
          IsStructural(row)) {
        out.state = sdk::State::kIncludedElsewhere;
        out.value.reset();
        out.reason = kNotClassified;
      }
      draft_.rows.emplace_back(figures.is->measure, std::move(out));
    }
    return OkStatus();
  }

  static constexpr char kNotClassified[] =
      "not separately classified: the service has cases of minors and says of "
      "none that it is grooming";

  // The number of the section's first measure; nothing for a blank.
  std::optional<int64_t> Main(const Row& row) const {
    if (figures_.empty()) return std::nullopt;
    const HeldCell* cell = row.held->Find(figures_[0].column);
    Figure figure;
    int64_t whole = 0;
    if (cell == nullptr || !ParseFigure(cell->Number(), &figure).ok() ||
        figure.form != FigureForm::kNumber || !IsWhole(figure.lower, &whole)) {
      return std::nullopt;
    }
    return whole;
  }

  const Row* Minors(const Row& of) const {
    for (const Row& row : rows_) {
      if (row.code == kMinors && GroupOf(row) == GroupOf(of)) return &row;
    }
    return nullptr;
  }

  // Whether nothing, or a zero, is said of grooming although there are cases.
  bool IsStructural(const Row& grooming) const {
    const Row* minors = Minors(grooming);
    return minors != nullptr && Main(*minors).value_or(0) > 0 &&
           Main(grooming).value_or(0) == 0;
  }

  // A service with cases of minors that has no row for grooming.
  void AddUnclassified() {
    for (const Row& minors : rows_) {
      if (minors.code != kMinors || Main(minors).value_or(0) <= 0) continue;
      bool has_row = false;
      for (const Row& row : rows_) {
        has_row |= row.code == kGrooming && row.category == kMinors &&
                   GroupOf(row) == GroupOf(minors);
      }
      if (has_row) continue;
      for (const Figures& figures : figures_) {
        const HeldCell* cell = minors.held->Find(figures.column);
        if (cell == nullptr || cell->IsBlank()) continue;
        Observation out = StartCell(minors, figures);
        out.dimensions.emplace_back("dsa_keyword", kGrooming);
        out.state = sdk::State::kIncludedElsewhere;
        out.reason = kNotClassified;
        out.locator = tabular::ToSdk(cell->locator, place_.sheet);
        draft_.rows.emplace_back(figures.is->measure, std::move(out));
      }
    }
  }

  // Each count's total against its categories; keywords are another level.
  void CheckTotals() {
    struct Sum {
      int64_t sum = 0;
      bool blanks = false;
      bool repeated = false;  // a row stands twice: which is the one?
      std::set<std::string> codes;
      std::optional<size_t> total;  // of draft_.rows
    };
    std::map<std::pair<Group, uint32_t>, Sum> sums;
    size_t at = 0;
    for (const Row& row : rows_) {
      for (const Figures& figures : figures_) {
        const Observation& out = draft_.rows[at].second;
        const size_t index = at++;
        if (figures.is->measure.aggregation != sdk::Aggregation::kSum ||
            row.is_keyword) {
          continue;
        }
        Sum& sum = sums[{GroupOf(row), figures.column}];
        sum.repeated |= !sum.codes.insert(row.code).second;
        int64_t whole = 0;
        if (!out.value.has_value() || !IsWhole(*out.value, &whole)) {
          sum.blanks |= !row.category.empty();
        } else if (row.category.empty()) {
          sum.total = index;
        } else {
          sum.blanks |= __builtin_add_overflow(sum.sum, whole, &sum.sum);
        }
      }
    }
    for (const auto& [key, sum] : sums) {
      if (!sum.total.has_value() || sum.repeated || sum.codes.size() < 2) {
        continue;
      }
      Observation& total = draft_.rows[*sum.total].second;
      int64_t printed = 0;
      IsWhole(*total.value, &printed);
      if (sum.blanks ? sum.sum <= printed : sum.sum == printed) continue;
      total.flags |= COLLATE_FLAG_TOTAL_MISMATCH;
      draft_.diagnostics.push_back(
          {.severity = Severity::kWarning,
           .reason = "TOTAL_MISMATCH",
           .message = "a printed total is not the sum of its categories; all "
                      "are kept as printed",
           .expected = std::to_string(sum.sum),
           .found = total.raw,
           .locator = total.locator});
    }
  }

  const DsaPlace& place_;
  const DsaSection section_;
  DsaDraft& draft_;
  DsaColumnsFound columns_;
  std::vector<Figures> figures_;
  std::vector<Row> rows_;
};

}  // namespace

Status ReadDsaCategories(const DsaPlace& place, DsaSection section,
                         DsaDraft* draft) {
  return Reader(place, section, draft).Read();
}

}  // namespace collate::transparency_report
