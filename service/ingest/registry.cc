#include "service/ingest/registry.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "collate/adapter/v1/manifest.pb.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/sniff.h"
#include "service/ingest/trusted_file.h"
#include "service/vocabulary/vocabulary.h"
#include "service/worker/protocol.h"

namespace collate::ingest {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMaxManifestBytes = uintmax_t{1} << 20;
constexpr uintmax_t kMaxResourceBytes = uintmax_t{16} << 20;
constexpr uintmax_t kMaxLibraryBytes = uintmax_t{256} << 20;

absl::StatusOr<std::string> ReadFile(const fs::path& path,
                                     uintmax_t max_bytes) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error) return absl::NotFoundError(error.message());
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "it has ", size, " bytes; at most ", max_bytes, " are read"));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  // An empty file sets failbit on `out`.
  if (!in || (size > 0 && !out)) return absl::NotFoundError("cannot be read");
  return std::move(out).str();
}

class ManifestFaults final : public google::protobuf::io::ErrorCollector {
 public:
  explicit ManifestFaults(std::string path) : path_(std::move(path)) {}

  // protobuf counts lines and columns from 0.
  void AddError(int line, int column, const std::string& message) override {
    lines_.push_back(
        absl::StrCat(path_, ":", line + 1, ":", column + 1, ": ", message));
  }
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  const std::string path_;
  std::vector<std::string> lines_;
};

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsVersion(absl::string_view version) {
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  return parts.size() == 3 &&
         std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           return !part.empty() && part.size() <= 9 &&
                  std::all_of(part.begin(), part.end(), [](unsigned char c) {
                    return absl::ascii_isdigit(c);
                  });
         });
}

bool IsDate(absl::string_view text) {
  absl::Time time;
  std::string error;
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         absl::ParseTime("%Y-%m-%d", text, &time, &error);
}

// Empty when `value` is of the option's type, else what is expected.
std::string Expected(const AdapterOption& option, absl::string_view value) {
  switch (option.type) {
    case OptionType::kString:
      return "";
    case OptionType::kInteger: {
      int64_t ignored = 0;
      return absl::SimpleAtoi(value, &ignored) ? "" : "an integer";
    }
    case OptionType::kBoolean:
      return value == "true" || value == "false" ? "" : "true or false";
    case OptionType::kDate:
      return IsDate(value) ? "" : "a date, YYYY-MM-DD";
    case OptionType::kChoice:
      return std::find(option.choices.begin(), option.choices.end(), value) !=
                     option.choices.end()
                 ? ""
                 : absl::StrCat("one of ", absl::StrJoin(option.choices, ", "));
  }
  return "an option of a known type";
}

// Turns a parsed manifest into an entry; what is wrong goes to its problems.
class ManifestReader {
 public:
  ManifestReader(std::string path, AdapterEntry* entry)
      : path_(std::move(path)), entry_(*entry) {}

  void Read(const adapter::v1::Manifest& manifest, absl::string_view folder) {
    if (!IsName(manifest.id())) {
      Problem("id '", manifest.id(), "' is not [a-z][a-z0-9_]{1,62}");
    } else if (folder != absl::string_view(manifest.id())) {
      Problem("id '", manifest.id(), "' is not the name of its folder, '",
              folder, "'");
    }
    if (!IsVersion(manifest.version())) {
      Problem("version '", manifest.version(), "' is not MAJOR.MINOR.PATCH");
    }
    if (manifest.title().empty()) Problem("title is missing");
    if (manifest.abi().major() != worker::kAbiMajor ||
        manifest.abi().minor() > worker::kAbiMinor) {
      Problem("abi ", manifest.abi().major(), ".", manifest.abi().minor(),
              " does not fit this service's ", worker::kAbiMajor, ".",
              worker::kAbiMinor);
    }
    entry_.version = manifest.version();
    entry_.title = manifest.title();
    entry_.abi_major = manifest.abi().major();
    entry_.abi_minor = manifest.abi().minor();
    ReadFamilies(manifest);
    ReadOptions(manifest);
    const adapter::v1::Limits& limits = manifest.limits();
    entry_.limits.memory_bytes = static_cast<int64_t>(
        std::min<uint64_t>(limits.memory_bytes(), INT64_MAX));
    entry_.limits.cpu_seconds =
        static_cast<int>(std::min<uint32_t>(limits.cpu_seconds(), INT32_MAX));
    entry_.limits.wall_seconds =
        static_cast<int>(std::min<uint32_t>(limits.wall_seconds(), INT32_MAX));
    entry_.limits.max_cells = limits.max_cells();
    entry_.limits.max_inflated_bytes = limits.max_inflated_bytes();
    entry_.limits.max_ratio = limits.max_ratio();
    entry_.limits.max_entries = limits.max_entries();
  }

