// The adapter: which recipe reads a document, and the grids it is run on.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/foi_spreadsheet/emit.h"
#include "plugins/foi_spreadsheet/engine.h"
#include "plugins/foi_spreadsheet/near_names.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/suggest.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/budget.h"
#include "plugins/tabular/csv.h"
#include "plugins/tabular/pdf.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/tabular/workbook.h"

namespace collate::foi_spreadsheet {
namespace {

using sdk::Diagnostic;
using sdk::Document;
using sdk::Host;
using sdk::Severity;
using sdk::Status;
using tabular::Error;

constexpr char kSuffix[] = ".recipe.textproto";

sdk::Description Describe() {
  return {
      .id = "foi_spreadsheet",
      .version = "1.0.0",
      .title = "Spreadsheets of FOI answers and others, by recipe",
      .families = {{"workbook", "XLSX, ODS and XLS workbooks, by recipe"},
                   {"document", "Tables of DOCX and PDF documents, by recipe"},
                   {"text", "CSV files, by recipe"}}};
}

// The signatures that Workbook::Open has a typed reason for.
bool IsContainer(tabular::ByteSource& source) {
  char head[4] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  return bytes == "PK\x03\x04" || bytes == "PK\x05\x06" ||
         bytes == "\xD0\xCF\x11\xE0";
}

tabular::Status ReadWorkbook(tabular::ByteSource& source, bool pdf,
                             const std::string& part, tabular::Budget& budget,
                             std::vector<Sheet>* sheets,
                             std::vector<tabular::Finding>* findings) {
  std::unique_ptr<tabular::Workbook> workbook;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      pdf ? tabular::OpenPdf(source, {.part = part}, budget, &workbook)
          : tabular::Workbook::Open(source, {.part = part}, budget, &workbook));
  const bool document = workbook->kind() == tabular::WorkbookKind::kPdf ||
                        workbook->kind() == tabular::WorkbookKind::kDocx;
  for (const tabular::SheetInfo& info : workbook->sheets()) {
    Sheet& sheet = sheets->emplace_back(/*typed=*/!document);
    std::vector<tabular::Merge> merges;
    tabular::Status read = workbook->ReadSheet(info.index, sheet);
    // Another table of a document may be good; a budget is spent for all.
    if (document && !read.ok() &&
        (read.error().code == tabular::Code::kInvalidArgument ||
         read.error().code == tabular::Code::kUnimplemented)) {
      sheet = Sheet(info.name, read.error());
      continue;
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(std::move(read));
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadMerges(info.index, &merges));
    sheet.Finish(std::move(merges));
  }
  *findings = workbook->findings();
  return tabular::OkStatus();
}

Status ReadSheets(Host& host, const Document& document,
                  std::vector<Sheet>* sheets) {
  const std::string part(document.file().name());
  tabular::Limits limits;
  if (document.max_cells() > 0) limits.cells = document.max_cells();
  if (document.max_inflated_bytes() > 0) {
    limits.bytes = document.max_inflated_bytes();
  }
  if (document.max_ratio() > 0) limits.ratio = document.max_ratio();
  if (document.max_entries() > 0) limits.entries = document.max_entries();
  tabular::Budget budget(limits);
  tabular::FileSource source(document.file());
  std::vector<tabular::Finding> findings;
  tabular::Status read;
  if (const bool pdf = tabular::DetectPdf(source); pdf || IsContainer(source)) {
    read = ReadWorkbook(source, pdf, part, budget, sheets, &findings);
  } else {
    tabular::CsvOptions options{.part = part};
    read = tabular::ParseEncoding(document.Option("encoding").value_or(""),
                                  &options.encoding);
    Sheet& sheet = sheets->emplace_back(/*typed=*/false);
    if (read.ok()) read = tabular::ReadCsv(source, options, budget, sheet);
    sheet.Finish({});
  }
  if (!read.ok()) return tabular::Refuse(host, read.error());
  for (const tabular::Finding& finding : findings) {
    Diagnostic set_aside{
        .severity = finding.warning ? Severity::kWarning : Severity::kInfo,
        .reason = finding.reason,
        .message = finding.message,
        .repeats = std::max<uint64_t>(finding.count, 1)};
    set_aside.locator.sheet = finding.sheet;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(set_aside));
  }
  return sdk::OkStatus();
}

