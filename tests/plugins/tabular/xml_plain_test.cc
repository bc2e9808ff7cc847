// What is read without expat beside what expat makes of it: every event, every
// position and every error must be the same.

#include "plugins/tabular/xml_plain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/xml.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {
namespace {

constexpr XmlName kRow = {Xmlns::kSheet, "row"};
constexpr char kRoot[] =
    "<sheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
    " xmlns:t=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "
    "xmlns:u=\"urn:u\" xmlns:v=\"urn:u\">";

std::string Sheet(const std::string& rows) { return kRoot + rows + "</sheet>"; }

// Writes down what it is told. Of many it is told without expat where it
// `trusts`.
class Log : public PathHandler {
 public:
  Log(bool trusts, bool passes) : trusts_(trusts), passes_(passes) {}

  XmlName Many() const override { return trusts_ ? kRow : XmlName{}; }
  Reading ReadingOfMany() const override {
    return passes_ ? Reading::kPass : Reading::kAny;
  }
  const std::string& text() const { return log_; }

 protected:
  Status Enter(int, const XmlElement& element, int* state) override {
    // Inside of what would be passed over nothing is of interest.
    *state = passes_ && element.Is(kRow.ns, kRow.local) ? kSkip : 1;
    if (*state == kSkip) return OkStatus();
    EndText();
    log_ += "<" + Name(element.name());
    for (const auto& [name, value] : element.attributes()) {
      log_ += " " + Name(name) + "=" + std::string(value);
    }
    log_ += "@" + std::to_string(element.byte_begin()) + ">";
    return element.name().local == "refused"
               ? Status(Error{.reason = "REFUSED", .message = "by the handler"})
               : OkStatus();
  }
  Status Leave(int, uint64_t byte_end) override {
    EndText();
    log_ += "</@" + std::to_string(byte_end) + ">";
    return OkStatus();
  }
  // Comes in pieces, of which each reader has its own.
  Status Text(int, std::string_view text) override {
    pending_ += text;
    return OkStatus();
  }

 private:
  static std::string Name(const XmlName& name) {
    return std::to_string(static_cast<int>(name.ns)) + ":" +
           std::string(name.local);
  }
  void EndText() {
    log_ += pending_;
    pending_.clear();
  }

