// The records of an .xls workbook's stream, one at a time, and what runs on
// over CONTINUE records: characters may change from one byte to two where a
// record ends.
//
// Memory: one window of the stream. Reasons: XLS_TRUNCATED, XLS_BAD_RECORD.
// Their errors say where in the file the record stands.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLS_RECORDS_H_
#define COLLATE_PLUGINS_TABULAR_XLS_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/tabular/status.h"
#include "plugins/tabular/xls_compound.h"

namespace collate::tabular {

enum class XlsType : uint16_t {
  kFormula = 0x0006,
  kEof = 0x000A,
  kNote = 0x001C,
  kDateMode = 0x0022,
  kFilePass = 0x002F,
  kFont = 0x0031,
  kContinue = 0x003C,
  kCodePage = 0x0042,
  kObject = 0x005D,
  kColumns = 0x007D,
  kSheet = 0x0085,
  kMulRk = 0x00BD,
  kMulBlank = 0x00BE,
  kRichString = 0x00D6,
  kStyle = 0x00E0,  // XF
  kMerges = 0x00E5,
  kStrings = 0x00FC,  // SST
  kLabelSst = 0x00FD,
  kSupBook = 0x01AE,
  kBlank = 0x0201,
  kNumber = 0x0203,
  kLabel = 0x0204,
  kBoolErr = 0x0205,
  kString = 0x0207,
  kRow = 0x0208,
  kArray = 0x0221,
  kTable = 0x0236,
  kRk = 0x027E,
  kFormat = 0x041E,
  kShared = 0x04BC,  // a formula that cells share
  kBof = 0x0809,
};

// What the records of one workbook are like.
struct XlsDialect {
  static constexpr uint64_t kBiff5 = 0x0500;  // of Excel 5.0 and 95
  static constexpr uint64_t kBiff8 = 0x0600;  // of Excel 97 to 2003

  uint64_t version = kBiff8;
  uint64_t code_page = 1252;  // of texts in BIFF5
};

struct XlsRecord {
  XlsType type = XlsType::kEof;
  std::string_view data;  // until the next record is read
  uint64_t offset = 0;    // of its head, in the stream
};

class XlsReader {
 public:
  explicit XlsReader(std::unique_ptr<CompoundStream> stream)
      : stream_(std::move(stream)) {}

  uint64_t size() const { return stream_->size(); }
  uint64_t position() const { return position_; }
  // At the head of a record, wherever the caller has that from.
  void Seek(uint64_t offset) { position_ = offset; }
  // Read ahead little, for records that are sought one by one.
  void SetScattered(bool scattered) { window_bytes_ = scattered ? 512 : 65536; }

  // XLS_TRUNCATED at the end: a sequence of records ends with one that says so.
  Status Next(XlsRecord* record);
  // The next one if it is a CONTINUE, else it stays.
  Status NextContinue(XlsRecord* record, bool* is_continue);
  // XLS_BAD_RECORD.
  Status Bad(const XlsRecord& record, std::string message,
             std::string expected = "") const;

 private:
  Status Fill(size_t n);
  Status Place(Status status, uint64_t offset, uint64_t size) const;

  std::unique_ptr<CompoundStream> stream_;
  uint64_t position_ = 0;
  size_t window_bytes_ = 65536;
  std::string window_;
  uint64_t window_begin_ = 0;
};

// Takes the bytes of a record and of the CONTINUE records behind it.
class XlsCursor {
 public:
  XlsCursor(XlsReader& reader, const XlsRecord& record, size_t at)
      : reader_(reader), record_(record), at_(at) {}

  // Little-endian, of `width` bytes.
  Status Take(size_t width, uint64_t* value);
  Status Skip(uint64_t n);
  // Characters as they are stored, in one or two bytes each.
  Status TakeUnits(uint64_t count, bool wide, std::u16string* units);

 private:
  // Moves on when nothing is left here; `more` is false at the end.
  Status Refill(bool* more);
  Status Short() const;

  XlsReader& reader_;
  XlsRecord record_;
  size_t at_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLS_RECORDS_H_
