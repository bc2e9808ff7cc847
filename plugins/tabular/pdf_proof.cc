#include "plugins/tabular/pdf_proof.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "plugins/tabular/number.h"

namespace collate::tabular {
namespace {

// So that no sum of them overflows 128 bits.
constexpr int64_t kLargestMantissa = 1'000'000'000'000'000;
constexpr int64_t kLargestScale = 6;

constexpr std::array kTotalWords = {"total", "totals", "sum", "overall"};
constexpr std::array kBoundWords = {"fewer", "less", "than", "or",   "under",
                                    "up",    "to",   "at",   "most", "below"};

// ASCII words in lower case; everything else parts them.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = byte >= 0x80 || std::isalnum(byte) != 0;
    if (letter && !open) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(byte));
    open = letter;
  }
  return words;
}

template <size_t n>
bool IsOneOf(const std::string& word, const std::array<const char*, n>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool HasDigit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

using Wide = __int128;

// In millionths.
std::optional<Wide> NumberOf(const std::string& text) {
  Decimal number;
  if (!ParseDecimal(text, &number).ok() || number.scale > kLargestScale ||
      number.mantissa > kLargestMantissa ||
      number.mantissa < -kLargestMantissa) {
    return std::nullopt;
  }
  Wide value = number.mantissa;
  for (int64_t i = number.scale; i < kLargestScale; ++i) value *= 10;
  return value;
}

std::string Digits(Wide value) {
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string digits;
  for (; value > 0 || digits.size() <= kLargestScale; value /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + value % 10));
  }
  std::string fraction = digits.substr(digits.size() - kLargestScale);
  digits.resize(digits.size() - kLargestScale);
  fraction.resize(fraction.find_last_not_of('0') + 1);
  return (negative ? "-" : "") + digits +
         (fraction.empty() ? "" : "." + fraction);
}

Status Refuse(const char* reason, std::string message, std::string expected,
              std::string found, size_t row, size_t column) {
  Error error{.reason = reason,
              .message = std::move(message),
              .expected = std::move(expected),
              .found = std::move(found)};
  error.locator.row = static_cast<uint32_t>(row);
  error.locator.column = static_cast<uint32_t>(column);
  return Status(std::move(error));
}

class Proof {
 public:
  explicit Proof(const PdfGrid& grid) : grid_(grid) {}

