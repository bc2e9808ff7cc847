// Elements of XML in its plainest form, read without a general parser: most of
// a large sheet is rows of them, and a general parser is most of its cost.
//
// What is plain is chosen so that every parser agrees on it: tags with quoted
// attributes, text in UTF-8, the five predefined entities. All else is "not
// plain" and left to expat, be it wrong or only rare: declarations of
// namespaces, comments, CDATA, character references, processing instructions,
// names outside of ASCII, carriage returns, line ends in attributes. An element
// that is plain is well-formed to its last byte and stands in content, so that
// expat may be spared it without a change to what it makes of the rest.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XML_PLAIN_H_
#define COLLATE_PLUGINS_TABULAR_XML_PLAIN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/xml_name.h"

namespace collate::tabular {

// The namespaces in scope, as they are declared and go.
class XmlScope {
 public:
  void Declare(std::string_view prefix, Xmlns space) {
    declared_.push_back({std::string(prefix), space});
    ++version_;
  }
  void Undeclare() {
    declared_.pop_back();
    ++version_;
  }

  // False when the prefix is not declared, where the empty one means none.
  bool Find(std::string_view prefix, Xmlns* space) const;
  // "<name" for the element as it would be written now; empty when its
  // namespace has no prefix here.
  std::string Opening(const XmlName& name) const;
  // Changes with every change.
  uint64_t version() const { return version_; }

 private:
  struct Declared {
    std::string prefix;
    Xmlns space;
  };
  std::vector<Declared> declared_;
  uint64_t version_ = 0;
};

class XmlPlain {
 public:
  enum class Outcome : uint8_t {
    kWhole,     // events() are those of the element
    kCut,       // plain as far as the bytes go
    kNotPlain,  // or not known to be
  };
  enum class Kind : uint8_t { kStart, kEnd, kText };
  struct Event {
    Kind kind = Kind::kText;
    uint32_t begin = 0;  // of its tag in the bytes
    uint32_t end = 0;
    XmlName name;                  // of a start
    std::string_view text;         // of a text
    uint32_t first_attribute = 0;  // of a start
    uint32_t attribute_count = 0;
  };

  // Reads the element at the beginning of the bytes, which it lends from until
  // the next call; one of another name is not plain. `depth` is how many
  // elements may stand inside one another.
  Outcome Scan(std::string_view bytes, const XmlName& name,
               const XmlScope& scope, uint64_t depth);
  // The same without events.
  Outcome Pass(std::string_view bytes, const XmlName& name,
               const XmlScope& scope, uint64_t depth);

  const std::vector<Event>& events() const { return events_; }
  const XmlAttribute* attributes() const { return attributes_.data(); }
  // How far it came: the element's end, or what is not plain.
  size_t size() const { return at_; }
  // Distinct names it has met.
  size_t names() const { return known_.size(); }

 private:
  // A name as written; where it has a prefix or none means another thing for
  // elements and attributes.
  struct Known {
    std::string written;
    bool attribute = false;
    XmlName name;           // the local part lies in `written`
    uint64_t identity = 0;  // one bit, the same for the same resolved name
  };
  static constexpr size_t kMostNames = 64;
  static constexpr size_t kSlots = 256;

  template <bool kEvents>
  Outcome Run(std::string_view bytes, const XmlName& name,
              const XmlScope& scope, uint64_t depth);
  template <bool kEvents>
  Outcome StartTag(const XmlName* expected, const XmlScope& scope,
                   uint64_t depth);
  Outcome EndTag();
  template <bool kEvents>
  Outcome Text();
  Outcome AttributeValue(std::string_view* value);
  Outcome Entity(std::string_view* meaning);
  Outcome Multibyte();
  Outcome Name(bool attribute, const XmlScope& scope, const Known** known);
  const Known* Meet(std::string_view written, bool attribute,
                    const XmlScope& scope);

  std::string_view bytes_;
  size_t at_ = 0;
  std::vector<Event> events_;
  std::vector<XmlAttribute> attributes_;
  std::vector<const Known*> open_;
  std::string unescaped_;  // of attributes; never grows while it is lent from
  std::vector<std::unique_ptr<Known>> known_;
  std::array<const Known*, kSlots> slots_ = {};
  uint64_t version_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XML_PLAIN_H_
