#include "client/cli/run_explain.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/command_line.h"
#include "client/cli/new_file.h"
#include "client/document_region.h"
#include "client/error_text.h"
#include "client/render_suggestion.h"
#include "client/words.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

// What is cited of one document of one release.
struct CitedDocument {
  std::string release;
  std::string document;
  std::vector<CitedPlace> places;
  bool unread = false;  // some locator is of no form that is known
};

// As deep as a derivation is.
void Collect(
    const v1::Step& step,
    std::map<std::pair<std::string, std::string>, CitedDocument>& all) {
  if (step.has_citation()) {
    const v1::Citation& citation = step.citation();
    CitedDocument& one = all[{citation.release(), citation.document()}];
    one.release = citation.release();
    one.document = citation.document();
    if (auto place = ReadLocator(citation.locator(), citation.document())) {
      one.places.push_back(*std::move(place));
    } else {
      one.unread = true;
    }
  }
  for (const v1::Step& input : step.inputs()) Collect(input, all);
}

class Opener {
 public:
  Opener(const std::string& folder, Client& client, std::ostream& err)
      : folder_(folder), client_(client), err_(err) {}

  absl::Status Open(const CitedDocument& cited) {
    const auto bytes = client_.ReadDocument(cited.release, cited.document);
    if (base::DetailOf(bytes.status()).reason == "DOCUMENT_NOT_RETAINED") {
      err_ << ErrorText(bytes.status());
      exit_code_ = kExitFailed;
      return absl::OkStatus();
    }
    COLLATE_RETURN_IF_ERROR(bytes.status());
    const std::string path = FreshPath(cited.document);
    const bool is_text =
        !cited.unread && std::all_of(cited.places.begin(), cited.places.end(),
                                     [](const CitedPlace& place) {
                                       return place.sheet.empty() &&
                                              place.part.empty();
                                     });
    if (is_text) {
      const auto region = RegionOfText(*bytes, cited.document, cited.places);
      if (region.has_value()) return Write(path + ".region.txt", *region);
    }
    COLLATE_RETURN_IF_ERROR(Write(path, *bytes));
    const bool is_sheets =
        !cited.unread && std::all_of(cited.places.begin(), cited.places.end(),
                                     [](const CitedPlace& place) {
                                       return !place.sheet.empty() &&
                                              place.part.empty();
                                     });
    if (!is_sheets) {
      return NotDrawn(cited, is_text ? "its characters have two bytes"
                                     : "its cells stand within an archive");
    }
    return Draw(cited, path);
  }

  int exit_code() const { return exit_code_; }

 private:
  // A path in the folder that no document of this run has.
  std::string FreshPath(const std::string& document) {
    const std::string safe = SafeFileName(document);
    std::string name = safe;
    for (int n = 2; !names_.insert(name).second; ++n) {
      name = absl::StrCat(n, "-", safe);
    }
    return (std::filesystem::path(folder_) / name).string();
  }

  absl::Status Write(const std::string& path, absl::string_view bytes) {
    COLLATE_RETURN_IF_ERROR(WriteNew(path, bytes));
    err_ << "wrote " << Printable(path) << '\n';
    return absl::OkStatus();
  }

  absl::Status NotDrawn(const CitedDocument& cited, absl::string_view why) {
    err_ << "collate: " << Printable(cited.document)
         << " is written whole and no region of it is shown: " << Printable(why)
         << '\n';
    exit_code_ = kExitFailed;
    return absl::OkStatus();
  }

  // A worker of the service reads the original: this program opens no file
  // that it did not make.
  absl::Status Draw(const CitedDocument& cited, const std::string& path) {
    auto cells = client_.ReadDocumentCells(cited.release, cited.document);
    if (!cells.ok()) return NotDrawn(cited, cells.status().message());
    Suggestion suggestion;
    suggestion.document = cited.document;
    suggestion.cells = *std::move(cells);
    return Write(path + ".region.txt", RenderRegion(suggestion, cited.places));
  }

  const std::string& folder_;
  Client& client_;
  std::ostream& err_;
  std::set<std::string> names_;
  int exit_code_ = kExitDone;
};

}  // namespace

absl::StatusOr<int> OpenDocuments(const v1::ExplainCellResponse& explanation,
                                  const std::string& folder, Client& client,
                                  std::ostream& err) {
  std::map<std::pair<std::string, std::string>, CitedDocument> cited;
  Collect(explanation.derivation(), cited);
  if (cited.empty()) {
    return base::Error(absl::StatusCode::kNotFound, "NOTHING_CITED",
                       "no document has a figure of this cell");
  }
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (!std::filesystem::is_directory(folder, error)) {
    return base::Error(absl::StatusCode::kPermissionDenied,
                       "FOLDER_NOT_WRITABLE",
                       absl::StrCat(folder,
                                    " is no folder and none can be "
                                    "made there"))
        .With("path", folder);
  }
  Opener opener(folder, client, err);
  for (const auto& [name, document] : cited) {
    COLLATE_RETURN_IF_ERROR(opener.Open(document));
  }
  return opener.exit_code();
}

}  // namespace collate::client
