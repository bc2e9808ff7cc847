// What the readers of XLSX, ODS and XLS share behind workbook.h: one way to
// give errors their place, one that assembles and spends rows, and for packages
// one archive.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_PACKAGE_WORKBOOK_H_
#define COLLATE_PLUGINS_TABULAR_PACKAGE_WORKBOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xml.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {

Status OpenXlsx(std::unique_ptr<Archive> archive, const std::string& part,
                Budget& budget, std::unique_ptr<Workbook>* workbook);
Status OpenOds(std::unique_ptr<Archive> archive, const std::string& part,
               Budget& budget, std::unique_ptr<Workbook>* workbook);
// Of a compound file, which may be something else.
Status OpenXls(ByteSource& source, const std::string& part, Budget& budget,
               std::unique_ptr<Workbook>* workbook);
// That the compound file holds a workbook of any version.
bool IsXls(ByteSource& source, Budget& budget);

// WORKBOOK_UNKNOWN.
Status UnknownWorkbook(std::string found);
// WORKBOOK_BIFF_NOT_READ.
Status OldWorkbook();
// WORKBOOK_ENCRYPTED.
Status EncryptedWorkbook(std::string found);
// WORKBOOK_MACROS.
Status Macros(std::string found);
Status OpenDocx(std::unique_ptr<Archive> archive, const std::string& part,
                Budget& budget, std::unique_ptr<Workbook>* workbook);

// Code points of well-formed UTF-8.
uint64_t CountCharacters(std::string_view text);

// Text in two strands: what is read, and the marks that stand above it.
class RichText {
 public:
  void Clear();
  // What follows is a run of its own, though its marks may touch the last.
  void BeginRun() { in_run_ = false; }
  void Append(std::string_view piece, bool superscript);

  const std::string& text() const { return text_; }
  const std::string& superscript() const { return superscript_; }
  // Of superscript.
  uint64_t runs() const { return runs_; }
  uint64_t characters() const { return characters_; }

 private:
  std::string text_;
  std::string superscript_;
  uint64_t runs_ = 0;
  uint64_t characters_ = 0;
  bool touching_ = false;  // the last piece was superscript
  bool in_run_ = false;    // and it was counted
};

Status BadStructure(std::string message, std::string expected = "",
                    std::string found = "");

// One sheet on its way to a sink: cells gather in a row, rows go out in order.
class RowBuilder {
 public:
  // `spent` is how many rows of this sheet the budget has paid for already.
  RowBuilder(const GridInfo& grid, Budget& budget, GridSink& sink,
             uint64_t* spent)
      : grid_(grid), budget_(budget), sink_(sink), spent_(spent) {}

  // Texts of cells are copied by Keep or outlive the row by themselves.
  std::string_view Keep(std::string_view text);
  void Add(const Cell& cell) { cells_.push_back(cell); }
  std::vector<Cell>& cells() { return cells_; }
  Status CheckKept() const { return budget_.CheckLine(kept_bytes_); }

  // Delivers what was gathered, as row `row`; nothing if nothing was.
  Status Deliver(uint32_t row);
  void Clear();

 private:
  const GridInfo& grid_;
  Budget& budget_;
  GridSink& sink_;
  uint64_t* spent_;
  uint64_t delivered_ = 0;
  std::vector<Cell> cells_;
  std::vector<std::unique_ptr<std::string>> kept_;
  size_t kept_count_ = 0;
  uint64_t kept_bytes_ = 0;
};

class SheetWorkbook : public Workbook {
 public:
  Status ReadSheet(uint32_t index, GridSink& sink) final;
  Status ReadMerges(uint32_t index, std::vector<Merge>* merges) final;

 protected:
  SheetWorkbook(WorkbookKind kind, std::string part, Budget& budget)
      : Workbook(kind), part_(std::move(part)), budget_(budget) {}

  // Fills `merges` when it comes to the sheet's end. Without rows, only merges
  // are wanted.
  virtual Status Read(uint32_t index, RowBuilder* rows,
                      std::vector<Merge>* merges) = 0;

  Status AddSheet(SheetInfo sheet);
  // Names the document in an error that has no place yet.
  Status Named(Status status) const;
  bool FirstReading(uint32_t index) const { return !known_[index].counted; }
  // Adds to a finding of that reason, part and sheet, or begins one.
  void Found(const char* reason, const char* message, const std::string& sheet,
             uint64_t count);

  const std::string part_;
  Budget& budget_;

 private:
  struct Known {
    uint64_t rows_spent = 0;
    bool counted = false;  // findings of its cells are
    bool has_merges = false;
    std::vector<Merge> merges;
  };
  Status ReadKnown(uint32_t index, GridSink* sink, std::vector<Merge>* merges);

  std::vector<Known> known_;
};

class PackageWorkbook : public SheetWorkbook {
 protected:
  PackageWorkbook(WorkbookKind kind, std::unique_ptr<Archive> archive,
                  std::string part, Budget& budget)
      : SheetWorkbook(kind, std::move(part), budget),
        archive_(std::move(archive)) {}

  Status ParsePart(size_t entry, XmlHandler& handler);

  std::unique_ptr<Archive> archive_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PACKAGE_WORKBOOK_H_