 private:
  template <typename... Parts>
  void Problem(const Parts&... parts) {
    entry_.problems.push_back(absl::StrCat(path_, ": ", parts...));
  }

  static std::vector<std::string> Texts(
      const google::protobuf::RepeatedPtrField<std::string>& texts) {
    return {texts.begin(), texts.end()};
  }

  void ReadFamilies(const adapter::v1::Manifest& manifest) {
    if (manifest.families().empty()) Problem("families are missing");
    std::set<std::string> ids;
    for (const adapter::v1::Family& from : manifest.families()) {
      AdapterFamily& family = entry_.families.emplace_back();
      family.id = from.id();
      family.title = from.title();
      family.globs = Texts(from.globs());
      family.measures = Texts(from.measures());
      family.only_when_named = from.only_when_named();
      const std::string where = absl::StrCat("family '", from.id(), "'");
      if (!IsName(from.id())) Problem(where, ": its id is not [a-z][a-z0-9_]*");
      if (!ids.insert(from.id()).second) Problem(where, " stands twice");
      if (from.title().empty()) Problem(where, ": its title is missing");
      if (from.globs().empty() && from.magic().empty() &&
          from.header_words().empty()) {
        Problem(where, " has neither globs nor magic nor header_words");
      }
      for (const adapter::v1::Magic& magic : from.magic()) {
        const std::string hex = absl::StrReplaceAll(magic.hex(), {{" ", ""}});
        if (hex.empty() || hex.size() % 2 != 0 ||
            !std::all_of(hex.begin(), hex.end(), [](unsigned char c) {
              return absl::ascii_isxdigit(c);
            })) {
          Problem(where, ": magic '", magic.hex(), "' is not hexadecimal");
          continue;
        }
        if (magic.offset() > 65536 ||
            magic.offset() + hex.size() / 2 > kSniffBytes) {
          Problem(where, ": magic at byte ", magic.offset(),
                  " ends beyond the first ", kSniffBytes, " bytes");
          continue;
        }
        family.magic.push_back({magic.offset(), absl::HexStringToBytes(hex)});
      }
      for (const adapter::v1::HeaderWords& words : from.header_words()) {
        if (words.all_of().empty() && words.any_of().empty()) {
          Problem(where, ": header_words without all_of and any_of");
        }
        for (const auto* list :
             {&words.all_of(), &words.any_of(), &words.none_of()}) {
          if (std::find(list->begin(), list->end(), "") != list->end()) {
            Problem(where, ": an empty header word");
          }
        }
        family.header_words.push_back({Texts(words.all_of()),
                                       Texts(words.any_of()),
                                       Texts(words.none_of())});
      }
    }
  }

  void ReadOptions(const adapter::v1::Manifest& manifest) {
    std::set<std::string> names;
    for (const adapter::v1::Option& from : manifest.options()) {
      AdapterOption& option = entry_.options.emplace_back();
      option.name = from.name();
      option.type = static_cast<OptionType>(from.type());
      option.description = from.description();
      option.choices = Texts(from.choices());
      option.names_adapter = from.names_adapter();
      const std::string where = absl::StrCat("option '", from.name(), "'");
      if (!IsName(from.name())) {
        Problem(where, ": its name is not [a-z][a-z0-9_]*");
      }
      if (!names.insert(from.name()).second) Problem(where, " stands twice");
      if (from.description().empty()) {
        Problem(where, ": its description is missing");
      }
      if (from.type() == adapter::v1::Option::TYPE_UNSPECIFIED) {
        Problem(where, ": its type is missing");
        continue;
      }
      const bool choice = option.type == OptionType::kChoice;
      if (choice == option.choices.empty()) {
        Problem(where, choice ? ": its choices are missing"
                              : ": choices without TYPE_CHOICE");
      }
      if (!from.has_default_value()) continue;
      option.default_value = from.default_value();
      const std::string expected = Expected(option, from.default_value());
      if (!expected.empty()) {
        Problem(where, ": its default '", from.default_value(), "' is not ",
                expected);
      }
    }
  }

  const std::string path_;
  AdapterEntry& entry_;
};

// Names in a folder, sorted; hidden ones are nobody's.
absl::StatusOr<std::vector<std::string>> List(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name[0] != '.') names.push_back(std::move(name));
  }
  if (error) return absl::NotFoundError(error.message());
  std::sort(names.begin(), names.end());
  return names;
}