Manifest ManifestFor(const Recipe& recipe, const Document& document) {
  std::set<std::string> keys = {"reporter", "period", "period_first_day",
                                "period_last_day"};
  for (const pb::Table& table : recipe.proto().tables()) {
    for (const pb::Dimension& dimension : table.dimensions()) {
      keys.insert(dimension.name());
    }
  }
  Manifest out;
  for (const std::string& key : keys) {
    for (const std::string_view value : document.ManifestAll(key)) {
      out[key].emplace_back(value);
    }
  }
  return out;
}

std::string IdOf(std::string_view name) {
  return std::string(name.substr(0, name.size() - (sizeof(kSuffix) - 1)));
}

std::vector<sdk::File> Installed(const Document& document) {
  std::vector<sdk::File> out;
  for (const sdk::File& file : document.Resources()) {
    if (file.name().ends_with(kSuffix)) out.push_back(file);
  }
  return out;
}

// A resource that is a recipe of its own name.
Status Load(Host& host, const sdk::File& file, Recipe* recipe) {
  const std::string name(file.name());
  std::string text;
  COLLATE_SDK_RETURN_IF_ERROR(file.ReadAll(kMaxRecipeBytes, &text));
  if (const tabular::Status status = LoadRecipe(name, text, recipe);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  if (recipe->proto().id() == IdOf(name)) return sdk::OkStatus();
  return tabular::Refuse(
      host, Error{.reason = "RECIPE_INVALID",
                  .message = name + ": a recipe stands in a file of its id",
                  .expected = "id: \"" + IdOf(name) + "\"",
                  .found = recipe->proto().id()});
}

// `name` is an id, or "id/version".
Status LoadNamed(Host& host, const Document& document, std::string_view name,
                 Recipe* recipe) {
  const std::string_view id = name.substr(0, name.find('/'));
  std::vector<std::string> known;
  for (const sdk::File& file : Installed(document)) {
    if (IdOf(file.name()) != id) {
      known.push_back(IdOf(file.name()));
      continue;
    }
    COLLATE_SDK_RETURN_IF_ERROR(Load(host, file, recipe));
    if (name == id || name == recipe->name()) return sdk::OkStatus();
    return tabular::Refuse(
        host, Error{.reason = "RECIPE_VERSION",
                    .message = "the recipe is installed in another version",
                    .expected = recipe->name(),
                    .found = tabular::Printable(std::string(name))});
  }
  std::string all;
  for (const std::string& other : known) {
    all += (all.empty() ? "" : ", ") + other;
  }
  std::string near;
  for (const std::string& other : NearNames(id, known)) {
    near += (near.empty() ? "; did you mean " : ", ") + other;
  }
  return tabular::Refuse(
      host, Error{.reason = "UNKNOWN_RECIPE",
                  .message = "no recipe of that id is installed" + near +
                             (near.empty() ? "" : "?"),
                  .expected = all.empty() ? "none is installed" : all,
                  .found = tabular::Printable(std::string(id))});
}

// Why a recipe does not fit, short, since many stand in one message.
std::string FirstFailure(const Error& fault) {
  if (fault.expected.empty()) return fault.reason;
  std::string what = fault.expected;
  constexpr std::string_view kOne = "exactly 1 cell that says ";
  if (what.starts_with(kOne)) {
    // Without the quotes, which it gets below.
    what = what.substr(kOne.size() + 1, what.size() - kOne.size() - 2);
  }
  return fault.reason + ", expected " + tabular::Printable(what, 40);
}

// Detection: one recipe of which everything holds, and that proves it.
Status Detect(Host& host, const Document& document,
              const std::vector<Sheet>& sheets, Recipe* recipe) {
  std::vector<sdk::File> fitting;
  std::string tried;  // in short; an error has room for little
  std::vector<Diagnostic> reasons;
  for (const sdk::File& file : Installed(document)) {
    Recipe candidate;
    COLLATE_SDK_RETURN_IF_ERROR(Load(host, file, &candidate));
    if (candidate.proto().by_name_only()) continue;
    const Reading reading =
        RunRecipe(candidate, sheets, ManifestFor(candidate, document));
    const Error* fault = reading.FirstFault();
    bool pinned = true;
    uint64_t proved = 0;
    for (const TableReading& table : reading.tables) {
      pinned = pinned && table.pinned;
      proved += table.proved;
    }
    const std::string& id = candidate.proto().id();
    std::string why;
    if (fault != nullptr) {
      why = FirstFailure(*fault);
      Diagnostic reason = tabular::ToSdk(*fault);
      reason.reason = "RECIPE_DOES_NOT_FIT";
      reason.message = id + ": " + fault->reason + ": " + fault->message;
      reasons.push_back(std::move(reason));
    } else if (!CheckDecided(candidate).ok()) {
      why = "questions in it are undecided";
    } else if (!pinned) {
      why = "it pins no headers";
    } else if (proved == 0) {
      why = "it proves no total";
    } else {
      fitting.push_back(file);
      why = "everything holds";
    }
    tried += (tried.empty() ? " " : "; ") + id + ": " + why;
  }
  if (fitting.size() != 1) {
    const Status refused = tabular::Refuse(
        host,
        Error{.reason =
                  fitting.empty() ? "NO_RECIPE_FITS" : "SEVERAL_RECIPES_FIT",
              .message = "name the recipe of the document; what was tried:" +
                         (tried.empty() ? " none is installed" : tried),
              .expected = "exactly one recipe of which everything "
                          "holds, that pins headers and proves a total",
              .found = std::to_string(fitting.size()) + " recipes"});
    for (const Diagnostic& reason : reasons) {
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(reason));
    }
    return refused;
  }
  COLLATE_SDK_RETURN_IF_ERROR(Load(host, fitting[0], recipe));
  return host.Diagnose(
      Diagnostic{.severity = Severity::kWarning,
                 .reason = "DETECTED",
                 .message = "nobody named a recipe; this one was found to fit",
                 .found = recipe->name()});
}

