// Streams one XML part of a package through expat to a handler, with the rules
// that make a stranger's XML harmless: no DTD and so no entities, a bounded
// depth, bounded tags and names, and well-formed text only. Names come
// resolved.
//
// One thread at a time; everything handed to a handler is lent for the call.

#ifndef COLLATE_PLUGINS_TABULAR_XML_H_
#define COLLATE_PLUGINS_TABULAR_XML_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/xml_name.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {

class XmlElement {
 public:
  XmlElement(XmlName name, std::span<const XmlAttribute> attributes,
             uint64_t byte_begin)
      : name_(name), attributes_(attributes), byte_begin_(byte_begin) {}

  const XmlName& name() const { return name_; }
  bool Is(Xmlns space, std::string_view local) const {
    return name_.Is(space, local);
  }
  // False when the element has no such attribute.
  bool Get(Xmlns space, std::string_view local, std::string_view* value) const {
    for (const XmlAttribute& attribute : attributes_) {
      if (!attribute.name.Is(space, local)) continue;
      *value = attribute.value;
      return true;
    }
    return false;
  }
  // In order, for those that look at many.
  std::span<const XmlAttribute> attributes() const { return attributes_; }
  // Of its start tag in the part.
  uint64_t byte_begin() const { return byte_begin_; }

 private:
  XmlName name_;
  std::span<const XmlAttribute> attributes_;
  uint64_t byte_begin_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;

  // Any status but OK ends the parse and is what it returns.
  virtual Status OnStart(const XmlElement& element) = 0;
  // `byte_end` is just behind the element's last byte in the part.
  virtual Status OnEnd(uint64_t byte_end) = 0;
  // In pieces, as they come.
  virtual Status OnText(std::string_view text) = 0;
  // Declared on the element whose start follows. The default prefix is empty.
  virtual void OnNamespace(std::string_view prefix, std::string_view uri) {}

  // The elements of which a large part consists, if there are such: where their
  // text is plain, they are read without expat (xml_plain.h), and nobody can
  // tell the difference. Without a name there are none.
  virtual XmlName Many() const { return {}; }
  enum class Reading : uint8_t {
    kAny,   // of what is inside such an element, as of any other
    kPass,  // nothing, where the next one would stand: that it is well-formed
            // is all that is asked of it
  };
  virtual Reading ReadingOfMany() const { return Reading::kAny; }
};

// A handler that knows where it stands: a state for each open element, where 0
// is "not of interest", together with all that is inside.
class PathHandler : public XmlHandler {
 public:
  static constexpr int kSkip = 0;
  static constexpr int kDocument = -1;  // the state outside the root element

  Status OnStart(const XmlElement& element) final;
  Status OnEnd(uint64_t byte_end) final;
  Status OnText(std::string_view text) final;
  Reading ReadingOfMany() const override {
    return state() == kSkip ? Reading::kPass : Reading::kAny;
  }

 protected:
  // Sets the state of an element inside one of state `parent`.
  virtual Status Enter(int parent, const XmlElement& element, int* state) = 0;
  virtual Status Leave(int state, uint64_t byte_end) { return OkStatus(); }
  virtual Status Text(int state, std::string_view text) { return OkStatus(); }

  // Of the innermost open element.
  int state() const { return states_.empty() ? kDocument : states_.back(); }

 private:
  std::vector<int> states_;
};

struct XmlInput {
  // Parsed before the stream's bytes; does not count for positions.
  std::string_view head;
  uint64_t bytes = UINT64_MAX;  // of the stream, then the parse is over
  bool utf8_only = false;       // other encodings are refused
  // The bytes end inside an element that `head` opened.
  bool fragment = false;
};

// Reasons of its own: XML_DTD_FORBIDDEN, XML_DEPTH_LIMIT, XML_TOKEN_LIMIT,
// XML_NAME_LIMIT, XML_MEMORY, XML_SYNTAX, BAD_ENCODING; they name the part and
// its line.
Status ParseXml(EntryStream& stream, const XmlInput& input,
                const Budget& budget, XmlHandler& handler);
// The same for a whole entry.
Status ParseXml(Archive& archive, size_t entry, const Budget& budget,
                XmlHandler& handler);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XML_H_