void ReadResources(const fs::path& folder,
                   const google::protobuf::RepeatedPtrField<std::string>& globs,
                   AdapterEntry* entry, std::vector<std::string>* problems) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  absl::StatusOr<std::vector<std::string>> names = List(folder);
  if (!names.ok()) {
    entry->problems.push_back(
        absl::StrCat(folder.string(), ": ", names.status().message()));
    return;
  }
  for (const std::string& name : *names) {
    const std::string path = (folder / name).string();
    if (std::none_of(globs.begin(), globs.end(), [&](const std::string& glob) {
          return GlobMatches(glob, name);
        })) {
      problems->push_back(absl::StrCat(
          path, ": not used, ", entry->id, " takes only ",
          globs.empty() ? "no resources" : absl::StrJoin(globs, ", ")));
      continue;
    }
    const auto same =
        std::find_if(entry->resources.begin(), entry->resources.end(),
                     [&](const AdapterResource& r) { return r.name == name; });
    if (same != entry->resources.end()) {
      entry->problems.push_back(
          absl::StrCat(path, ": a resource of this name is ", same->path));
      continue;
    }
    if (entry->resources.size() == worker::kMaxResources) {
      entry->problems.push_back(absl::StrCat(
          path, ": more than ", worker::kMaxResources, " resources"));
      return;
    }
    absl::StatusOr<std::string> bytes = ReadFile(path, kMaxResourceBytes);
    if (!bytes.ok()) {
      entry->problems.push_back(
          absl::StrCat(path, ": ", bytes.status().message()));
      continue;
    }
    absl::StatusOr<std::shared_ptr<const SealedFile>> file =
        SealedFile::Make(name, *bytes);
    if (!file.ok()) {
      entry->problems.push_back(
          absl::StrCat(path, ": ", file.status().message()));
      continue;
    }
    entry->resources.push_back({name, path, *std::move(file)});
  }
}

AdapterEntry ReadEntry(const std::string& directory, const std::string& id,
                       const Registry::Options& options,
                       std::vector<std::string>* problems) {
  const fs::path folder = fs::path(directory) / id;
  const auto read = [&](const std::string& path, uint64_t max_bytes) {
    return ReadTrustedFile(options.trusted_root, directory,
                           {id, fs::path(path).filename().string()}, max_bytes);
  };
  AdapterEntry entry;
  entry.id = id;
  std::error_code ignored;
  entry.installed =
      fs::equivalent(directory, options.installed_directory, ignored);
  entry.directory = folder.string();
  entry.library_path = (folder / absl::StrCat("lib", id, ".so")).string();
  const std::string path =
      (folder / absl::StrCat(id, ".manifest.textproto")).string();

  absl::StatusOr<std::string> text = read(path, kMaxManifestBytes);
  adapter::v1::Manifest manifest;
  if (!text.ok()) {
    entry.problems.push_back(absl::StrCat(path, ": ", text.status().message()));
  } else {
    entry.manifest_sha256 = base::Sha256Hex(*text);
    ManifestFaults findings(path);
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&findings);
    const bool parsed = parser.ParseFromString(*text, &manifest);
    entry.problems = findings.take();
    if (parsed) ManifestReader(path, &entry).Read(manifest, id);
  }

  absl::StatusOr<std::string> library =
      read(entry.library_path, kMaxLibraryBytes);
  absl::StatusOr<std::shared_ptr<const SealedFile>> sealed =
      library.ok() ? SealedFile::Make(entry.library_path, *library)
                   : library.status();
  if (sealed.ok()) {
    entry.library = *std::move(sealed);
    entry.sha256 = entry.library->sha256();
  } else {
    entry.problems.push_back(
        absl::StrCat(entry.library_path, ": ", sealed.status().message()));
  }
  const std::vector<std::string>& allowed = options.allowed_sha256;
  if (entry.library != nullptr && !allowed.empty() &&
      std::find(allowed.begin(), allowed.end(), entry.sha256) ==
          allowed.end()) {
    entry.problems.push_back(absl::StrCat(entry.library_path, ": its sha256 ",
                                          entry.sha256, " is none of the ",
                                          allowed.size(), " that are allowed"));
  }

  ReadResources(folder / "resources", manifest.resource_globs(), &entry,
                problems);
  if (!options.site_directory.empty()) {
    ReadResources(fs::path(options.site_directory) / "resources" / id,
                  manifest.resource_globs(), &entry, problems);
  }
  std::sort(entry.resources.begin(), entry.resources.end(),
            [](const AdapterResource& a, const AdapterResource& b) {
              return a.name < b.name;
            });
  return entry;
}

}  // namespace

