// Streams one XML part of a package through expat to a handler, with the rules
// that make a stranger's XML harmless: no DTD and so no entities, a bounded
// depth, bounded tags and names, and well-formed text only.
//
// Names come resolved: prefixes are the writer's choice, namespaces are not.
// The strict and the transitional names of Office Open XML are one here.
//
// One thread at a time; everything handed to a handler is lent for the call.

#ifndef COLLATE_PLUGINS_TABULAR_XML_H_
#define COLLATE_PLUGINS_TABULAR_XML_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {

enum class Xmlns : uint8_t {
  kNone = 0,   // no namespace, as attributes without a prefix
  kOther = 1,  // none of those below
  kSheet,      // spreadsheetml main
  kWord,       // wordprocessingml main
  kMarkup,     // markup compatibility: content in several versions
  kRelationship,
  kPackageRelationships,
  kContentTypes,
  kOffice,  // OpenDocument from here on
  kTable,
  kText,
  kStyle,
  kManifest,
  kCalcExtension,
};

// Both for messages and for telling names: the local part of a resolved name.
struct XmlName {
  Xmlns ns = Xmlns::kOther;
  std::string_view local;

  bool Is(Xmlns space, std::string_view name) const {
    return ns == space && local == name;
  }
};

class XmlElement {
 public:
  XmlElement(XmlName name, const char* const* attributes, uint64_t byte_begin)
      : name_(name), attributes_(attributes), byte_begin_(byte_begin) {}

  const XmlName& name() const { return name_; }
  bool Is(Xmlns space, std::string_view local) const {
    return name_.Is(space, local);
  }
  // False when the element has no such attribute.
  bool Get(Xmlns space, std::string_view local, std::string_view* value) const;
  // Every attribute in order, for those that look at many.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (const char* const* at = attributes_; *at != nullptr; at += 2) {
      visit(Resolve(at[0]), std::string_view(at[1]));
    }
  }
  // Of its start tag in the part.
  uint64_t byte_begin() const { return byte_begin_; }

  static XmlName Resolve(const char* expanded);

 private:
  XmlName name_;
  const char* const* attributes_;
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

 protected:
  // Sets the state of an element inside one of state `parent`.
  virtual Status Enter(int parent, const XmlElement& element, int* state) = 0;
  virtual Status Leave(int state, uint64_t byte_end) { return OkStatus(); }
  virtual Status Text(int state, std::string_view text) { return OkStatus(); }

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
