#include "plugins/transparency_report/dsa_statements/layout.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace collate::transparency_report::dsa {
namespace {

using tabular::Error;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

constexpr std::string_view kFirst = "uuid";
constexpr std::string_view kSecond = "decision_visibility";

// By Column.
constexpr std::string_view kRead[kColumnCount] = {
    "decision_visibility",    "decision_monetary", "decision_provision",
    "decision_account",       "category",          "category_addition",
    "category_specification", "source_type",       "automated_detection",
    "automated_decision",     "platform_name",     "created_at"};

// What else the exports have: schema 1 without, schema 2 with
// content_id_ean; the light ones without the long texts.
constexpr std::string_view kKnown[] = {"decision_visibility_other",
                                       "end_date_visibility_restriction",
                                       "decision_monetary_other",
                                       "end_date_monetary_restriction",
                                       "end_date_service_restriction",
                                       "end_date_account_restriction",
                                       "account_type",
                                       "decision_ground",
                                       "decision_ground_reference_url",
                                       "illegal_content_legal_ground",
                                       "illegal_content_explanation",
                                       "incompatible_content_ground",
                                       "incompatible_content_explanation",
                                       "incompatible_content_illegal",
                                       "category_specification_other",
                                       "content_type",
                                       "content_type_other",
                                       "content_language",
                                       "content_date",
                                       "content_id_ean",
                                       "territorial_scope",
                                       "application_date",
                                       "decision_facts",
                                       "source_identity",
                                       "platform_uid"};

Status Refuse(const char* reason, std::string message, std::string expected,
              std::string found, const std::string& part) {
  return Status(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found),
                      .part = part,
                      .locator = {.row = 1, .line = 1}});
}

}  // namespace

Status ReadHeader(std::string_view line, const std::string& part,
                  Layout* layout) {
  if (line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
  // A line that is no header may be a record, of which nothing is told.
  if (line.substr(0, kFirst.size() + 1) != "uuid,") {
    return Refuse("MISSING_HEADER", "the text does not begin with a header",
                  "a line of column names, uuid the first", "something else",
                  part);
  }
  std::vector<std::string_view> names;
  for (std::string_view rest = line;;) {
    const size_t comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return Refuse("REPEATED_COLUMN", "the header names a column twice",
                    "each column once", Printable(std::string(name)), part);
    }
    const bool known = name == kFirst ||
                       std::find(std::begin(kRead), std::end(kRead), name) !=
                           std::end(kRead) ||
                       std::find(std::begin(kKnown), std::end(kKnown), name) !=
                           std::end(kKnown);
    if (!known) {
      return Refuse(
          "UNKNOWN_COLUMN",
          "the header names a column that no known export has",
          "the columns of the DSA Transparency Database, schema 1 or 2",
          Printable(std::string(name)), part);
    }
    names.push_back(name);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  layout->width = static_cast<uint32_t>(names.size());
  std::string missing;
  const auto lacks = [&](std::string_view name) {
    missing += missing.empty() ? "" : ", ";
    missing += name;
  };
  for (size_t column = 0; column < kColumnCount; ++column) {
    const auto at = std::find(names.begin(), names.end(), kRead[column]);
    if (at == names.end()) lacks(kRead[column]);
    layout->at[column] = static_cast<uint32_t>(at - names.begin());
  }
  if (!missing.empty()) {
    return Refuse("MISSING_COLUMN", "the header lacks columns: " + missing,
                  missing, std::to_string(names.size()) + " columns", part);
  }
  return OkStatus();
}

bool BeginsHeader(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const auto take = [&text](std::string_view what) {
    if (text.substr(0, what.size()) != what) return false;
    text.remove_prefix(what.size());
    return true;
  };
  return take(kFirst) && take(",") && take(kSecond);
}

}  // namespace collate::transparency_report::dsa