Registry Registry::Build(const Options& given) {
  Options options = given;
  const std::string prefix = InstallationPrefix();
  if (options.trusted_root.empty()) options.trusted_root = prefix;
  if (options.installed_directory.empty()) {
    options.installed_directory = prefix + "/lib/collate/adapters";
  }
  Registry registry;
  for (const std::string& directory : options.directories) {
    registry.searched_.push_back(directory);
    absl::StatusOr<std::vector<std::string>> names = List(directory);
    if (!names.ok()) {
      registry.problems_.push_back(
          absl::StrCat(directory, ": ", names.status().message()));
      continue;
    }
    for (const std::string& name : *names) {
      const fs::path folder = fs::path(directory) / name;
      std::error_code ignored;
      if (!fs::is_directory(folder, ignored)) {
        registry.problems_.push_back(absl::StrCat(
            folder.string(), ": not used, adapters stand in folders"));
        continue;
      }
      AdapterEntry entry =
          ReadEntry(directory, name, options, &registry.problems_);
      const auto same = std::find_if(
          registry.entries_.begin(), registry.entries_.end(),
          [&](const AdapterEntry& other) { return other.id == entry.id; });
      if (same != registry.entries_.end()) {
        entry.problems.push_back(absl::StrCat(
            entry.directory, ": an adapter of this id is ", same->directory));
        registry.problems_.push_back(entry.problems.back());
      }
      registry.entries_.push_back(std::move(entry));
    }
  }
  std::stable_sort(
      registry.entries_.begin(), registry.entries_.end(),
      [](const AdapterEntry& a, const AdapterEntry& b) { return a.id < b.id; });
  return registry;
}

const AdapterEntry* Registry::Find(absl::string_view id) const {
  for (const AdapterEntry& entry : entries_) {
    if (id == absl::string_view(entry.id) && entry.ready()) return &entry;
  }
  return nullptr;
}

std::string Registry::Describe() const {
  std::vector<std::string> lines;
  for (const std::string& directory : searched_) {
    lines.push_back(absl::StrCat("searched ", directory));
  }
  for (const AdapterEntry& entry : entries_) {
    if (entry.ready()) {
      lines.push_back(absl::StrCat("found ", entry.id, " ", entry.version,
                                   " in ", entry.directory));
    }
    for (const std::string& problem : entry.problems) {
      lines.push_back(absl::StrCat("refused ", entry.id, ": ", problem));
    }
  }
  for (const std::string& problem : problems_) lines.push_back(problem);
  return absl::StrJoin(lines, "\n");
}

absl::StatusOr<Pairs> ResolveOptions(const AdapterEntry& adapter,
                                     const Pairs& given) {
  Pairs resolved;
  std::vector<std::string> names;
  for (const AdapterOption& option : adapter.options) {
    names.push_back(option.name);
  }
  for (const auto& [key, value] : given) {
    const auto option = std::find_if(
        adapter.options.begin(), adapter.options.end(),
        [&key = key](const AdapterOption& o) { return o.name == key; });
    if (option == adapter.options.end()) {
      std::vector<std::string> near = vocabulary::NearMatches(key, names);
      if (near.empty()) near = names;
      return base::Error(
                 absl::StatusCode::kInvalidArgument, "UNKNOWN_OPTION",
                 absl::StrCat(
                     "adapter ", adapter.id, " has no option '", key, "'; ",
                     near.empty()
                         ? "it has none at all"
                         : absl::StrCat("did you mean ",
                                        absl::StrJoin(near, ", "), "?")))
          .With("adapter", adapter.id)
          .With("option", key);
    }
    if (std::any_of(
            resolved.begin(), resolved.end(),
            [&key = key](const auto& pair) { return pair.first == key; })) {
      return base::Error(absl::StatusCode::kInvalidArgument, "REPEATED_OPTION",
                         absl::StrCat("option '", key, "' is set twice"))
          .With("adapter", adapter.id)
          .With("option", key);
    }
    const std::string expected = Expected(*option, value);
    if (!expected.empty()) {
      return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_OPTION",
                         absl::StrCat("option '", key, "' is '", value,
                                      "'; expected ", expected))
          .With("adapter", adapter.id)
          .With("option", key)
          .With("value", value);
    }
    resolved.emplace_back(key, value);
  }
  for (const AdapterOption& option : adapter.options) {
    if (option.default_value &&
        std::none_of(resolved.begin(), resolved.end(), [&](const auto& pair) {
          return pair.first == option.name;
        })) {
      resolved.emplace_back(option.name, *option.default_value);
    }
  }
  std::sort(resolved.begin(), resolved.end());
  return resolved;
}

}  // namespace collate::ingest
