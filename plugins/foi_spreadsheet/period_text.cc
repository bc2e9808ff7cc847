#include "plugins/foi_spreadsheet/period_text.h"

#include <cstdint>
#include <string>

namespace collate::foi_spreadsheet {
namespace {

namespace pb = ::collate::recipe::v1;
using sdk::DayNumber;
using sdk::FirstOfMonth;
using sdk::Period;
using sdk::PeriodKind;

struct Date {
  int year = 0;  // 0: not said
  int month = 0;
  int day = 0;
};

// A text in lower case, read from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    for (const char c : text) {
      text_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }

  bool AtEnd() const { return at_ == text_.size(); }
  void Space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(std::string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  // Between `least` and `most` digits.
  bool Number(size_t least, size_t most, int* out) {
    size_t n = 0;
    int value = 0;
    while (n < most && at_ + n < text_.size() && text_[at_ + n] >= '0' &&
           text_[at_ + n] <= '9') {
      value = value * 10 + (text_[at_ + n++] - '0');
    }
    const bool more = at_ + n < text_.size() && text_[at_ + n] >= '0' &&
                      text_[at_ + n] <= '9';
    if (n < least || more) return false;
    at_ += n;
    *out = value;
    return true;
  }
  bool Month(int* out) {
    static constexpr std::string_view kMonths[] = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    for (int i = 0; i < 12; ++i) {
      if (Take(kMonths[i]) || Take(kMonths[i].substr(0, 3))) {
        *out = i + 1;
        return true;
      }
    }
    return false;
  }
  // "to", "-", an en dash.
  bool To() {
    Space();
    const bool found = Take("to ") || Take("-") || Take("\xE2\x80\x93");
    Space();
    return found;
  }

 private:
  std::string text_;
  size_t at_ = 0;
};

// "1 April 2017", "30th Nov 2016", "01/04/2022"; the year may be missing from
// the first of two.
bool ReadDate(Reader& in, bool need_year, Date* out) {
  if (!in.Number(1, 2, &out->day)) return false;
  if (in.Take("/")) {
    return in.Number(1, 2, &out->month) && in.Take("/") &&
           in.Number(4, 4, &out->year);
  }
  if (!in.Take("st") && !in.Take("nd") && !in.Take("rd")) in.Take("th");
  in.Space();
  if (!in.Month(&out->month)) return false;
  Reader trial = in;
  trial.Space();
  if (trial.Number(4, 4, &out->year)) {
    in = trial;
    return true;
  }
  return !need_year;
}

PeriodKind KindOf(int32_t begin, int32_t end, int year, int month) {
  const auto is = [&](int y, int m, int months) {
    return FirstOfMonth(y, m) == begin && FirstOfMonth(y, m + months) == end;
  };
  if (is(year, 4, 12)) return PeriodKind::kFinancialYear;
  if (is(year, 1, 12)) return PeriodKind::kCalendarYear;
  if (is(year, month, 12)) return PeriodKind::kRollingYear;
  if (month % 3 == 1 && is(year, month, 3)) return PeriodKind::kCalendarQuarter;
  if (is(year, month, 1)) return PeriodKind::kMonth;
  return PeriodKind::kInterval;
}

std::optional<Period> Between(std::optional<int32_t> begin,
                              std::optional<int32_t> end, int year, int month) {
  if (!begin || !end || *begin >= *end) return std::nullopt;
  return Period{*begin, *end, KindOf(*begin, *end, year, month), ""};
}

std::optional<Period> Months(int year, int month, int count) {
  return Between(FirstOfMonth(year, month), FirstOfMonth(year, month + count),
                 year, month);
}

std::optional<int32_t> DayAfter(const Date& date) {
  const auto day = DayNumber(date.year, date.month, date.day);
  if (!day) return std::nullopt;
  return *day + 1;
}

std::optional<Period> SplitYear(Reader in, int first_month, bool two_digits) {
  int year = 0;
  int second = 0;
  if (two_digits) {
    if (!in.Number(2, 2, &year) || !in.Take("/") || !in.Number(2, 2, &second) ||
        !in.AtEnd() || second != (year + 1) % 100) {
      return std::nullopt;
    }
    return Months(2000 + year, first_month, 12);
  }
  if (!in.Number(4, 4, &year) || !(in.Take("/") || in.Take("-"))) {
    return std::nullopt;
  }
  Reader trial = in;
  const bool full = trial.Number(4, 4, &second) && second == year + 1;
  if (full) {
    in = trial;
  } else if (!in.Number(2, 2, &second) || second != (year + 1) % 100) {
    return std::nullopt;
  }
  return in.AtEnd() ? Months(year, first_month, 12) : std::nullopt;
}

std::optional<Period> Days(Reader in) {
  Date first;
  Date last;
  if (!ReadDate(in, /*need_year=*/false, &first) || !in.To() ||
      !ReadDate(in, /*need_year=*/true, &last) || !in.AtEnd()) {
    return std::nullopt;
  }
  if (first.year == 0) first.year = last.year;
  return Between(DayNumber(first.year, first.month, first.day), DayAfter(last),
                 first.year, first.month);
}

std::optional<Period> WholeMonths(Reader in) {
  Date first;
  Date last;
  if (!in.Month(&first.month)) return std::nullopt;
  in.Space();
  const bool has_year = in.Number(4, 4, &first.year);
  if (has_year && in.AtEnd()) return Months(first.year, first.month, 1);
  if (!in.To() || !in.Month(&last.month)) return std::nullopt;
  in.Space();
  if (!in.Number(4, 4, &last.year) || !in.AtEnd()) return std::nullopt;
  if (!has_year) first.year = last.year;
  return Between(FirstOfMonth(first.year, first.month),
                 FirstOfMonth(last.year, last.month + 1), first.year,
                 first.month);
}

std::optional<Period> YearEnding(Reader in) {
  Date last;
  if (!in.Take("year ending ") || !ReadDate(in, /*need_year=*/true, &last) ||
      !in.AtEnd()) {
    return std::nullopt;
  }
  const auto end = DayAfter(last);
  // Only a year of whole months has a first day that nobody has to guess.
  if (end != FirstOfMonth(last.year, last.month + 1)) return std::nullopt;
  return Months(last.year - 1, last.month + 1, 12).has_value()
             ? Between(FirstOfMonth(last.year - 1, last.month + 1), end,
                       last.month == 12 ? last.year : last.year - 1,
                       last.month % 12 + 1)
             : std::nullopt;
}

}  // namespace

