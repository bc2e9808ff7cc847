#include "plugins/tabular/zip.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace collate::tabular {
namespace {

// libzip's view of the source; lives in Archive, so libzip frees nothing.
struct Reader {
  ByteSource* source = nullptr;
  uint64_t position = 0;
  zip_error_t error;
  bool unreadable = false;
};

zip_int64_t Serve(void* state, void* data, zip_uint64_t length,
                  zip_source_cmd_t command) {
  auto* reader = static_cast<Reader*>(state);
  switch (command) {
    case ZIP_SOURCE_SUPPORTS:
      return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    case ZIP_SOURCE_OPEN:
      reader->position = 0;
      return 0;
    case ZIP_SOURCE_READ: {
      const int64_t got = reader->source->ReadAt(reader->position, data,
                                                 static_cast<size_t>(length));
      if (got < 0 || static_cast<uint64_t>(got) > length ||
          (got == 0 && length > 0 &&
           reader->position < reader->source->size())) {
        reader->unreadable = true;
        zip_error_set(&reader->error, ZIP_ER_READ, 0);
        return -1;
      }
      reader->position += static_cast<uint64_t>(got);
      return got;
    }
    case ZIP_SOURCE_STAT: {
      auto* stat = static_cast<zip_stat_t*>(data);
      zip_stat_init(stat);
      stat->size = reader->source->size();
      stat->valid |= ZIP_STAT_SIZE;
      return sizeof(*stat);
    }
    case ZIP_SOURCE_SEEK: {
      const zip_int64_t to = zip_source_seek_compute_offset(
          reader->position, reader->source->size(), data, length,
          &reader->error);
      if (to < 0) return -1;
      reader->position = static_cast<uint64_t>(to);
      return 0;
    }
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(reader->position);
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&reader->error, data, length);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
      return 0;
    default:
      zip_error_set(&reader->error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
  }
}

Status Unreadable() {
  return Status(Error{.code = Code::kDataLoss,
                      .reason = "DOCUMENT_UNREADABLE",
                      .message = "the document's bytes could not be read"});
}

}  // namespace

struct Archive::Libzip {
  Reader reader;
  zip_t* zip = nullptr;

  Libzip() { zip_error_init(&reader.error); }
  ~Libzip() {
    if (zip != nullptr) zip_discard(zip);
    zip_error_fini(&reader.error);
  }
};

Archive::Archive(ByteSource& source, Budget& budget)
    : budget_(budget), libzip_(std::make_unique<Libzip>()) {
  libzip_->reader.source = &source;
}

Archive::~Archive() = default;

Status Archive::Open(ByteSource& source, Budget& budget,
                     std::unique_ptr<Archive>* archive) {
  std::unique_ptr<Archive> opened(new Archive(source, budget));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadZipDirectory(source, budget, &opened->entries_));
  opened->counted_.resize(opened->entries_.size());

  Libzip& libzip = *opened->libzip_;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* stream =
      zip_source_function_create(&Serve, &libzip.reader, &error);
  if (stream != nullptr) {
    libzip.zip = zip_open_from_source(stream, ZIP_RDONLY, &error);
    if (libzip.zip == nullptr) zip_source_free(stream);
  }
  const std::string reason =
      libzip.zip == nullptr ? zip_error_strerror(&error) : "";
  zip_error_fini(&error);
  if (libzip.reader.unreadable) return Unreadable();
  if (libzip.zip == nullptr) {
    return Status(Error{.reason = "ZIP_CORRUPT",
                        .message = "the archive cannot be read: " + reason});
  }

  // Two readers of one file must see one archive.
  const auto& entries = opened->entries_;
  bool same = zip_get_num_entries(libzip.zip, 0) ==
              static_cast<zip_int64_t>(entries.size());
  for (size_t i = 0; same && i < entries.size(); ++i) {
    zip_stat_t stat;
    same = zip_stat_index(libzip.zip, i, ZIP_FL_ENC_RAW, &stat) == 0 &&
           stat.name == entries[i].name && stat.size == entries[i].inflated &&
           stat.comp_size == entries[i].packed &&
           stat.comp_method == entries[i].method &&
           stat.encryption_method == ZIP_EM_NONE;
  }
  if (!same) {
    return Status(Error{.reason = "ZIP_INCONSISTENT",
                        .message = "two readers see two archives in this file",
                        .expected = std::to_string(entries.size()) +
                                    " entries, the same to both"});
  }
  *archive = std::move(opened);
  return OkStatus();
}

size_t Archive::Find(std::string_view name) const {
  size_t found = kNone;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name == name) return i;
    if (SameName(entries_[i].name, name)) found = i;
  }
  return found;
}

