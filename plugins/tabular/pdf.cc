#include "plugins/tabular/pdf.h"

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/held_workbook.h"
#include "plugins/tabular/pdf_streams.h"
#include "plugins/tabular/pdf_tables.h"

namespace collate::tabular {
namespace {

constexpr size_t kHeadBytes = 1024;  // in which a PDF begins

// What the library would print on the standard error.
class Messages {
 public:
  Messages() { poppler::set_debug_error_function(&Take, this); }
  ~Messages() { poppler::set_debug_error_function(nullptr, nullptr); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  uint64_t count() const { return count_; }
  // Characters could not be told for want of the tables of their script.
  bool lacks_characters() const { return lacks_characters_; }

 private:
  static void Take(const std::string& message, void* closure) {
    Messages& messages = *static_cast<Messages*>(closure);
    ++messages.count_;
    if (message.find("language pack") != std::string::npos) {
      messages.lacks_characters_ = true;
    }
  }

  uint64_t count_ = 0;
  bool lacks_characters_ = false;
};

Status Damaged(std::string message, std::string found = "") {
  return Status(Error{.reason = "PDF_DAMAGED",
                      .message = std::move(message),
                      .expected = "a whole PDF document",
                      .found = std::move(found)});
}

Status Encrypted() {
  return Status(Error{.reason = "PDF_ENCRYPTED",
                      .message = "the document is encrypted",
                      .expected = "a PDF without password and permissions"});
}

Status ReadAll(ByteSource& source, Budget& budget, std::string* bytes) {
  COLLATE_TABULAR_RETURN_IF_ERROR(budget.SpendBytes(source.size()));
  if (source.size() > std::numeric_limits<int>::max()) {
    return Status(Error{.code = Code::kResourceExhausted,
                        .reason = "BYTE_LIMIT",
                        .message = "larger than any PDF that is read",
                        .expected = "less than 2 GiB"});
  }
  bytes->resize(source.size());
  size_t have = 0;
  while (have < bytes->size()) {
    const int64_t got =
        source.ReadAt(have, bytes->data() + have, bytes->size() - have);
    if (got <= 0) {
      return Status(Error{.code = Code::kDataLoss,
                          .reason = "DOCUMENT_UNREADABLE",
                          .message = "the document's bytes could not be read"});
    }
    have += static_cast<size_t>(got);
  }
  return OkStatus();
}

// UTF-8 of a word. What is no character, or one that only its font knows, is
// counted, as U+FFFD unless it has a code.
std::string TextOf(const poppler::ustring& word, uint64_t* unmapped) {
  std::string out;
  const auto put = [&out](uint32_t code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
      } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
      }
      out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    }
    out += static_cast<char>(0x80 | (code & 0x3F));
  };
  for (size_t i = 0; i < word.size(); ++i) {
    uint32_t code = word[i];
    if (code >= 0xD800 && code < 0xDC00 && i + 1 < word.size() &&
        word[i + 1] >= 0xDC00 && word[i + 1] < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (word[++i] - 0xDC00u);
    }
    const bool no_character =
        code < 0x20 || code == 0x7F || (code >= 0xD800 && code < 0xE000);
    *unmapped +=
        no_character || code == 0xFFFD || (code >= 0xE000 && code < 0xF900);
    put(no_character ? 0xFFFD : code);
  }
  return out;
}

struct Words {
  std::vector<PdfPage> pages;
  uint64_t count = 0;
  uint64_t pages_without = 0;
  uint64_t unmapped = 0;
};

Status ReadWords(poppler::document& document, const Budget& budget,
                 Words* words) {
  const int pages = document.pages();
  if (pages <= 0) return Damaged("the document has no page");
  COLLATE_TABULAR_RETURN_IF_ERROR(
      budget.CheckPages(static_cast<uint64_t>(pages)));
  uint64_t bytes = 0;
  for (int i = 0; i < pages; ++i) {
    const std::unique_ptr<poppler::page> page(document.create_page(i));
    if (page == nullptr) {
      return Damaged("a page cannot be read", "page " + std::to_string(i + 1));
    }
    PdfPage read{.number = static_cast<uint32_t>(i + 1)};
    for (const poppler::text_box& box : page->text_list()) {
      COLLATE_TABULAR_RETURN_IF_ERROR(budget.CheckWords(++words->count));
      const poppler::rectf at = box.bbox();
      PdfWord word{.text = TextOf(box.text(), &words->unmapped),
                   .left = at.left(),
                   .top = at.top(),
                   .right = at.right(),
                   .bottom = at.bottom(),
                   .rotation = box.rotation()};
      bytes += sizeof(PdfWord) + word.text.size();
      COLLATE_TABULAR_RETURN_IF_ERROR(budget.CheckHeld(bytes));
      read.words.push_back(std::move(word));
    }
    words->pages_without += read.words.empty();
    words->pages.push_back(std::move(read));
  }
  return OkStatus();
}

