#include "client/answer_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/file_digest.h"
#include "collate/foi/v1/answer_manifest.pb.h"
#include "google/protobuf/descriptor.h"
#include "service/answer/manifest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;

// Names of the folder's files, sorted; folders within it in *folders.
absl::StatusOr<std::vector<std::string>> FilesOf(
    const std::string& folder, std::vector<std::string>* folders) {
  std::vector<std::string> names;
  std::error_code code;
  fs::directory_iterator entry(folder, code);
  while (!code && entry != fs::directory_iterator()) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (!absl::StartsWith(name, ".")) {
      if (entry->is_regular_file(ignored)) {
        names.push_back(name);
      } else if (folders != nullptr) {
        folders->push_back(name);
      }
    }
    entry.increment(code);
  }
  if (code) {
    return base::Error(StatusCode::kNotFound, "FOLDER_NOT_READABLE",
                       absl::StrCat("cannot read the folder ", folder, ": ",
                                    code.message()))
        .With("path", folder);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string PathIn(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

base::Error Refused(absl::string_view reason, absl::string_view message) {
  return base::Error(StatusCode::kFailedPrecondition, reason, message);
}

// A manifest with what decides its place in the order.
struct Read {
  FolderAnswer answer;
  std::vector<std::string> sha256;  // of its files and of itself
  std::vector<std::string> supersedes;
};

// Corrections after what they correct; otherwise as they are.
std::vector<FolderAnswer> InOrder(std::vector<Read> all) {
  std::vector<FolderAnswer> ordered;
  std::vector<int> state(all.size(), 0);  // 1 = under way, 2 = done
  const std::function<void(size_t)> place = [&](size_t i) {
    // A circle is the service's to refuse.
    if (state[i] != 0) return;
    state[i] = 1;
    for (const std::string& wanted : all[i].supersedes) {
      for (size_t other = 0; other < all.size(); ++other) {
        if (std::count(all[other].sha256.begin(), all[other].sha256.end(),
                       wanted) > 0) {
          place(other);
        }
      }
    }
    state[i] = 2;
    ordered.push_back(std::move(all[i].answer));
  };
  for (size_t i = 0; i < all.size(); ++i) place(i);
  return ordered;
}

// Lower-case words, each with a blank before and behind.
std::string WordsOf(absl::string_view text) {
  std::string words = " ";
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      words += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (words.back() != ' ') {
      words += ' ';
    }
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

// Reporters with the longest name that stands in the file's name.
std::string SuggestedReporters(absl::string_view file,
                               const std::vector<v1::Member>& reporters) {
  const std::string words = WordsOf(file);
  size_t longest = 0;
  std::vector<std::string> best;
  for (const v1::Member& reporter : reporters) {
    std::vector<std::string> names(reporter.labels().begin(),
                                   reporter.labels().end());
    names.push_back(reporter.title());
    names.push_back(reporter.code());
    size_t length = 0;
    for (const std::string& name : names) {
      const std::string wanted = WordsOf(name);
      // "X" or "Q1" of a file's name is no reporter.
      if (wanted.size() > 5 && absl::StrContains(words, wanted)) {
        length = std::max(length, wanted.size());
      }
    }
    if (length == 0 || length < longest) continue;
    if (length > longest) best.clear();
    longest = length;
    best.push_back(absl::StrCat("\"", reporter.code(), "\""));
  }
  return absl::StrJoin(best, " or ");
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

absl::Status Usage(absl::string_view message) {
  return base::Error(StatusCode::kInvalidArgument, "USAGE", message);
}

absl::Status WriteNew(const std::string& path, absl::string_view text) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  bool good = fd >= 0;
  while (good && !text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    good = n > 0;
    if (good) text.remove_prefix(static_cast<size_t>(n));
  }
  const int error = errno;
  if (fd >= 0 && close(fd) != 0) good = false;
  if (good) return absl::OkStatus();
  return base::Error(
             StatusCode::kUnavailable, "OUTPUT_FAILED",
             absl::StrCat("cannot write ", path, ": ", std::strerror(error)))
      .With("path", path);
}

}  // namespace

bool IsAnswerManifest(absl::string_view path) {
  return absl::EndsWith(path, answer::kManifestSuffix);
}

absl::StatusOr<AnswerFolder> ReadAnswerFolder(const std::string& folder) {
  std::vector<std::string> folders;
  COLLATE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           FilesOf(folder, &folders));
  AnswerFolder result;
  const auto refuse = [&](const std::string& name, const absl::Status& why) {
    result.refusals.push_back({name, why});
  };
  std::map<std::string, std::string> named;  // file -> its manifest
  std::vector<Read> all;
  for (const std::string& name : names) {
    if (!IsAnswerManifest(name)) continue;
    const std::string path = PathIn(folder, name);
    const auto text = ReadTextFile(path, answer::kMaxManifestBytes);
    if (!text.ok()) {
      refuse(name, text.status());
      continue;
    }
    absl::Status status;
    for (const std::string& file : answer::FilesNamedIn(*text)) {
      const auto [it, is_new] = named.try_emplace(file, name);
      if (!is_new && it->second != name) {
        status = Refused("FILE_NAMED_TWICE",
                         absl::StrCat("file '", file, "' belongs to ",
                                      it->second, " already"))
                     .With("document", file);
      }
    }
    const auto manifest = answer::ParseManifest(*text, name);
    if (!manifest.ok()) status = manifest.status();
    Read read;
    read.answer = {name, {path}};
    if (status.ok()) {
      COLLATE_ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
      read.sha256.push_back(digest.sha256);
      for (const answer::File& file : manifest->files) {
        read.answer.paths.push_back(PathIn(folder, file.name));
        read.sha256.push_back(file.sha256);
        if (std::count(names.begin(), names.end(), file.name) == 0) {
          status = Refused("ANSWER_FILE_MISSING",
                           absl::StrCat(name, ":", file.place.line, ":",
                                        file.place.column, ": file '",
                                        file.name, "' is not in the folder"))
                       .With("document", file.name);
        }
      }
      for (const answer::Superseded& other : manifest->supersedes) {
        read.supersedes.push_back(other.sha256);
      }
    }
    if (status.ok()) {
      all.push_back(std::move(read));
    } else {
      refuse(name, status);
    }
  }
  for (const std::string& name : names) {
    if (IsAnswerManifest(name) || named.contains(name)) continue;
    refuse(name, Refused("NO_MANIFEST",
                         absl::StrCat("file '", name,
                                      "' has no manifest; `collate foi init` "
                                      "writes a skeleton of one"))
                     .With("document", name));
  }
  for (const std::string& name : folders) {
    refuse(name, Refused("NOT_A_FILE",
                         absl::StrCat("'", name,
                                      "' is no file; answers stand in the "
                                      "folder itself")));
  }
  std::sort(result.refusals.begin(), result.refusals.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  result.answers = InOrder(std::move(all));
  return result;
}

std::string SkeletonText(absl::string_view file, absl::string_view sha256,
                         const std::vector<v1::Member>& reporters) {
  const std::string extension =
      absl::AsciiStrToLower(fs::path(std::string(file)).extension().string());
  const bool figures = extension == ".csv" || extension == ".xlsx" ||
                       extension == ".xls" || extension == ".ods";
  const std::string suggested = SuggestedReporters(file, reporters);
  return absl::StrCat(
      "# proto-file: collate/foi/v1/answer_manifest.proto\n"
      "# proto-message: AnswerManifest\n"
      "#\n"
      "# Fill in what is empty or unspecified and remove what does not apply;\n"
      "# until then the answer is refused, with line and column.\n\n"
      "files {\n  name: ",
      Quoted(file), "\n  sha256: ", Quoted(sha256), "\n  contents: ",
      figures ? "CONTENTS_FIGURES  # or CONTENTS_LETTER: kept, not read\n"
              : "CONTENTS_UNSPECIFIED  # CONTENTS_FIGURES, or CONTENTS_LETTER: "
                "kept, not read\n",
      "  recipe: \"\"  # of figures, its id; left empty, one has to fit alone\n"
      "}\n\nreporters: \"\"",
      suggested.empty() ? "" : absl::StrCat("  # perhaps ", suggested),
      "\nperiods { text: \"\" }  # or first_day, last_day and as_stated\n"
      "request_reference: \"\"\n"
      "request_date: \"\"   # 2024-05-01\n"
      "received_date: \"\"  # 2024-05-20\n\n"
      "questions {\n"
      "  id: \"Q1\"\n"
      "  measure: \"\"  # a code of `collate measures`\n"
      "  # breakdowns { dimension: \"offence\" member: \"s15a\" }\n"
      "}\n\n"
      "# STATUS_FULL, STATUS_PARTIAL, STATUS_REFUSED (with sections: \"s.12\"\n"
      "# and ground), STATUS_NO_RESPONSE, STATUS_NOT_HELD, STATUS_NOT_ASKED "
      "or\n"
      "# STATUS_NOT_YET_DUE; several blocks where questions differ.\n"
      "responses { status: STATUS_UNSPECIFIED }\n\n"
      "# supersedes: \"sha256 of the answer that this one corrects\"\n"
      "keyed_by: \"\"    # initials or a role, where figures were typed\n"
      "checked_by: \"\"\n"
      "licence: \"\"\n"
      "source_address: \"\"\n");
}

absl::StatusOr<std::vector<Skeleton>> WriteSkeletons(
    const std::string& folder, const std::vector<v1::Member>& reporters) {
  COLLATE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           FilesOf(folder, nullptr));
  std::map<std::string, std::string> named;
  for (const std::string& name : names) {
    if (!IsAnswerManifest(name)) continue;
    COLLATE_ASSIGN_OR_RETURN(
        const std::string text,
        ReadTextFile(PathIn(folder, name), answer::kMaxManifestBytes));
    for (std::string& file : answer::FilesNamedIn(text)) {
      named.try_emplace(std::move(file), name);
    }
    // Whatever it says, it stands where the skeleton would.
    named.try_emplace(
        name.substr(0, name.size() - answer::kManifestSuffix.size()), name);
  }
  std::vector<Skeleton> skeletons;
  for (const std::string& name : names) {
    if (IsAnswerManifest(name)) continue;
    Skeleton& skeleton = skeletons.emplace_back();
    skeleton.file = name;
    if (const auto it = named.find(name); it != named.end()) {
      skeleton.manifest = it->second;
      continue;
    }
    skeleton.manifest = absl::StrCat(name, answer::kManifestSuffix);
    COLLATE_ASSIGN_OR_RETURN(const FileDigest digest,
                             DigestFile(PathIn(folder, name)));
    COLLATE_RETURN_IF_ERROR(
        WriteNew(PathIn(folder, skeleton.manifest),
                 SkeletonText(name, digest.sha256, reporters)));
    skeleton.written = true;
  }
  return skeletons;
}

absl::StatusOr<std::string> AnswerText(
    const std::vector<v1::KeyValue>& fields,
    const std::vector<std::string>& files,
    const std::vector<std::string>& letters) {
  using google::protobuf::FieldDescriptor;
  const auto* type = foi::v1::AnswerManifest::descriptor();
  std::string text;
  const auto add_files = [&text](const std::vector<std::string>& paths,
                                 absl::string_view contents) -> absl::Status {
    for (const std::string& path : paths) {
      COLLATE_ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
      absl::StrAppend(
          &text, "files { name: ", Quoted(fs::path(path).filename().string()),
          " sha256: ", Quoted(digest.sha256), " contents: ", contents, " }\n");
    }
    return absl::OkStatus();
  };
  COLLATE_RETURN_IF_ERROR(add_files(files, "CONTENTS_FIGURES"));
  COLLATE_RETURN_IF_ERROR(add_files(letters, "CONTENTS_LETTER"));
  for (const v1::KeyValue& pair : fields) {
    const FieldDescriptor* field = type->FindFieldByName(pair.key());
    if (field == nullptr || pair.key() == "files") {
      std::vector<std::string> known;
      for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->name() != "files") {
          known.push_back(type->field(i)->name());
        }
      }
      return Usage(absl::StrCat("--answer has no field '", pair.key(),
                                "'; it has ", absl::StrJoin(known, ", ")));
    }
    if (field->message_type() != nullptr) {
      absl::StrAppend(&text, pair.key(), " { ", pair.value(), " }\n");
    } else if (field->type() == FieldDescriptor::TYPE_STRING) {
      absl::StrAppend(&text, pair.key(), ": ", Quoted(pair.value()), "\n");
    } else {
      absl::StrAppend(&text, pair.key(), ": ", pair.value(), "\n");
    }
  }
  COLLATE_RETURN_IF_ERROR(
      answer::ParseManifest(text, kMadeAnswerName).status());
  return text;
}

}  // namespace collate::client
