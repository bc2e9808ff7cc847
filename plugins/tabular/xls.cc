// Excel 97-2003 workbooks (BIFF8) and those of Excel 5.0 and 95 (BIFF5): finds
// the stream, reads what is said of the whole workbook, and hands each sheet to
// its reader.

#include <memory>
#include <utility>
#include <vector>

#include "plugins/tabular/cell_style.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/xls_compound.h"
#include "plugins/tabular/xls_records.h"
#include "plugins/tabular/xls_sheet.h"
#include "plugins/tabular/xls_strings.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {
namespace {

const CompoundFile::Entry* FindWorkbook(const CompoundFile& file) {
  const CompoundFile::Entry* entry = file.FindStream("Workbook");
  return entry != nullptr ? entry : file.FindStream("Book");  // of Excel 95
}

class XlsWorkbook : public SheetWorkbook {
 public:
  XlsWorkbook(std::string part, Budget& budget)
      : SheetWorkbook(WorkbookKind::kXls, std::move(part), budget),
        styles_(budget),
        strings_(std::make_unique<XlsStrings>(budget)) {}

  Status Open(ByteSource& source) {
    COLLATE_TABULAR_RETURN_IF_ERROR(OpenStream(source));
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadGlobals());
    Found("EXTERNAL_LINKS_IGNORED",
          "links to other workbooks are never followed", "", external_links_);
    if (sheets_.empty()) return BadStructure("the workbook has no sheet");
    styles_.Finish();
    return OkStatus();
  }