Status Choose(Host& host, const Document& document,
              const std::vector<Sheet>& sheets, Recipe* recipe) {
  const auto id = document.Option("recipe");
  const auto text = document.Option("recipe_text");
  if (id.has_value() && text.has_value()) {
    return tabular::Refuse(
        host, Error{.reason = "TWO_RECIPES",
                    .message = "`recipe` and `recipe_text` are both given",
                    .expected = "one of them"});
  }
  if (id.has_value()) return LoadNamed(host, document, *id, recipe);
  if (!text.has_value()) return Detect(host, document, sheets, recipe);
  const tabular::Status status = LoadRecipe("recipe_text", *text, recipe);
  return status.ok() ? sdk::OkStatus() : tabular::Refuse(host, status.error());
}

// A suggestion is made of the whole sheet, whatever recipes there are.
Status Inspect(Host& host, const Document& document) {
  std::vector<Sheet> sheets;
  COLLATE_SDK_RETURN_IF_ERROR(ReadSheets(host, document, &sheets));
  return Suggest(host, std::string(document.file().name()),
                 std::string(document.Option("sheet").value_or("")), sheets);
}

Status Read(Host& host, const Document& document) {
  if (document.Option("sheet")) {
    return tabular::Refuse(
        host, Error{.reason = "OPTION_OF_SUGGESTIONS",
                    .message = "the option `sheet` is for suggestions only; a "
                               "recipe says which sheets it reads"});
  }
  std::vector<Sheet> sheets;
  Recipe recipe;
  // A recipe that is none is told before a document that is none.
  if (document.Option("recipe") || document.Option("recipe_text")) {
    COLLATE_SDK_RETURN_IF_ERROR(Choose(host, document, sheets, &recipe));
    COLLATE_SDK_RETURN_IF_ERROR(ReadSheets(host, document, &sheets));
  } else {
    COLLATE_SDK_RETURN_IF_ERROR(ReadSheets(host, document, &sheets));
    COLLATE_SDK_RETURN_IF_ERROR(Choose(host, document, sheets, &recipe));
  }
  const Reading reading =
      RunRecipe(recipe, sheets, ManifestFor(recipe, document));
  if (document.purpose() == sdk::Purpose::kPreview) {
    COLLATE_SDK_RETURN_IF_ERROR(AttachReading(host, sheets, reading));
  }
  if (const tabular::Status decided = CheckDecided(recipe); !decided.ok()) {
    const Status refusal = tabular::Refuse(host, decided.error());
    // What else is wrong is told as well.
    if (reading.ok()) return refusal;
  }
  return EmitReading(host, recipe, sheets, reading,
                     std::string(document.file().name()));
}

}  // namespace
}  // namespace collate::foi_spreadsheet

COLLATE_ADAPTER(collate::foi_spreadsheet::Describe,
                collate::foi_spreadsheet::Read,
                collate::foi_spreadsheet::Inspect);
