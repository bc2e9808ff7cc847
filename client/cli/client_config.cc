#include "client/cli/client_config.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/options.h"
#include "client/text_file.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::client {
namespace {

namespace fs = std::filesystem;
using google::protobuf::TextFormat;

constexpr char kInvalid[] = "INVALID_CLIENT_CONFIG";
constexpr double kMostSeconds = 86400;

bool IsName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
           c == '_';
  });
}

// Says where in the file a field of a message stands.
class Places {
 public:
  Places(std::string path, const TextFormat::ParseInfoTree* tree,
         const google::protobuf::Descriptor* descriptor,
         TextFormat::ParseLocation whole = {})
      : path_(std::move(path)),
        tree_(tree),
        descriptor_(descriptor),
        whole_(whole) {}

  // At a field that is no list; at the message where the field is not there.
  absl::Status Mistake(const std::string& field, absl::string_view what) const {
    TextFormat::ParseLocation at = LocationOf(field, -1);
    if (at.line < 0) at = whole_;
    return MistakeAt(path_, at.line, at.column, kInvalid, what);
  }

  // Of a message within; `index` is -1 where it is in no list.
  Places In(const std::string& field, int index) const {
    const auto* const found = descriptor_->FindFieldByName(field);
    return {path_,
            tree_ == nullptr ? nullptr : tree_->GetTreeForNested(found, index),
            found->message_type(), LocationOf(field, index)};
  }

 private:
  TextFormat::ParseLocation LocationOf(const std::string& field,
                                       int index) const {
    if (tree_ == nullptr) return {};
    return tree_->GetLocation(descriptor_->FindFieldByName(field), index);
  }

  const std::string path_;
  const TextFormat::ParseInfoTree* const tree_;
  const google::protobuf::Descriptor* const descriptor_;
  const TextFormat::ParseLocation whole_;
};

std::vector<std::string> NamesOf(const config::v1::ClientConfig& config) {
  std::vector<std::string> names;
  for (const auto& profile : config.profiles()) names.push_back(profile.name());
  return names;
}

// "; there are a, b".
std::string ThereAre(const std::vector<std::string>& names) {
  return names.empty()
             ? "; there is none"
             : absl::StrCat("; there are ", absl::StrJoin(names, ", "));
}

absl::Status CheckProfile(const config::v1::ClientProfile& profile,
                          const Places& places) {
  if (!IsName(profile.name())) {
    return places.Mistake("name",
                          absl::StrCat("'", profile.name(),
                                       "' is no name of a profile; expected "
                                       "letters, digits, - and _"));
  }
  if (!(profile.timeout_seconds() >= 0 &&
        profile.timeout_seconds() <= kMostSeconds)) {
    return places.Mistake(
        "timeout_seconds",
        absl::StrCat("timeout_seconds is ", profile.timeout_seconds(),
                     "; expected 0 to 86400"));
  }
  const config::v1::ClientTls& tls = profile.tls();
  if (tls.certificate_file().empty() != tls.private_key_file().empty()) {
    return places.In("tls", -1).Mistake(
        tls.certificate_file().empty() ? "private_key_file"
                                       : "certificate_file",
        "certificate_file and private_key_file go together");
  }
  return absl::OkStatus();
}

void MakeAbsolute(const fs::path& base, std::string* path) {
  if (!path->empty()) *path = (base / *path).lexically_normal().string();
}

}  // namespace

std::string ClientConfigPath(const std::string& config,
                             const Environment& environment) {
  if (!config.empty()) return config;
  if (std::string path = environment("COLLATE_CONFIG"); !path.empty()) {
    return path;
  }
  fs::path home = environment("XDG_CONFIG_HOME");
  // A relative one is to be ignored, by the standard that names the variable.
  if (!home.is_absolute()) {
    const std::string own = environment("HOME");
    if (own.empty()) return "";
    home = fs::path(own) / ".config";
  }
  const fs::path path = home / "collate" / "config.textproto";
  std::error_code ignored;
  return fs::exists(path, ignored) ? path.string() : std::string();
}

absl::StatusOr<config::v1::ClientConfig> ReadClientConfig(
    const std::string& path) {
  config::v1::ClientConfig config;
  TextFormat::ParseInfoTree tree;
  COLLATE_RETURN_IF_ERROR(ReadTextFile(path, kInvalid, config, &tree));
  const Places places(path, &tree, config.GetDescriptor());
  std::set<std::string> names;
  for (int i = 0; i < config.profiles_size(); ++i) {
    const config::v1::ClientProfile& profile = config.profiles(i);
    COLLATE_RETURN_IF_ERROR(CheckProfile(profile, places.In("profiles", i)));
    if (!names.insert(profile.name()).second) {
      return places.In("profiles", i)
          .Mistake("name", absl::StrCat("there is another profile '",
                                        profile.name(), "'"));
    }
  }
  if (!config.default_profile().empty() &&
      names.count(config.default_profile()) == 0) {
    return places.Mistake(
        "default_profile",
        absl::StrCat("there is no profile '", config.default_profile(), "'",
                     ThereAre(NamesOf(config))));
  }
  return config;
}

absl::StatusOr<ChosenProfile> ChooseProfile(const std::string& config,
                                            const std::string& profile,
                                            const Environment& environment) {
  ChosenProfile chosen;
  chosen.path = ClientConfigPath(config, environment);
  config::v1::ClientConfig file;
  if (!chosen.path.empty()) {
    COLLATE_ASSIGN_OR_RETURN(file, ReadClientConfig(chosen.path));
  }
  std::string name = profile;
  if (name.empty()) name = environment("COLLATE_PROFILE");
  if (name.empty()) name = file.default_profile();
  if (name.empty()) return chosen;
  for (config::v1::ClientProfile& one : *file.mutable_profiles()) {
    if (one.name() != name) continue;
    const fs::path base = fs::absolute(chosen.path).parent_path();
    if (one.has_tls()) {
      config::v1::ClientTls& tls = *one.mutable_tls();
      MakeAbsolute(base, tls.mutable_authorities_file());
      MakeAbsolute(base, tls.mutable_certificate_file());
      MakeAbsolute(base, tls.mutable_private_key_file());
    }
    MakeAbsolute(base, one.mutable_token_file());
    chosen.profile = std::move(one);
    return chosen;
  }
  const std::vector<std::string> names = NamesOf(file);
  const std::vector<std::string> near = vocabulary::NearMatches(name, names);
  return base::Error(
             absl::StatusCode::kNotFound, "UNKNOWN_PROFILE",
             absl::StrCat(
                 "no profile '", name, "'",
                 chosen.path.empty()
                     ? ": there is no configuration file"
                     : absl::StrCat(
                           " in ", chosen.path,
                           near.empty()
                               ? ThereAre(names)
                               : absl::StrCat("; did you mean ",
                                              absl::StrJoin(near, ", "), "?"))))
      .With("value", name)
      .With("near_matches", absl::StrJoin(near, ", "));
}

}  // namespace collate::client