 protected:
  Status Read(uint32_t index, RowBuilder* rows,
              std::vector<Merge>* merges) override {
    Listed& listed = listed_[index];
    if (!listed.has_cells) return OkStatus();
    if (rows != nullptr && strings_offset_ != 0) {
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadStrings());
    }
    const XlsContext context{*reader_,  budget_,  styles_,
                             *strings_, dialect_, epoch_1904_};
    XlsSheet sheet(context, listed.offset);
    COLLATE_TABULAR_RETURN_IF_ERROR(sheet.Survey(merges));
    // Sheets that overlap would cost more than the file's bytes.
    COLLATE_TABULAR_RETURN_IF_ERROR(listed.spent
                                        ? budget_.SpendReread(sheet.bytes())
                                        : budget_.SpendBytes(sheet.bytes()));
    listed.spent = true;
    if (rows == nullptr) return OkStatus();
    COLLATE_TABULAR_RETURN_IF_ERROR(sheet.Placed(sheet.Deliver(*rows)));
    if (FirstReading(index)) {
      const std::string& name = sheets_[index].name;
      Found("SUPERSCRIPT_APART",
            "superscript runs are kept apart from the text of cells", "",
            sheet.superscript_runs());
      Found("COMMENTS_IGNORED", "comments on cells are not read", name,
            sheet.comments());
      Found("SHAPES_IGNORED", "shapes, pictures and charts are not read", name,
            sheet.shapes());
    }
    return OkStatus();
  }

 private:
  struct Listed {
    uint64_t offset = 0;
    bool has_cells = true;
    bool spent = false;
  };

  Status OpenStream(ByteSource& source) {
    std::unique_ptr<CompoundFile> file;
    COLLATE_TABULAR_RETURN_IF_ERROR(CompoundFile::Open(source, budget_, &file));
    for (const CompoundFile::Entry& entry : file->entries()) {
      if (entry.is_stream && entry.name == "EncryptedPackage") {
        return EncryptedWorkbook("an encrypted package");
      }
    }
    for (const CompoundFile::Entry& entry : file->entries()) {
      for (const char* name : {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"}) {
        if (SameName(entry.name, name)) return Macros(Printable(entry.name));
      }
    }
    const CompoundFile::Entry* entry = FindWorkbook(*file);
    if (entry == nullptr) {
      return UnknownWorkbook("a compound file that is no workbook");
    }
    std::unique_ptr<CompoundStream> stream;
    COLLATE_TABULAR_RETURN_IF_ERROR(file->OpenStream(*entry, &stream));
    reader_ = std::make_unique<XlsReader>(std::move(stream));
    return OkStatus();
  }

  Status ReadGlobals() {
    XlsRecord record;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_->Next(&record));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        CheckXlsBegin(record, XlsKind::kWorkbook, &dialect_.version));
    for (uint64_t depth = 1; depth > 0;) {
      COLLATE_TABULAR_RETURN_IF_ERROR(reader_->Next(&record));
      if (record.type == XlsType::kBof) {
        ++depth;
      } else if (record.type == XlsType::kEof) {
        --depth;
      } else if (depth == 1) {
        COLLATE_TABULAR_RETURN_IF_ERROR(OnGlobal(record));
      }
    }
    return budget_.SpendBytes(reader_->position());
  }

  Status OnGlobal(const XlsRecord& record) {
    const std::string_view data = record.data;
    const auto get = [&](size_t at, size_t width) {
      return LittleEndian(data, at, width);
    };
    switch (record.type) {
      case XlsType::kFilePass:
        return EncryptedWorkbook("records behind a password (FILEPASS)");
      case XlsType::kCodePage:
        if (data.size() < 2) return Short(record);
        dialect_.code_page = get(0, 2);
        return OkStatus();
      case XlsType::kDateMode:
        if (data.size() < 2) return Short(record);
        epoch_1904_ = get(0, 2) != 0;
        return OkStatus();
      case XlsType::kFont: {
        constexpr size_t kNumberNobodyHas = 4;
        if (data.size() < 10) return Short(record);
        if (styles_.fonts() == kNumberNobodyHas) {
          COLLATE_TABULAR_RETURN_IF_ERROR(styles_.AddFont(false));
        }
        return styles_.AddFont(get(8, 2) == 1);
      }
      case XlsType::kFormat:
        return OnFormat(record);
      case XlsType::kStyle:
        if (data.size() < 4) return Short(record);
        return styles_.AddCell(get(2, 2), get(0, 2));
      case XlsType::kSheet:
        return OnSheet(record);
      case XlsType::kStrings:
        if (std::exchange(strings_offset_, record.offset) != 0) {
          return BadStructure("more than one list of shared strings", "one");
        }
        return OkStatus();
      case XlsType::kSupBook: {
        constexpr uint64_t kItself = 0x0401, kAddIns = 0x3A01;
        if (data.size() < 4) return Short(record);
        external_links_ += get(2, 2) != kItself && get(2, 2) != kAddIns;
        return OkStatus();
      }
      default:
        return OkStatus();
    }
  }

  Status Short(const XlsRecord& record) const {
    return reader_->Bad(record, "a record is shorter than its kind");
  }

  Status OnFormat(const XlsRecord& record) {
    if (record.data.size() < 2) return Short(record);
    const uint64_t id = LittleEndian(record.data, 0, 2);
    std::string code;
    const bool is_biff8 = dialect_.version >= XlsDialect::kBiff8;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        PlainText(record, 2, is_biff8 ? 2 : 1, &code));
    return styles_.AddFormat(id, code);
  }

  Status OnSheet(const XlsRecord& record) {
    enum { kWorksheet = 0, kMacros = 1, kChart = 2, kModule = 6 };
    if (record.data.size() < 7) return Short(record);
    Listed listed{.offset = LittleEndian(record.data, 0, 4)};
    const uint64_t visibility = LittleEndian(record.data, 4, 1) & 3;
    const uint64_t kind = LittleEndian(record.data, 5, 1);
    SheetInfo sheet;
    COLLATE_TABULAR_RETURN_IF_ERROR(PlainText(record, 6, 1, &sheet.name));
    sheet.hidden = visibility != 0;
    sheet.very_hidden = visibility == 2;
    const char* what = nullptr;
    if (kind == kChart) {
      Found("CHART_SHEET_WITHOUT_CELLS", "a sheet that holds no cells",
            sheet.name, 1);
      listed.has_cells = false;
    } else if (kind == kMacros || kind == kModule) {
      Found("MACRO_SHEET_IGNORED", "a sheet of macros is not read, nor run",
            sheet.name, 1);
      listed.has_cells = false;
    } else if (kind != kWorksheet) {
      what = " is of a kind that is not known";
    } else if (listed.offset == 0 || listed.offset >= reader_->size()) {
      what = " lies outside the workbook's stream";
    }
    for (const Listed& other : listed_) {
      if (other.has_cells && listed.has_cells &&
          other.offset == listed.offset) {
        what = " lies where another one does";
      }
    }
    if (what != nullptr) {
      return BadStructure("sheet " + Printable(sheet.name) + what);
    }
    listed_.push_back(listed);
    return AddSheet(std::move(sheet));
  }

  // A text without runs.
  Status PlainText(const XlsRecord& record, size_t at, size_t length_bytes,
                   std::string* text) {
    XlsCursor cursor(*reader_, record, at);
    XlsString string;
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadXlsString(
        cursor, dialect_, length_bytes, /*with_runs=*/false, budget_, &string));
    RichText rich;
    string.runs.clear();
    COLLATE_TABULAR_RETURN_IF_ERROR(
        SplitXlsString(string, styles_, false, &rich));
    *text = rich.text();
    return OkStatus();
  }

  Status ReadStrings() {
    reader_->Seek(strings_offset_);
    XlsRecord record;
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_->Next(&record));
    strings_ = std::make_unique<XlsStrings>(budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(strings_->Read(*reader_, record, styles_));
    strings_offset_ = 0;
    Found("SUPERSCRIPT_APART",
          "superscript runs are kept apart from the text of cells", "",
          strings_->table().superscript_runs());
    return OkStatus();
  }

  CellStyles styles_;
  std::unique_ptr<XlsStrings> strings_;
  std::unique_ptr<XlsReader> reader_;
  uint64_t strings_offset_ = 0;  // 0 once they are read
  uint64_t external_links_ = 0;
  XlsDialect dialect_;
  bool epoch_1904_ = false;
  std::vector<Listed> listed_;
};

}  // namespace

bool IsXls(ByteSource& source, Budget& budget) {
  std::unique_ptr<CompoundFile> file;
  return CompoundFile::Open(source, budget, &file).ok() &&
         FindWorkbook(*file) != nullptr;
}

Status OpenXls(ByteSource& source, const std::string& part, Budget& budget,
               std::unique_ptr<Workbook>* workbook) {
  auto opened = std::make_unique<XlsWorkbook>(part, budget);
  COLLATE_TABULAR_RETURN_IF_ERROR(opened->Open(source));
  *workbook = std::move(opened);
  return OkStatus();
}

}  // namespace collate::tabular
