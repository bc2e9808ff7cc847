#include "plugins/conformance/subject.h"

#include <stdlib.h>

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/error.h"
#include "service/ingest/sealed_file.h"

namespace collate::conformance {
namespace {

namespace fs = std::filesystem;

absl::Status CannotCopy(const fs::path& path, const std::error_code& error) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", path.string(), ": ", error.message()));
}

// "my_returns" of ".../libmy_returns.so".
std::string IdOf(const fs::path& library) {
  const std::string name = library.filename().string();
  if (name.size() <= 6 || name.substr(0, 3) != "lib" ||
      library.extension() != ".so") {
    return "";
  }
  return name.substr(3, name.size() - 6);
}

// What belongs to an adapter, from beside its library; what is absent is for
// the registry to miss.
absl::Status CopyAdapter(const fs::path& library, const std::string& id,
                         const fs::path& to) {
  std::error_code error;
  fs::create_directory(to, error);
  fs::copy_file(library, to / library.filename(), error);
  if (error) return CannotCopy(library, error);
  const fs::path manifest =
      library.parent_path() / absl::StrCat(id, ".manifest.textproto");
  if (fs::exists(manifest)) {
    fs::copy_file(manifest, to / manifest.filename(), error);
    if (error) return CannotCopy(manifest, error);
  }
  const fs::path resources = library.parent_path() / "resources";
  if (fs::exists(resources)) {
    fs::copy(resources, to / "resources", fs::copy_options::recursive, error);
    if (error) return CannotCopy(resources, error);
  }
  for (const auto& entry : fs::recursive_directory_iterator(to, error)) {
    fs::permissions(entry.path(),
                    fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove, error);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Subject>> Subject::Open(
    const std::string& library, Options options) {
  std::error_code error;
  const fs::path path = fs::canonical(library, error);
  if (error) return CannotCopy(library, error);
  std::unique_ptr<Subject> subject(new Subject);
  subject->id_ = IdOf(path);
  subject->library_ = path.string();
  if (subject->id_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(library, " is not called lib<id>.so"));
  }
  std::string folder =
      (fs::temp_directory_path(error) / "collate-adapter-check-XXXXXX")
          .string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot make ", folder));
  }
  subject->folder_ = folder;
  if (absl::Status copied =
          CopyAdapter(path, subject->id_, fs::path(folder) / subject->id_);
      !copied.ok()) {
    return copied;
  }
  ingest::Registry::Options registry;
  registry.directories = {folder};
  registry.trusted_root = folder;
  // Its author trusts it: a machine that lacks a layer of the sandbox is told
  // of and holds nothing up.
  registry.installed_directory = folder;
  subject->registry_ = ingest::Registry::Build(registry);
  for (const std::string& problem : subject->entry().problems) {
    subject->problems_.push_back(
        absl::StrReplaceAll(problem, {{absl::StrCat(folder, "/", subject->id_),
                                       path.parent_path().string()}}));
  }
  if (subject->problems_.empty()) {
    auto resolved = ingest::ResolveOptions(subject->entry(), options.options);
    if (!resolved.ok()) {
      return absl::InvalidArgumentError(resolved.status().message());
    }
    subject->resolved_ = *std::move(resolved);
  }
  ingest::Supervisor::Options supervisor;
  supervisor.worker_path = options.worker_path;
  supervisor.limits.wall = options.wall;
  // Every fault is to be seen.
  supervisor.quarantine_deaths = std::numeric_limits<int>::max();
  subject->supervisor_ =
      std::make_unique<ingest::Supervisor>(std::move(supervisor));
  subject->options_ = std::move(options);
  return subject;
}

Subject::~Subject() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

ingest::ReadResult Subject::Read(const Fixture& fixture,
                                 const Variation& variation) const {
  ingest::ReadResult failed;
  auto file = ingest::SealedFile::Make(fixture.name, fixture.bytes);
  if (!file.ok()) {
    failed.outcome = file.status();
    return failed;
  }
  ingest::AdapterEntry adapter = entry();
  adapter.library_path = library_;  // for messages
  if (variation.max_cells.has_value()) {
    adapter.limits.max_cells = *variation.max_cells;
  }
  ingest::ReadJob job;
  job.adapter = &adapter;
  job.name = fixture.name;
  job.sha256 = (*file)->sha256();
  job.byte_count = static_cast<int64_t>((*file)->byte_count());
  job.fd = (*file)->fd();
  job.manifest = options_.manifest;
  job.options = resolved_;
  job.stop_at_call = variation.stop_at_call;
  return supervisor_->Read(job, {});
}

std::vector<ingest::SniffFinding> Subject::Sniff(const Fixture& fixture) const {
  return ingest::Sniff(
      registry_, fixture.name,
      absl::string_view(fixture.bytes).substr(0, ingest::kSniffBytes));
}

std::vector<std::string> Subject::missing_layers() const {
  std::vector<std::string> missing;
  for (const ingest::SandboxLayer& layer : supervisor_->sandbox()) {
    if (!layer.applied) missing.push_back(layer.name);
  }
  return missing;
}

}  // namespace collate::conformance