std::optional<Period> ReadPeriod(pb::PeriodForm form, std::string_view text) {
  const Reader in(text);
  std::optional<Period> out;
  switch (form) {
    case pb::PERIOD_FORM_FINANCIAL_YEAR:
      out = SplitYear(in, 4, /*two_digits=*/false);
      break;
    case pb::PERIOD_FORM_FINANCIAL_YEAR_TWO_DIGITS:
      out = SplitYear(in, 4, /*two_digits=*/true);
      break;
    case pb::PERIOD_FORM_CALENDAR_YEAR: {
      Reader year = in;
      int number = 0;
      if (year.Number(4, 4, &number) && year.AtEnd()) {
        out = Months(number, 1, 12);
      }
      break;
    }
    case pb::PERIOD_FORM_DAYS:
      out = Days(in);
      break;
    case pb::PERIOD_FORM_MONTHS:
      out = WholeMonths(in);
      break;
    case pb::PERIOD_FORM_YEAR_ENDING:
      out = YearEnding(in);
      break;
    case pb::PERIOD_FORM_SCHOOL_YEAR:
      out = SplitYear(in, 9, /*two_digits=*/false);
      break;
    default:
      break;
  }
  if (out.has_value()) out->text = std::string(text);
  return out;
}

}  // namespace collate::foi_spreadsheet