  bool trusts_;
  bool passes_;
  std::string log_;
  std::string pending_;
};

std::string LogOf(std::string_view document, bool trusts, bool passes = false,
                  const Limits& limits = {}) {
  const std::string zip = MakeZip(
      {{.name = "s.xml", .data = std::string(document), .stored = true}});
  MemorySource source(zip);
  Budget budget(limits);
  std::unique_ptr<Archive> archive;
  if (!Archive::Open(source, budget, &archive).ok()) return "no archive";
  Log log(trusts, passes);
  const Status status = ParseXml(*archive, 0, budget, log);
  if (status.ok()) return log.text() + "\nOK";
  // Whether a token is wrong by its encoding is a guess from what follows it,
  // of which one reader has seen more than the other.
  std::string said = status.error().reason + ": " + status.error().message;
  for (const char* wrong : {"BAD_ENCODING: not text in its encoding",
                            "XML_SYNTAX: not well-formed (invalid token)"}) {
    if (said.starts_with(wrong)) said.replace(0, strlen(wrong), "bad token");
  }
  return log.text() + "\n" + said;
}

void ExpectSame(std::string_view document, const Limits& limits = {}) {
  EXPECT_EQ(LogOf(document, true, false, limits),
            LogOf(document, false, false, limits))
      << document.substr(0, 2'000);
  EXPECT_EQ(LogOf(document, true, true, limits),
            LogOf(document, false, true, limits))
      << document.substr(0, 2'000);
}

TEST(XmlPlainTest, ReadsWhatIsPlain) {
  XmlScope scope;
  scope.Declare("", Xmlns::kSheet);
  XmlPlain plain;
  const std::string_view row =
      "<row r=\"1\"><c t='&lt;&quot;'>a &amp; \xC2\xA3]]</c><c/></row>";
  const std::string bytes = std::string(row) + "<row/>";
  ASSERT_EQ(plain.Scan(bytes, kRow, scope, 9), XmlPlain::Outcome::kWhole);
  EXPECT_EQ(plain.size(), row.size());
  std::string read;
  for (const XmlPlain::Event& event : plain.events()) {
    if (event.kind == XmlPlain::Kind::kText) {
      read += event.text;
    } else if (event.kind == XmlPlain::Kind::kEnd) {
      read += ")";
    } else {
      read += std::string(event.name.local) + "(";
      for (uint32_t i = 0; i < event.attribute_count; ++i) {
        read += plain.attributes()[event.first_attribute + i].value;
      }
    }
  }
  EXPECT_EQ(read, "row(1c(<\"a & \xC2\xA3]])c())");
  EXPECT_EQ(plain.Pass(bytes, kRow, scope, 9), XmlPlain::Outcome::kWhole);
  EXPECT_EQ(plain.size(), row.size());
}

// Both modes, wherever the bytes end.
TEST(XmlPlainTest, SaysThatTheBytesEnd) {
  XmlScope scope;
  scope.Declare("", Xmlns::kSheet);
  XmlPlain plain;
  const std::string row =
      "<row r='1' s=\"&amp;\" ><c>a &apos; \xE2\x82\xAC ]x</c ><c /></row>";
  for (size_t size = 0; size < row.size(); ++size) {
    EXPECT_EQ(plain.Scan(row.substr(0, size), kRow, scope, 9),
              XmlPlain::Outcome::kCut)
        << size;
    EXPECT_EQ(plain.Pass(row.substr(0, size), kRow, scope, 9),
              XmlPlain::Outcome::kCut)
        << size;
  }
  EXPECT_EQ(plain.Scan(row, kRow, scope, 9), XmlPlain::Outcome::kWhole);
}

// Whatever is refused here is expat's to judge, be it right or wrong.
TEST(XmlPlainTest, LeavesTheRestToExpat) {
  XmlScope scope;
  scope.Declare("", Xmlns::kSheet);
  scope.Declare("u", Xmlns::kOther);
  scope.Declare("v", Xmlns::kOther);
  XmlPlain plain;
  for (const std::string_view rest : {"<row><!-- --></row>",
                                      "<row><![CDATA[x]]></row>",
                                      "<row><?x y?></row>",
                                      "<row>&#65;</row>",
                                      "<row>&x;</row>",
                                      "<row>]]></row>",
                                      "<row>\r</row>",
                                      "<row>\x01</row>",
                                      "<row>\xC0\x80</row>",
                                      "<row>\xED\xA0\x80</row>",
                                      "<row>\xEF\xBF\xBF</row>",
                                      "<row a='\n'/>",
                                      "<row a='<'/>",
                                      "<row a='&#9;'/>",
                                      "<row a=1/>",
                                      "<row a='1'b='2'/>",
                                      "<row a='1' a='2'/>",
                                      "<row u:a='1' v:a='2'/>",
                                      "<row xmlns='x'/>",
                                      "<row xmlns:x='x'/>",
                                      "<row w:a='1'/>",
                                      "<row><w:c/></row>",
                                      "<row><u:v:c/></row>",
                                      "<row><:c/></row>",
                                      "<row><c:/></row>",
                                      "<row><u:1/></row>",
                                      "<row><1/></row>",
                                      "<row><c\xC3\xA9/></row>",
                                      "<row></c></row>",
                                      "<row></rowx>",
                                      "<row/ >",
                                      "< row/>",
                                      "<row a = '1'/>",
                                      "<rows/>",
                                      "<u:row/>",
                                      "</row>",
                                      "text"}) {
    EXPECT_EQ(plain.Scan(rest, kRow, scope, 9), XmlPlain::Outcome::kNotPlain)
        << rest;
    EXPECT_EQ(plain.Pass(rest, kRow, scope, 9), XmlPlain::Outcome::kNotPlain)
        << rest;
    ExpectSame(Sheet("<row r='1'/>" + std::string(rest) + "<row>after</row>"));
  }
  const std::string_view deep = "<row><c><v/></c></row>";
  EXPECT_EQ(plain.Scan(deep, kRow, scope, 3), XmlPlain::Outcome::kWhole);
  EXPECT_EQ(plain.Scan(deep, kRow, scope, 2), XmlPlain::Outcome::kNotPlain);
}

TEST(XmlPlainTest, IsExpatsEqualAroundRows) {
  const std::string row = "<row r='1'>text</row>";
  const std::vector<std::string> documents = {
      Sheet(row + "\n " + row + "tail\n\n" + row), Sheet(""), row, "",
      // Not where they seem to stand.
      Sheet("<!-- " + row + " -->" + row), Sheet("<![CDATA[" + row + "]]>"),
      Sheet("<![CDATA[x]]>" + row), Sheet("<?pi " + row + "?>" + row),
      Sheet("]" + row), Sheet("]]" + row), Sheet("]]>" + row),
      Sheet("<a b='" + row + "'/>"), Sheet("<a " + row + "/>"),
      // Outside of the root.
      row + row, Sheet(row) + row, " " + Sheet(row),
      // Under other namespaces.
      Sheet("<a xmlns='urn:b'>" + row + "</a>" + row),
      Sheet("<t:row/><a xmlns:t='urn:b'><t:row/></a><t:row/>"),
      Sheet("<a xmlns:s='http://schemas.openxmlformats.org/spreadsheetml/2006/"
            "main'><s:row>x</s:row>" +
            row + "</a>" + row),
      Sheet("<a xmlns=''>" + row + "</a>"),
      // Cut, refused, and wrong after good rows.
      Sheet(row).substr(0, Sheet(row).size() - 3), Sheet(row + "</sheet>"),
      Sheet(row + "<row>\n<refused/>\n</row>" + row),
      Sheet(row + "\n\n<row>\n&nbsp;</row>"),
      Sheet("\n" + row + "\n<row\n></row>\n</wrong>"),
      "<!DOCTYPE sheet [<!ENTITY a 'b'>]>" + Sheet(row),
      // In other encodings.
      "\xEF\xBB\xBF" + Sheet(row),
      "<?xml version='1.0' encoding='ISO-8859-1'?>" + Sheet("<row>\xA3</row>"),
      "<?xml version='1.0' encoding='utf-8'?>" + Sheet(row)};
  for (const std::string& document : documents) ExpectSame(document);
}

TEST(XmlPlainTest, IsExpatsEqualUnderLimits) {
  const std::string deep = Sheet("<row><a><b><c/></b></a></row><row/>");
  for (uint64_t depth = 1; depth < 7; ++depth) {
    ExpectSame(deep, {.xml_depth = depth});
  }
  EXPECT_THAT(LogOf(deep, true, false, {.xml_depth = 4}),
              testing::HasSubstr("XML_DEPTH_LIMIT"));
  std::string names;
  for (int i = 0; i < 200; ++i) {
    names += "<row><n" + std::to_string(i) + " a" + std::to_string(i) +
             "='1'/></row>";
  }
  ExpectSame(Sheet(names));
  EXPECT_THAT(LogOf(Sheet(names), true, false, {.xml_names = 100}),
              testing::HasSubstr("XML_NAME_LIMIT"));
}

// Rows across the pieces in which a part is read, up to larger than all that is
// held of it.
TEST(XmlPlainTest, IsExpatsEqualInLargeParts) {
  for (const size_t size : {100, 5'000, 65'500, 70'000, 262'100, 300'000}) {
    std::string rows;
    for (int i = 0; rows.size() < 900'000; ++i) {
      rows += "<row r=\"" + std::to_string(i) + "\"><v>" +
              std::string(size, 'x') + "\xE2\x82\xAC</v></row>\n";
      if (i % 3 == 0) rows += "<!-- <row> --><row>&#65;</row>";
    }
    const std::string document = Sheet(rows);
    ASSERT_EQ(LogOf(document, true), LogOf(document, false)) << size;
    ASSERT_EQ(LogOf(document, true, true), LogOf(document, false, true))
        << size;
  }
}

// Sound parts with a few pieces put in, taken out or moved.
TEST(XmlPlainTest, IsExpatsEqualOnDamage) {
  const std::string sound = Sheet(
      "<cols><col min='1'/></cols>"
      "<row r=\"1\" spans='1:3'><c r=\"A1\" t=\"s\"><v>12</v></c><c r=\"B1\"/>"
      "</row>\n<row r='2'><c t:x='1' u:x='2'><is><t xml:space=\"preserve\">"
      "\xC2\xA3 &lt;5 ]] \xE2\x80\x93</t></is></c></row><row/>"
      "<t:row a='b'>x</t:row><row><row>y</row></row>"
      "<!-- c --><row r='9'>tail</row>");
  const std::vector<std::string> pieces = {"<",
                                           ">",
                                           "/",
                                           "'",
                                           "\"",
                                           "&",
                                           ";",
                                           "<!--",
                                           "-->",
                                           "]]>",
                                           "<![CDATA[",
                                           "<?a ",
                                           "?>",
                                           "=",
                                           " ",
                                           "\n",
                                           "\r",
                                           "\t",
                                           "&amp;",
                                           "&#9;",
                                           "&x;",
                                           ":",
                                           "xmlns",
                                           "<row>",
                                           "</row>",
                                           "<row ",
                                           "<row/>",
                                           "u:",
                                           "v:x='1'",
                                           "x='1'",
                                           " xmlns:u='urn:w'",
                                           " xmlns='urn:w'",
                                           "\xFF",
                                           "\xEF\xBF\xBE",
                                           "\xED\xA0\x80",
                                           "\xC3\xA9",
                                           std::string(1, '\0'),
                                           "\x7F",
                                           "</sheet>"};
  std::mt19937 random(20'240'314);
  const auto below = [&](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  int good = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string document = sound;
    for (size_t changes = 1 + below(3); changes > 0; --changes) {
      const size_t at = below(document.size());
      switch (below(4)) {
        case 0:
          document.erase(at, 1 + below(8));
          break;
        case 1:
          document[at] = static_cast<char>(below(256));
          break;
        case 2:
          document.insert(
              at, document.substr(below(document.size()), 1 + below(40)));
          break;
        default:
          document.insert(at, pieces[below(pieces.size())]);
      }
    }
    const std::string expected = LogOf(document, false);
    good += expected.ends_with("\nOK");
    ASSERT_EQ(LogOf(document, true), expected) << document;
    ASSERT_EQ(LogOf(document, true, true), LogOf(document, false, true))
        << document;
  }
  // Neither all nor none.
  EXPECT_GT(good, 250);
  EXPECT_LT(good, 4'000);
}

}  // namespace
}  // namespace collate::tabular