Status Open(ByteSource& source, const std::string& part, Budget& budget,
            std::unique_ptr<Workbook>* workbook) {
  if (!DetectPdf(source)) return Damaged("not a PDF document");
  std::string bytes;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadAll(source, budget, &bytes));
  COLLATE_TABULAR_RETURN_IF_ERROR(CheckPdfStreams(bytes, budget));

  const Messages messages;
  const std::unique_ptr<poppler::document> document(
      poppler::document::load_from_raw_data(bytes.data(),
                                            static_cast<int>(bytes.size())));
  if (document == nullptr) {
    // Ways of encryption that the library does not know.
    if (bytes.find("/Encrypt") != std::string::npos) return Encrypted();
    return Damaged("the document cannot be read");
  }
  if (document->is_locked() || document->is_encrypted()) return Encrypted();
  Words words;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadWords(*document, budget, &words));
  if (messages.lacks_characters()) {
    return Status(
        Error{.code = Code::kUnimplemented,
              .reason = "PDF_TEXT_NOT_MAPPED",
              .message = "it has text whose characters cannot be "
                         "told here",
              .expected = "fonts that say what their characters are"});
  }
  if (words.count == 0) {
    return Status(Error{
        .reason = "PDF_WITHOUT_TEXT",
        .message = "the document holds no text, as a scan does",
        .expected = "a PDF made of text",
        .found = std::to_string(words.pages.size()) + " pages without a word"});
  }
  PdfTables tables;
  COLLATE_TABULAR_RETURN_IF_ERROR(FindPdfTables(words.pages, budget, &tables));
  if (tables.tables.empty()) {
    return Status(Error{
        .reason = "DOCUMENT_WITHOUT_TABLES",
        .message = "nothing in the document looks like a table",
        .expected = "lines of figures in columns",
        .found = std::to_string(tables.lines_outside) + " lines of text"});
  }
  auto opened =
      std::make_unique<HeldWorkbook>(WorkbookKind::kPdf, part, budget);
  uint64_t superscript = 0;
  for (HeldTable& table : tables.tables) {
    for (const HeldRow& row : table.rows) {
      for (const HeldCell& cell : row.cells) {
        superscript += !cell.superscript.empty();
      }
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(opened->Add(std::move(table)));
  }
  constexpr bool kWarning = true;
  opened->Found("TEXT_OUTSIDE_TABLES",
                "lines of text outside of tables are not read",
                tables.lines_outside);
  opened->Found("TURNED_TEXT_NOT_READ", "words that are turned are not read",
                tables.turned_words, kWarning);
  opened->Found("SUPERSCRIPT_APART",
                "raised small words are kept apart from the text of cells",
                superscript);
  opened->Found("PAGES_WITHOUT_TEXT", "pages hold no word, as scans do",
                words.pages_without, kWarning);
  opened->Found("CHARACTERS_NOT_MAPPED",
                "characters are known to their font alone", words.unmapped,
                kWarning);
  opened->Found("DAMAGE_MENDED",
                "the PDF library had something to say of the document",
                messages.count(), kWarning);
  opened->Found("ATTACHMENTS_IGNORED", "attached files are not read",
                document->has_embedded_files(), kWarning);
  *workbook = std::move(opened);
  return OkStatus();
}

}  // namespace

bool DetectPdf(ByteSource& source) {
  std::string head(kHeadBytes, '\0');
  const int64_t got = source.ReadAt(0, head.data(), head.size());
  head.resize(static_cast<size_t>(std::max<int64_t>(got, 0)));
  return head.find("%PDF-") != std::string::npos;
}

Status OpenPdf(ByteSource& source, const WorkbookOptions& options,
               Budget& budget, std::unique_ptr<Workbook>* workbook) {
  Status status = Open(source, options.part, budget, workbook);
  if (!status.ok() && status.error().part.empty()) {
    status.error().part = options.part;
  }
  return status;
}

}  // namespace collate::tabular
