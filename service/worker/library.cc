#include "service/worker/library.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/worker/elf.h"
#include "service/worker/protocol.h"

namespace collate::worker {

static_assert(kAbiMajor == COLLATE_ABI_MAJOR && kAbiMinor == COLLATE_ABI_MINOR);

namespace {

absl::Status NotLoadable(absl::string_view path, absl::string_view why) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "ADAPTER_NOT_LOADABLE", absl::StrCat(path, ": ", why));
}

absl::Status Mismatch(absl::string_view field, absl::string_view table,
                      absl::string_view manifest) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "ADAPTER_MANIFEST_MISMATCH",
                     absl::StrCat("the library says ", field, " '", table,
                                  "', its manifest file says '", manifest, "'"))
      .With("field", field)
      .With("library", table)
      .With("manifest", manifest);
}

absl::string_view View(const collate_str& text) {
  return text.size == 0 ? absl::string_view()
                        : absl::string_view(text.data, text.size);
}

bool ReadWhole(int fd, std::string* out) {
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  out->resize(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < out->size()) {
    const ssize_t n = pread(fd, out->data() + done, out->size() - done,
                            static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
  }
  return true;
}

// A table is the adapter's word: a length from nowhere must not be followed.
bool Sane(const collate_str& text) {
  return text.size <= COLLATE_MAX_TEXT &&
         (text.size == 0 || text.data != nullptr);
}

absl::Status CheckText(absl::string_view field, const collate_str& text,
                       const std::string& expected) {
  if (!Sane(text)) return Mismatch(field, "(not a text)", expected);
  if (View(text) != absl::string_view(expected)) {
    return Mismatch(field, View(text), expected);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAdapterTable(const collate_adapter* table,
                               const v1::Adapter& expected) {
  if (table == nullptr) {
    return NotLoadable(expected.path(),
                       absl::StrCat(COLLATE_ADAPTER_SYMBOL, " gave no table"));
  }
  // Nothing but these three is known to be there before they are checked.
  if (table->size < offsetof(collate_adapter, id) ||
      table->abi_major != COLLATE_ABI_MAJOR ||
      table->abi_minor > COLLATE_ABI_MINOR) {
    return base::Error(
               absl::StatusCode::kFailedPrecondition, "ADAPTER_ABI_MISMATCH",
               absl::StrCat("the library was made for ABI ", table->abi_major,
                            ".", table->abi_minor, "; this service has ",
                            COLLATE_ABI_MAJOR, ".", COLLATE_ABI_MINOR,
                            ": build it against this service's kit"))
        .With("library_abi",
              absl::StrCat(table->abi_major, ".", table->abi_minor));
  }
  if (table->size != sizeof(collate_adapter)) {
    return base::Error(
        absl::StatusCode::kFailedPrecondition, "ADAPTER_ABI_MISMATCH",
        absl::StrCat("its table has ", table->size, " bytes where ABI ",
                     table->abi_major, ".", table->abi_minor, " has ",
                     sizeof(collate_adapter)));
  }
  if (table->abi_major != expected.abi_major() ||
      table->abi_minor != expected.abi_minor()) {
    return Mismatch(
        "abi", absl::StrCat(table->abi_major, ".", table->abi_minor),
        absl::StrCat(expected.abi_major(), ".", expected.abi_minor()));
  }
  COLLATE_RETURN_IF_ERROR(CheckText("id", table->id, expected.id()));
  COLLATE_RETURN_IF_ERROR(
      CheckText("version", table->version, expected.version()));
  COLLATE_RETURN_IF_ERROR(CheckText("title", table->title, expected.title()));
  const size_t family_count = static_cast<size_t>(expected.families_size());
  if (table->family_count != family_count ||
      (family_count > 0 && table->families == nullptr)) {
    return Mismatch("families", absl::StrCat(table->family_count, " of them"),
                    absl::StrJoin(expected.families(), ", "));
  }
  for (size_t i = 0; i < family_count; ++i) {
    const collate_family* family = table->families[i];
    const std::string& id = expected.families(static_cast<int>(i));
    if (family == nullptr || family->size != sizeof(collate_family)) {
      return Mismatch("families", absl::StrCat("(entry ", i, " is no family)"),
                      id);
    }
    COLLATE_RETURN_IF_ERROR(CheckText("families", family->id, id));
  }
  if (table->read == nullptr) {
    return NotLoadable(expected.path(), "its table has no read function");
  }
  return absl::OkStatus();
}

absl::StatusOr<const collate_adapter*> LoadAdapter(
    const v1::Adapter& expected) {
  const std::string& path = expected.path();
  {
    std::string file;
    if (!ReadWhole(expected.fd(), &file)) {
      return NotLoadable(path, "it cannot be read");
    }
    if (const absl::Status status = CheckLibrary(file, COLLATE_ADAPTER_SYMBOL);
        !status.ok()) {
      return NotLoadable(path, status.message());
    }
    if (!expected.sha256().empty() &&
        base::Sha256Hex(file) != expected.sha256()) {
      return NotLoadable(path,
                         "it is not the file that was registered; reload the "
                         "adapters");
    }
  }
  collate_adapter_v1_fn entry = nullptr;
  try {
    // Not owned by anything that is destroyed: see the header.
    auto* library = new boost::dll::shared_library(
        std::filesystem::path(absl::StrCat("/proc/self/fd/", expected.fd())),
        boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    entry = &library->get<const collate_adapter*()>(COLLATE_ADAPTER_SYMBOL);
  } catch (const std::bad_alloc&) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "ADAPTER_OUT_OF_MEMORY",
                       absl::StrCat(path, ": no memory to load it"));
  } catch (const std::exception& exception) {
    return NotLoadable(path, exception.what());
  } catch (...) {
    return NotLoadable(path, "its constructors threw");
  }
  const collate_adapter* table = nullptr;
  try {
    table = entry();
  } catch (...) {
    return NotLoadable(path, absl::StrCat(COLLATE_ADAPTER_SYMBOL,
                                          " threw; it must "
                                          "not"));
  }
  COLLATE_RETURN_IF_ERROR(CheckAdapterTable(table, expected));
  return table;
}

}  // namespace collate::worker
