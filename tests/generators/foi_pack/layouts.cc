#include "tests/generators/foi_pack/layouts.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "tests/generators/foi_pack/formats.h"
#include "tests/generators/foi_pack/sheet.h"

namespace collate::foi_pack {
namespace {

using Sheets = std::vector<Sheet>;

constexpr char kKnown[] =
    "Offences in which the method of communication is known";
constexpr const char* kSexes[] = {"Female", "Male", "Unknown"};
constexpr const char* kAges[] = {"11 and under", "12-15", "16 and over",
                                 "Unknown"};

Row Title(const Answer& answer) {
  return {
      Text("SYNTHETIC figures of " + answer.reporter + ": " + answer.offence)};
}

void Append(const std::vector<Row>& more, std::vector<Row>* rows) {
  rows->insert(rows->end(), more.begin(), more.end());
}

// ------------------------------------------------------------ Q1, offences

std::vector<Row> YearRows(const Answer& answer, size_t first, size_t last) {
  std::vector<Row> rows = {{Text("Year"), Text("Offences")}};
  for (size_t i = first; i < last; ++i) {
    const auto& [period, offences] = answer.offences[i];
    rows.push_back({Text(period), Number(offences)});
  }
  return rows;
}

// A list by year below `title` rows; its total is a formula.
std::vector<Row> YearList(const Answer& answer, size_t title = 1) {
  std::vector<Row> rows = YearRows(answer, 0, answer.offences.size());
  int64_t sum = 0;
  for (const auto& [period, offences] : answer.offences) sum += offences;
  Cell total = Number(sum);
  total.formula = "SUM(B" + std::to_string(title + 2) + ":B" +
                  std::to_string(title + 1 + answer.offences.size()) + ")";
  rows.push_back({Text("Total"), total});
  return rows;
}

// Two lists beside each other, with a blank column between them.
std::vector<Row> YearsBesideEachOther(const Answer& answer) {
  const size_t count = answer.offences.size();
  const size_t half = (count + 1) / 2;
  std::vector<Row> rows = YearRows(answer, 0, half);
  if (half == count) return rows;
  const std::vector<Row> right = YearRows(answer, half, count);
  for (size_t i = 0; i < right.size(); ++i) {
    rows[i].push_back(Text(""));
    rows[i].insert(rows[i].end(), right[i].begin(), right[i].end());
  }
  return rows;
}

// Behind each figure a column for its flag; the last but one was revised.
std::vector<Row> YearsWithFlags(const Answer& answer) {
  Row header = {Text("Recorded in")}, figures = {Text("Offences")};
  for (size_t i = 0; i < answer.offences.size(); ++i) {
    const auto& [period, offences] = answer.offences[i];
    header.push_back(Text(period));
    header.push_back(Text(""));
    figures.push_back(Number(offences));
    figures.push_back(Text(i + 2 == answer.offences.size() ? "R" : ""));
  }
  return {header, figures};
}

std::string InDays(const std::string& period) {
  const std::string year = period.substr(0, 4);
  return "1 April " + year + " to 31 March " +
         std::to_string(std::stoi(year) + 1);
}

std::vector<Row> DaysInHeader(const Answer& answer) {
  Row header = {Text("Recorded from")}, figures = {Text("Offences")};
  for (const auto& [period, offences] : answer.offences) {
    header.push_back(Text(InDays(period)));
    figures.push_back(Number(offences));
  }
  return {header, figures};
}

// Halves of each year and their sum, which prove each other in print.
std::vector<Row> YearsInHalves(const Answer& answer) {
  std::vector<Row> rows = {
      {Text("Year"), Text("Apr-Sep"), Text("Oct-Mar"), Text("Total")}};
  int64_t sums[3] = {};
  for (const auto& [period, offences] : answer.offences) {
    const int64_t halves[] = {offences * 45 / 100,
                              offences - offences * 45 / 100, offences};
    Row row = {Text(period)};
    for (int i = 0; i < 3; ++i) {
      row.push_back(Number(halves[i]));
      sums[i] += halves[i];
    }
    rows.push_back(row);
  }
  rows.push_back(
      {Text("Total"), Number(sums[0]), Number(sums[1]), Number(sums[2])});
  return rows;
}

// ---------------------------------------------------------- Q5, platforms

std::vector<Row> PlatformList(const Answer& answer) {
  std::vector<Row> rows = {{Text(kKnown), Number(answer.known)},
                           {},
                           {Text("Method of communication"),
                            Text("Times used, " + answer.last_period())}};
  for (const auto& [platform, uses] : answer.uses) {
    rows.push_back({Text(platform), Number(uses)});
  }
  return rows;
}

// ------------------------------------------------------------ Q2, victims

// One victim an offence: by sex, then by age.
std::vector<std::vector<int64_t>> Victims(const Answer& answer) {
  const std::vector<int64_t> parts =
      Apportion(answer.offences.back().second,
                {80, 620, 60, 30, 20, 120, 20, 10, 1, 20, 2, 17},
                std::vector<int64_t>(12, std::numeric_limits<int64_t>::max()));
  std::vector<std::vector<int64_t>> victims;
  for (size_t sex = 0; sex < 3; ++sex) {
    victims.emplace_back(
        parts.begin() + static_cast<std::ptrdiff_t>(sex) * 4,
        parts.begin() + static_cast<std::ptrdiff_t>(sex) * 4 + 4);
  }
  return victims;
}

std::string VictimsHeading(const Answer& answer) {
  return "Victims, " + answer.last_period();
}

std::vector<Row> VictimsWithTotals(const Answer& answer) {
  Row header = {Text(VictimsHeading(answer))};
  for (const char* age : kAges) header.push_back(Text(age));
  header.push_back(Text("Total"));
  std::vector<Row> rows = {header};
  const auto victims = Victims(answer);
  std::vector<int64_t> totals(5, 0);
  for (size_t sex = 0; sex < 3; ++sex) {
    Row row = {Text(kSexes[sex])};
    int64_t sum = 0;
    for (size_t age = 0; age < 4; ++age) {
      row.push_back(Number(victims[sex][age]));
      totals[age] += victims[sex][age];
      sum += victims[sex][age];
    }
    row.push_back(Number(sum));
    totals[4] += sum;
    rows.push_back(row);
  }
  Row last = {Text("Total")};
  for (const int64_t total : totals) last.push_back(Number(total));
  rows.push_back(last);
  return rows;
}

std::vector<Row> VictimsUnderSpanners(const Answer& answer) {
  Row sexes = {Text(VictimsHeading(answer))}, ages = {Text("")},
      figures = {Text("Number")};
  const auto victims = Victims(answer);
  for (size_t sex = 0; sex < 3; ++sex) {
    sexes.push_back(Text(kSexes[sex], 4));
    for (size_t age = 0; age < 4; ++age) {
      ages.push_back(Text(kAges[age]));
      figures.push_back(Number(victims[sex][age]));
    }
  }
  return {sexes, ages, figures};
}

// The sex is printed once, beside the first of its ages.
std::vector<Row> VictimsInStub(const Answer& answer) {
  std::vector<Row> rows = {
      {Text("Sex"), Text("Age"), Text(VictimsHeading(answer))}};
  const auto victims = Victims(answer);
  for (size_t sex = 0; sex < 3; ++sex) {
    for (size_t age = 0; age < 4; ++age) {
      rows.push_back({Text(age == 0 ? kSexes[sex] : ""), Text(kAges[age]),
                      Number(victims[sex][age])});
    }
  }
  return rows;
}

// ------------------------------------------------------------- whole files

Sheet Titled(const std::string& name, const Answer& answer,
             const std::vector<Row>& rows) {
  Sheet sheet{name, {Title(answer)}};
  Append(rows, &sheet.rows);
  return sheet;
}

// A sheet for each question.
Sheets PerQuestion(const Answer& answer, const std::vector<Row>& offences,
                   const std::vector<Row>& victims = {}) {
  Sheets sheets = {Titled("Q1", answer, offences)};
  if (!victims.empty()) sheets.push_back(Titled("Q2", answer, victims));
  sheets.push_back(Titled("Q5", answer, PlatformList(answer)));
  return sheets;
}

Sheets QuestionPerSheet(const Answer& answer) {
  Sheets sheets =
      PerQuestion(answer, YearList(answer), VictimsWithTotals(answer));
  Sheet summary = Titled("Summary", answer, {});
  summary.rows.push_back(
      {Text("Questions 1, 2 and 5 have sheets of their own")});
  summary.rows.push_back({Text("Offences in " + answer.last_period()),
                          Number(answer.offences.back().second)});
  sheets.insert(sheets.begin(), summary);
  return sheets;
}

Sheets OnOneSheet(const Answer& answer, const std::vector<Row>& offences) {
  Sheet sheet = Titled("Response", answer, offences);
  sheet.rows.push_back({});
  Append(PlatformList(answer), &sheet.rows);
  return {sheet};
}

Sheets Exported(const Answer& answer) {
  Sheet sheet = Titled("", answer, {});
  Append({{Text("Produced from the crime recording system")},
          {},
          {Text("Filters:")},
          {Text("Status: recorded, not cancelled")},
          {},
          {Text(""), Text("Offences (1)")}},
         &sheet.rows);
  for (const auto& [period, offences] : answer.offences) {
    sheet.rows.push_back({Text(period), Number(offences)});
  }
  sheet.rows.push_back({});
  Append(PlatformList(answer), &sheet.rows);
  Append({{}, {Text("(1) Offences are counted when they are recorded.")}},
         &sheet.rows);
  return {sheet};
}

Sheets LongSheets(const Answer& answer) {
  std::vector<Row> offences = {
      {Text("force"), Text("period"), Text("offences")}};
  for (const auto& [period, count] : answer.offences) {
    offences.push_back({Text(answer.reporter), Text(period), Number(count)});
  }
  std::vector<Row> uses = {
      {Text("force"), Text("period"), Text("platform"), Text("uses")}};
  for (const auto& [platform, count] : answer.uses) {
    uses.push_back({Text(answer.reporter), Text(answer.last_period()),
                    Text(platform), Number(count)});
  }
  return {Titled("offences", answer, offences),
          Titled("known", answer,
                 {{Text("force"), Text("period"), Text("offences_known")},
                  {Text(answer.reporter), Text(answer.last_period()),
                   Number(answer.known)}}),
          Titled("uses", answer, uses)};
}

// What somebody typed from a letter: each figure with its page and sentence.
Sheets Keyed(const Answer& answer) {
  Sheet sheet = Titled("", answer, {});
  int sentence = 0;
  const auto add = [&](const std::string& label, int64_t count) {
    sheet.rows.push_back({Text(label), Number(count), Text("page 1"),
                          Text("sentence " + std::to_string(++sentence))});
  };
  sheet.rows.push_back({Text("Year"), Text("Offences")});
  for (const auto& [period, offences] : answer.offences) add(period, offences);
  sheet.rows.push_back({});
  add(kKnown, answer.known);
  sheet.rows.push_back({});
  sheet.rows.push_back({Text("Method of communication"),
                        Text("Times used, " + answer.last_period())});
  for (const auto& [platform, uses] : answer.uses) add(platform, uses);
  return {sheet};
}

std::string LetterOf(const Answer& answer) {
  std::vector<std::string> lines = {"SYNTHETIC letter of " + answer.reporter};
  for (const auto& [period, offences] : answer.offences) {
    lines.push_back("There have been " + std::to_string(offences) +
                    " offences recorded in " + period + ".");
  }
  lines.push_back("The method of communication is known in " +
                  std::to_string(answer.known) + " of the last year's.");
  for (const auto& [platform, uses] : answer.uses) {
    lines.push_back(platform + " was used " + std::to_string(uses) + " times.");
  }
  return WriteLetter(lines);
}

}  // namespace

AnswerFiles LayOut(const Answer& answer, const std::string& layout,
                   const std::string& format) {
  AnswerFiles out;
  const auto add = [&](const std::string& recipe,
                       const std::string& file_format, const Sheets& sheets,
                       const std::string& suffix = "") {
    out.files.push_back({suffix + "." + file_format,
                         WriteFile(file_format, sheets), "foi_pack_" + recipe});
  };
  switch (layout.size() == 1 ? layout[0] : '\0') {
    case 'A':
      add("a_list", format, PerQuestion(answer, YearList(answer)));
      return out;
    case 'B':
      out.has_victims = true;
      add("b_crosstab", format,
          PerQuestion(answer, YearList(answer), VictimsWithTotals(answer)));
      return out;
    case 'C':
      out.has_victims = true;
      add("c_spanner", format,
          PerQuestion(answer, YearList(answer), VictimsUnderSpanners(answer)));
      return out;
    case 'D':
      out.has_victims = true;
      add("d_stub", format,
          PerQuestion(answer, YearList(answer), VictimsInStub(answer)));
      return out;
    case 'E':
      add("e_beside", format,
          PerQuestion(answer, YearsBesideEachOther(answer)));
      return out;
    case 'F':
      add("f_stacked", format, OnOneSheet(answer, YearList(answer)));
      return out;
    case 'G':
      add("g_flags", format, PerQuestion(answer, YearsWithFlags(answer)));
      return out;
    case 'H':
      out.has_victims = true;
      add("h_questions", format, QuestionPerSheet(answer));
      return out;
    case 'I':
      add("i_days", format, OnOneSheet(answer, DaysInHeader(answer)));
      return out;
    case 'J':
      add("j_export", format, Exported(answer));
      return out;
    case 'K':
      add("k_long", format, LongSheets(answer));
      return out;
    case 'L':
      out.keyed = true;
      add("l_keyed", format, Keyed(answer));
      out.files.push_back({" letter.pdf", LetterOf(answer), ""});
      return out;
    case 'P':
      add("p_printed", format, {Titled("", answer, YearsInHalves(answer))});
      add("p_platforms", "csv", {Titled("", answer, PlatformList(answer))},
          " platforms");
      return out;
  }
  std::fprintf(stderr, "foi_pack: no layout '%s'\n", layout.c_str());
  std::exit(1);
}

}  // namespace collate::foi_pack