Status Archive::OpenEntry(size_t index, std::unique_ptr<EntryStream>* stream) {
  stream->reset(new EntryStream(*this, index));
  return OkStatus();
}

struct EntryStream::Inflater {
  inflate_state state;
  std::array<char, 65536> packed;
};

EntryStream::EntryStream(Archive& archive, size_t index)
    : archive_(archive), index_(index) {
  if (archive.entries_[index].method == 0) return;
  inflater_ = std::make_unique<Inflater>();
  isal_inflate_init(&inflater_->state);
}

EntryStream::~EntryStream() = default;

const std::string& EntryStream::name() const {
  return archive_.entries_[index_].name;
}

Status EntryStream::Fail(const char* reason, std::string message) const {
  return Status(Error{.reason = reason,
                      .message = Printable(name()) + " " + std::move(message)});
}

Status EntryStream::ReadPacked(char* out, size_t n, size_t* got) {
  *got = 0;
  const ZipEntry& entry = archive_.entries_[index_];
  n = static_cast<size_t>(std::min<uint64_t>(n, entry.packed - packed_));
  if (n == 0) return OkStatus();
  const int64_t count = archive_.libzip_->reader.source->ReadAt(
      entry.end - entry.packed + packed_, out, n);
  if (count <= 0 || static_cast<uint64_t>(count) > n) return Unreadable();
  *got = static_cast<size_t>(count);
  packed_ += *got;
  return OkStatus();
}

Status EntryStream::ReadStored(char* out, size_t n, size_t* got) {
  size_t count = 1;
  while (*got < n && count > 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadPacked(out + *got, n - *got, &count));
    *got += count;
  }
  return OkStatus();
}

Status EntryStream::Inflate(char* out, size_t n, size_t* got) {
  inflate_state& state = inflater_->state;
  state.next_out = reinterpret_cast<uint8_t*>(out);
  state.avail_out = static_cast<uint32_t>(n);
  while (state.avail_out > 0 && state.block_state != ISAL_BLOCK_FINISH) {
    if (state.avail_in == 0) {
      size_t count = 0;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadPacked(
          inflater_->packed.data(), inflater_->packed.size(), &count));
      state.next_in = reinterpret_cast<uint8_t*>(inflater_->packed.data());
      state.avail_in = static_cast<uint32_t>(count);
    }
    const uint32_t room = state.avail_out;
    const uint32_t left = state.avail_in;
    if (isal_inflate(&state) < 0) {
      return Fail("ZIP_CORRUPT", "cannot be inflated");
    }
    if (state.avail_in == left && state.avail_out == room &&
        state.block_state != ISAL_BLOCK_FINISH) {
      return Fail("ZIP_CORRUPT",
                  "cannot be inflated: its bytes end before its stream");
    }
  }
  *got = n - state.avail_out;
  return OkStatus();
}

Status EntryStream::Read(char* out, size_t n, size_t* got) {
  *got = 0;
  size_t count = 0;
  // ISA-L counts in 32 bits.
  n = std::min(n, size_t{1} << 30);
  COLLATE_TABULAR_RETURN_IF_ERROR(inflater_ == nullptr
                                      ? ReadStored(out, n, &count)
                                      : Inflate(out, n, &count));
  crc_ = crc32_gzip_refl(crc_, reinterpret_cast<unsigned char*>(out), count);
  const ZipEntry& entry = archive_.entries_[index_];
  position_ += count;
  uint64_t& counted = archive_.counted_[index_];
  const uint64_t fresh = position_ > counted ? position_ - counted : 0;
  counted += fresh;
  COLLATE_TABULAR_RETURN_IF_ERROR(archive_.budget_.SpendBytes(fresh));
  COLLATE_TABULAR_RETURN_IF_ERROR(archive_.budget_.SpendReread(count - fresh));
  const bool ended = count == 0 && n > 0;
  if (position_ > entry.inflated || (ended && position_ < entry.inflated)) {
    return Fail("ZIP_INCONSISTENT", "does not inflate to the size it declares");
  }
  if (ended && crc_ != entry.crc) {
    return Fail("ZIP_CORRUPT", "is not what its checksum is of");
  }
  *got = count;
  return OkStatus();
}

Status EntryStream::Skip(uint64_t n) {
  char scratch[16384];
  while (n > 0) {
    size_t got = 0;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Read(scratch,
             static_cast<size_t>(std::min<uint64_t>(n, sizeof scratch)), &got));
    if (got == 0) return Fail("ZIP_INCONSISTENT", "is shorter than before");
    n -= got;
  }
  return OkStatus();
}

}  // namespace collate::tabular