  Status Run() {
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadNumbers());
    std::optional<size_t> total_row, total_column;
    COLLATE_TABULAR_RETURN_IF_ERROR(FindTotalRow(&total_row));
    COLLATE_TABULAR_RETURN_IF_ERROR(FindTotalColumn(&total_column));
    if (total_row.has_value()) {
      for (size_t column = stub_; column < grid_.columns; ++column) {
        std::vector<Place> parts;
        for (const size_t row : rows_) {
          if (row != *total_row) parts.push_back({row, column});
        }
        COLLATE_TABULAR_RETURN_IF_ERROR(Check(parts, {*total_row, column}));
      }
    }
    if (total_column.has_value()) {
      for (const size_t row : rows_) {
        std::vector<Place> parts;
        for (size_t column = stub_; column < grid_.columns; ++column) {
          if (column != *total_column) parts.push_back({row, column});
        }
        COLLATE_TABULAR_RETURN_IF_ERROR(Check(parts, {row, *total_column}));
      }
    }
    for (const size_t row : rows_) {
      for (size_t column = stub_; column < grid_.columns; ++column) {
        if (!IsToBeProven({row, column}) || proven_[row][column]) continue;
        return Refuse("PDF_CELL_UNPROVEN",
                      "no total without an unknown part proves this place",
                      "a row or a column that adds up to its printed total",
                      Printable(grid_.rows[row][column]), row + 1, column + 1);
      }
    }
    return OkStatus();
  }

 private:
  struct Place {
    size_t row;
    size_t column;
  };

  const std::optional<Wide>& At(Place place) const {
    return numbers_[place.row][place.column];
  }

  bool IsBlank(Place place) const {
    return Trim(grid_.rows[place.row][place.column]).empty();
  }
  // Figures, and blanks among them.
  bool IsToBeProven(Place place) const {
    return At(place).has_value() ||
           (IsBlank(place) && figures_in_[place.column] > 0);
  }

  Status ReadNumbers() {
    numbers_.assign(grid_.rows.size(),
                    std::vector<std::optional<Wide>>(grid_.columns));
    proven_.assign(grid_.rows.size(), std::vector<bool>(grid_.columns));
    for (size_t row = 0; row < grid_.rows.size(); ++row) {
      if (!grid_.data[row]) continue;
      for (size_t column = 1; column < grid_.columns; ++column) {
        numbers_[row][column] = NumberOf(grid_.rows[row][column]);
      }
    }
    // Labels go on as long as no figure stands in a column.
    stub_ = 1;
    while (stub_ < grid_.columns && CountIn(stub_) == 0) ++stub_;
    for (size_t row = 0; row < grid_.rows.size(); ++row) {
      if (!grid_.data[row]) continue;
      bool any = false;
      for (size_t column = stub_; column < grid_.columns; ++column) {
        const std::string& text = grid_.rows[row][column];
        any = any || At({row, column}).has_value();
        if (At({row, column}).has_value() || IsPdfMarker(text)) continue;
        return Refuse("PDF_CELL_UNREADABLE",
                      "among figures, neither a figure nor a marker",
                      "a figure, a marker without digits, or a bound such as "
                      "<5",
                      Printable(text), row + 1, column + 1);
      }
      // A row of markers alone is one of the table, too.
      rows_.push_back(row);
      rows_with_figures_ += any;
    }
    figures_in_.resize(grid_.columns);
    for (size_t column = stub_; column < grid_.columns; ++column) {
      figures_in_[column] = CountIn(column);
      columns_with_figures_ += figures_in_[column] > 0;
    }
    return OkStatus();
  }

  size_t CountIn(size_t column) const {
    size_t count = 0;
    for (const auto& row : numbers_) count += row[column].has_value();
    return count;
  }

  std::string LabelOf(size_t row) const {
    std::string label;
    for (size_t column = 0; column < stub_; ++column) {
      label += grid_.rows[row][column] + " ";
    }
    return label;
  }

  Status FindTotalRow(std::optional<size_t>* total) const {
    if (rows_with_figures_ < 2) return OkStatus();
    for (const size_t row : rows_) {
      if (!IsTotalLabel(LabelOf(row))) continue;
      if (total->has_value()) {
        return Refuse("PDF_TOTALS_UNCLEAR",
                      "a second row is labelled as a total",
                      "one row of totals", Printable(LabelOf(row)), row + 1, 0);
      }
      *total = row;
    }
    if (total->has_value()) return OkStatus();
    return Refuse("PDF_TOTALS_MISSING", "no row is labelled as a total",
                  "a row of totals, which proves the columns", "", 0, 0);
  }

  Status FindTotalColumn(std::optional<size_t>* total) const {
    if (columns_with_figures_ < 2) return OkStatus();
    for (size_t column = stub_; column < grid_.columns; ++column) {
      const std::vector<std::string>& over = grid_.headings[column];
      if (std::none_of(over.begin(), over.end(), IsTotalLabel)) continue;
      if (total->has_value()) {
        return Refuse("PDF_TOTALS_UNCLEAR",
                      "a second column is headed as a total",
                      "one column of totals", "", 0, column + 1);
      }
      *total = column;
    }
    if (total->has_value()) return OkStatus();
    return Refuse("PDF_TOTALS_MISSING", "no column is headed as a total",
                  "a column of totals, which proves the rows", "", 0, 0);
  }

  Status Check(const std::vector<Place>& parts, Place total) {
    Wide sum = 0;
    bool known = true, negative = false, any = false;
    for (const Place part : parts) {
      if (!At(part).has_value()) {
        known = known && IsBlank(part);
        continue;
      }
      any = true;
      sum += *At(part);
      negative = negative || *At(part) < 0;
    }
    if (!At(total).has_value()) {
      if (!any || !IsBlank(total)) return OkStatus();
      return Refuse("PDF_TOTALS_MISSING", "figures have no total",
                    "a total, or a marker in its place", "", total.row + 1,
                    total.column + 1);
    }
    if (any && sum == *At(total)) {
      for (const Place part : parts) proven_[part.row][part.column] = true;
      proven_[total.row][total.column] = true;
      return OkStatus();
    }
    if (!known && (negative || sum <= *At(total))) return OkStatus();
    return Refuse("PDF_TOTAL_WRONG",
                  "the figures do not add up to the printed total",
                  Digits(sum) + (known ? "" : " or more, parts are unknown"),
                  Digits(*At(total)), total.row + 1, total.column + 1);
  }

  const PdfGrid& grid_;
  size_t stub_ = 1;                 // columns of labels
  std::vector<size_t> rows_;        // of data
  std::vector<size_t> figures_in_;  // each column
  size_t rows_with_figures_ = 0;
  size_t columns_with_figures_ = 0;
  std::vector<std::vector<std::optional<Wide>>> numbers_;
  std::vector<std::vector<bool>> proven_;
};

}  // namespace

bool IsPdfNumber(const std::string& text) { return NumberOf(text).has_value(); }

bool IsPdfMarker(const std::string& text) {
  if (!HasDigit(text)) return true;
  std::string_view rest = Trim(text);
  for (const std::string_view sign : {"<", "\u2264"}) {
    if (rest.substr(0, sign.size()) != sign) continue;
    const std::string bound(Trim(rest.substr(sign.size())));
    return IsPdfNumber(bound);
  }
  size_t numbers = 0, words = 0;
  for (const std::string& word : WordsOf(text)) {
    if (IsPdfNumber(word)) {
      ++numbers;
    } else if (IsOneOf(word, kBoundWords)) {
      ++words;
    } else {
      return false;
    }
  }
  return numbers == 1 && words >= 2;
}

bool IsTotalLabel(const std::string& label) {
  const std::vector<std::string> words = WordsOf(label);
  if (words.size() == 1 && words[0] == "all") return true;
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return IsOneOf(word, kTotalWords);
  });
}

Status ProvePdfGrid(const PdfGrid& grid) { return Proof(grid).Run(); }

}  // namespace collate::tabular
