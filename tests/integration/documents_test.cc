// Tables of DOCX and PDF documents through the whole service: read in the
// sandboxed worker, each cell with a place that a reader can find again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"
#include "tests/plugins/tabular/docx_testing.h"
#include "tests/plugins/tabular/pdf_testing.h"

namespace collate::testing {
namespace {

using tabular::MakePdf;
using tabular::PdfRows;
using tabular::VictimRows;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DocumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        daemon_,
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/grid_adapters")}}));
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  absl::StatusOr<v1::IngestionReport> Ingest(const std::string& path) {
    client::Submission submission = Document(path, "somebody");
    submission.release.set_adapter("grids");
    submission.release.set_synthetic(true);
    return client_->Ingest(submission, nullptr);
  }

  // "a.docx:'Table 1'!A1 Sex", of the first cells.
  static std::vector<std::string> Cells(const v1::IngestionReport& report) {
    std::vector<std::string> cells;
    for (const v1::Diagnostic& finding : report.diagnostics()) {
      if (finding.reason() != "CELL") continue;
      cells.push_back(absl::StrCat(finding.locator(), " ", finding.found()));
    }
    return cells;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(DocumentsTest, TablesAreReadInTheWorkerAndTheirCellsAreCited) {
  std::vector<std::string> rows;
  for (const auto& row : VictimRows()) rows.push_back(tabular::WordRow(row));
  dir_.Write("synthetic.docx",
             tabular::MakeDocx({.body = tabular::WordTable(rows)}));
  dir_.Write("synthetic.pdf",
             MakePdf({.pages = {{tabular::PdfText(50, 60, "Dear Sir")},
                                {PdfRows(VictimRows(), 100)}},
                      .packed = true}));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto word,
                               Ingest(dir_.File("synthetic.docx")));
  EXPECT_TRUE(word.published());
  EXPECT_THAT(Cells(word), Contains("synthetic.docx:'Table 1'!A1 Sex"));
  EXPECT_THAT(Cells(word), Contains("synthetic.docx:'Table 1'!C2 1,020"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto pdf,
                               Ingest(dir_.File("synthetic.pdf")));
  EXPECT_TRUE(pdf.published());
  EXPECT_THAT(Cells(pdf), SizeIs(Cells(word).size()));
  EXPECT_THAT(Cells(pdf), Contains("synthetic.pdf:'Page 2 table 1'!A1 Sex"));
  EXPECT_THAT(Cells(pdf), Contains("synthetic.pdf:'Page 2 table 1'!C2 1,020"));
}

TEST_F(DocumentsTest, AnUnprovenPdfTableIsRefusedWithItsPlace) {
  auto rows = VictimRows();
  rows[4][2] = "1,030";
  dir_.Write("wrong.pdf", tabular::PdfOf(PdfRows(rows, 100)));
  const auto report = Ingest(dir_.File("wrong.pdf"));
  ASSERT_FALSE(report.ok());
  const base::ErrorDetail detail = base::DetailOf(report.status());
  EXPECT_THAT(detail.reason, Eq("DOCUMENT_REFUSED"));
  EXPECT_THAT(detail.metadata, Contains(std::pair<std::string, std::string>(
                                   "adapter_reason", "PDF_TOTAL_WRONG")));
  EXPECT_THAT(std::string(report.status().message()),
              HasSubstr("'Page 1 table 1'!C5"));
}

// Fonts that come with the document need nothing of the machine's.
TEST_F(DocumentsTest, EmbeddedFontsAreReadInTheWorker) {
  COLLATE_SHARED_FILE(path, "platform/ncmec/ncmec-by-esp-2022.pdf");
  const auto report = Ingest(path);
  ASSERT_FALSE(report.ok());
  // Its words were read: there was something like a table to refuse.
  EXPECT_THAT(std::string(report.status().message()),
              HasSubstr("no row is labelled as a total"));
}

}  // namespace
}  // namespace collate::testing
